import type { Pillar } from "../../pillar.ts";

/** Queues, events and schedules. */
export const messaging: Pillar = {
  id: "messaging",
  title: { en: "Messaging", "zh-TW": "訊息" },
  pages: [
    {
      path: "/queues",
      title: { en: "Queues", "zh-TW": "訊息佇列" },
      icon: "queue",
      kinds: ["queue", "event", "schedule"],
      load: () => import("./queues/list.tsx"),
    },
    {
      path: "/queues/$name",
      title: { en: "Queue", "zh-TW": "訊息佇列" },
      load: () => import("./queues/queue.tsx"),
    },
    {
      path: "/events",
      title: { en: "Events", "zh-TW": "事件" },
      icon: "event",
      kinds: ["event"],
      load: () => import("./events/list.tsx"),
    },
    {
      path: "/events/$name",
      title: { en: "Event", "zh-TW": "事件" },
      load: () => import("./events/event.tsx"),
    },
    {
      path: "/schedules",
      title: { en: "Schedules", "zh-TW": "排程" },
      icon: "schedule",
      kinds: ["schedule"],
      load: () => import("./schedules/list.tsx"),
    },
    {
      path: "/schedules/$name",
      title: { en: "Schedule", "zh-TW": "排程" },
      load: () => import("./schedules/schedule.tsx"),
    },
  ],
};
