import type { ComponentType } from "react";
import type { InEach } from "../../i18n/messages.ts";

/** A part of the design system, on a page of its own. */
export interface Part {
  readonly id: string;
  readonly title: InEach;
  readonly load: () => Promise<{ readonly default: ComponentType }>;
}

/** Every part; the browser tests open each. */
export const parts: readonly Part[] = [
  {
    id: "tokens",
    title: { en: "Colour, type, space", "zh-TW": "色彩、字型與間距" },
    load: () => import("./parts/tokens.tsx"),
  },
  {
    id: "buttons",
    title: { en: "Buttons and fields", "zh-TW": "按鈕與欄位" },
    load: () => import("./parts/buttons.tsx"),
  },
  {
    id: "table",
    title: { en: "Table", "zh-TW": "表格" },
    load: () => import("./parts/table.tsx"),
  },
  {
    id: "huge",
    title: { en: "Table of 100,000 rows", "zh-TW": "十萬列的表格" },
    load: () => import("./parts/huge.tsx"),
  },
  {
    id: "figures",
    title: { en: "Figures, states in words, times", "zh-TW": "數值、狀態與時間" },
    load: () => import("./parts/figures.tsx"),
  },
  {
    id: "map",
    title: { en: "Map of nodes and edges", "zh-TW": "節點與連線圖" },
    load: () => import("./parts/map.tsx"),
  },
  {
    id: "over",
    title: { en: "Dialog, drawer, menu, notices", "zh-TW": "對話框、側邊面板、選單與通知" },
    load: () => import("./parts/over.tsx"),
  },
  {
    id: "states",
    title: { en: "Empty, loading, failed, old", "zh-TW": "空白、載入、失敗與過期" },
    load: () => import("./parts/states.tsx"),
  },
  {
    id: "viewers",
    title: { en: "Viewers and editor", "zh-TW": "檢視器與編輯器" },
    load: () => import("./parts/viewers.tsx"),
  },
  {
    id: "forms",
    title: { en: "Forms over schemas", "zh-TW": "依結構產生的表單" },
    load: () => import("./parts/forms.tsx"),
  },
  {
    id: "charts",
    title: { en: "Charts and timeline", "zh-TW": "圖表與時間軸" },
    load: () => import("./parts/charts.tsx"),
  },
  {
    id: "traces",
    title: { en: "Traces", "zh-TW": "追蹤" },
    load: () => import("./parts/traces.tsx"),
  },
  {
    id: "trace-huge",
    title: { en: "Trace of 10,000 spans", "zh-TW": "一萬個 span 的追蹤" },
    load: () => import("./parts/trace-huge.tsx"),
  },
  {
    id: "logs",
    title: { en: "Log lines", "zh-TW": "日誌" },
    load: () => import("./parts/logs.tsx"),
  },
  {
    id: "log-tail",
    title: { en: "Tail of 5,000 lines a second", "zh-TW": "每秒五千行的日誌" },
    load: () => import("./parts/log-tail.tsx"),
  },
  {
    id: "charts-more",
    title: { en: "Charts of many lines, stacks and thresholds", "zh-TW": "多線、堆疊與門檻圖表" },
    load: () => import("./parts/charts-more.tsx"),
  },
  {
    id: "flame",
    title: { en: "Where time goes, and what explains it", "zh-TW": "時間用在哪裡，以及原因" },
    load: () => import("./parts/flame.tsx"),
  },
];
