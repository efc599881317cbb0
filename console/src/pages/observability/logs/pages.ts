import type { Page } from "../../../pillar.ts";

/** The pages of this folder, in the order of the rail. */
export const logPages: readonly Page[] = [
  {
    path: "/logs",
    title: { en: "Logs", "zh-TW": "日誌" },
    icon: "list",
    load: () => import("./logs.tsx"),
  },
  {
    path: "/errors",
    title: { en: "Errors", "zh-TW": "錯誤" },
    icon: "stop",
    load: () => import("./errors.tsx"),
  },
  {
    path: "/errors/$name",
    title: { en: "Error", "zh-TW": "錯誤" },
    load: () => import("./group.tsx"),
  },
  {
    path: "/dropped",
    title: { en: "Dropped data", "zh-TW": "捨棄的資料" },
    icon: "trash",
    load: () => import("./dropped.tsx"),
  },
];
