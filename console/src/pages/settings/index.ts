import type { Pillar } from "../../pillar.ts";

/** Who did what, who may do what, and what runs here. */
export const settings: Pillar = {
  id: "settings",
  title: { en: "Platform", "zh-TW": "平台" },
  pages: [
    {
      path: "/audit",
      title: { en: "Audit", "zh-TW": "稽核紀錄" },
      icon: "list",
      load: () => import("./audit.tsx"),
    },
    {
      path: "/settings",
      title: { en: "Settings", "zh-TW": "設定" },
      icon: "settings",
      load: () => import("./settings.tsx"),
    },
    {
      path: "/find",
      title: { en: "Find", "zh-TW": "尋找" },
      load: () => import("./find.tsx"),
    },
  ],
};
