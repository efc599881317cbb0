import type { Pillar } from "../../pillar.ts";

/** Whether all is well, and what flows through it. */
export const overview: Pillar = {
  id: "overview",
  pages: [
    {
      path: "/",
      title: { en: "Overview", "zh-TW": "總覽" },
      icon: "overview",
      load: async () => ({ default: (await import("./page.tsx")).OverviewPage }),
    },
  ],
};
