import type { Pillar } from "../../pillar.ts";

/** Durable workflows, their runs, and what waits for people. */
export const workflows: Pillar = {
  id: "workflow",
  title: { en: "Workflows", "zh-TW": "工作流程" },
  pages: [
    {
      path: "/workflows",
      title: { en: "Workflows", "zh-TW": "工作流程" },
      icon: "workflow",
      kinds: ["workflow"],
      load: () => import("./list.tsx"),
    },
    {
      path: "/workflows/$name",
      title: { en: "Workflow", "zh-TW": "工作流程" },
      load: () => import("./workflow.tsx"),
    },
    {
      path: "/workflow-runs/$id",
      title: { en: "Run", "zh-TW": "執行" },
      within: "/workflows",
      load: () => import("./run/page.tsx"),
    },
    {
      path: "/assets",
      title: { en: "Assets", "zh-TW": "資料資產" },
      icon: "asset",
      kinds: ["workflow"],
      load: () => import("./asset/list.tsx"),
    },
    {
      path: "/assets/$name",
      title: { en: "Asset", "zh-TW": "資料資產" },
      load: () => import("./asset/page.tsx"),
    },
  ],
};
