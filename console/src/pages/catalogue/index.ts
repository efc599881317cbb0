import type { Pillar } from "../../pillar.ts";

/** The design system, each part on a page of its own. */
export const catalogue: Pillar = {
  id: "catalogue",
  pages: [
    {
      path: "/console/ui",
      title: { en: "Design system", "zh-TW": "設計系統" },
      load: () => import("./list.tsx"),
    },
    {
      path: "/console/ui/$part",
      title: { en: "Design system", "zh-TW": "設計系統" },
      load: () => import("./part.tsx"),
    },
  ],
};
