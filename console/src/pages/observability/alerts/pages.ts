import type { Page } from "../../../pillar.ts";

/** The pages of this folder, in the order of the rail. */
export const alertPages: readonly Page[] = [
  {
    path: "/dashboards",
    title: { en: "Dashboards", "zh-TW": "儀表板" },
    icon: "overview",
    load: () => import("./dashboards.tsx"),
  },
  {
    path: "/dashboards/$name",
    title: { en: "Dashboard", "zh-TW": "儀表板" },
    load: () => import("./dashboard.tsx"),
  },
  {
    path: "/metrics",
    title: { en: "Metrics", "zh-TW": "指標" },
    icon: "fit",
    load: () => import("./metrics.tsx"),
  },
  {
    path: "/sql",
    title: { en: "SQL", "zh-TW": "SQL" },
    icon: "columns",
    load: () => import("./sql.tsx"),
  },
];
