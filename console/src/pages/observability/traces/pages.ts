import type { Page } from "../../../pillar.ts";

/** The pages of this folder, in the order of the rail. */
export const tracePages: readonly Page[] = [
  {
    path: "/traces",
    title: { en: "Traces", "zh-TW": "追蹤" },
    icon: "indent",
    load: () => import("./search.tsx"),
  },
  {
    path: "/traces/compare",
    title: { en: "Compare traces", "zh-TW": "比較追蹤" },
    load: () => import("./compare.tsx"),
  },
  {
    path: "/traces/$name",
    title: { en: "Trace", "zh-TW": "追蹤" },
    load: () => import("./trace.tsx"),
  },
  {
    path: "/map",
    title: { en: "Map", "zh-TW": "服務地圖" },
    icon: "map",
    load: () => import("./map.tsx"),
  },
];
