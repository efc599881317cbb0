import type { Pillar } from "../../pillar.ts";

/** The services of the app: instances, routes, what they hold. */
export const services: Pillar = {
  id: "services",
  pages: [
    {
      path: "/services",
      title: { en: "Services", "zh-TW": "服務" },
      icon: "service",
      kinds: ["service"],
      load: () => import("./list.tsx"),
    },
    {
      path: "/services/$name",
      title: { en: "Service", "zh-TW": "服務" },
      load: () => import("./service.tsx"),
    },
  ],
};
