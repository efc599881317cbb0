import type { Pillar } from "../../pillar.ts";

/** Tables, blobs, caches and secrets. */
export const state: Pillar = {
  id: "state",
  title: { en: "Data", "zh-TW": "資料" },
  pages: [
    {
      path: "/tables",
      title: { en: "Tables and caches", "zh-TW": "資料表與快取" },
      icon: "table",
      kinds: ["table", "cache", "secret"],
      load: () => import("./tables.tsx"),
    },
    {
      path: "/tables/$name",
      title: { en: "Table", "zh-TW": "資料表" },
      load: () => import("./table.tsx"),
    },
    {
      path: "/blobs",
      title: { en: "Blobs", "zh-TW": "物件儲存" },
      icon: "blob",
      kinds: ["blob"],
      load: () => import("./blobs.tsx"),
    },
    {
      path: "/blobs/$name",
      title: { en: "Blobs", "zh-TW": "物件儲存" },
      load: () => import("./blob.tsx"),
    },
  ],
};
