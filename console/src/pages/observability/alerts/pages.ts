import type { Page } from "../../../pillar.ts";

/** The pages of this folder, in the order of the rail. */
export const alertPages: readonly Page[] = [
  {
    path: "/alerts",
    title: { en: "Alerts", "zh-TW": "告警" },
    icon: "bell",
    load: () => import("./alerts.tsx"),
  },
  {
    path: "/alerts/$name",
    title: { en: "Alert", "zh-TW": "告警" },
    load: () => import("./alert.tsx"),
  },
  {
    path: "/slos",
    title: { en: "SLOs", "zh-TW": "SLO" },
    icon: "target",
    load: () => import("./slos.tsx"),
  },
  {
    path: "/slos/$name",
    title: { en: "SLO", "zh-TW": "SLO" },
    load: () => import("./slo.tsx"),
  },
  {
    path: "/dashboards",
    title: { en: "Dashboards", "zh-TW": "儀表板" },
    icon: "board",
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
    icon: "chart",
    load: () => import("./metrics.tsx"),
  },
  {
    path: "/sql",
    title: { en: "SQL", "zh-TW": "SQL" },
    icon: "terminal",
    load: () => import("./sql.tsx"),
  },
];
