export { slo } from "./slo.ts";
export type { Indicator, SloOptions, SloResource, SloSpec } from "./slo.ts";
