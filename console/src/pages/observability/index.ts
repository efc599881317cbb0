import type { Pillar } from "../../pillar.ts";
import { alertPages } from "./alerts/pages.ts";
import { logPages } from "./logs/pages.ts";
import { tracePages } from "./traces/pages.ts";

/** What the platform knows of what runs: logs, traces, errors, metrics, alerts. */
export const observability: Pillar = {
  id: "observability",
  title: { en: "Observability", "zh-TW": "可觀測性" },
  pages: [...logPages, ...tracePages, ...alertPages],
};
