import { z } from "zod";
import { checkName } from "../../core/resource.ts";
import type { Resource } from "../../core/resource.ts";

/** What a panel draws. */
export type PanelSource =
  /** Records counted or measured by time, as `POST /telemetry/aggregate` does it. */
  | {
      readonly type: "records";
      readonly signal: "logs" | "spans" | "errors";
      readonly q: string;
      readonly measure: "count" | "rate" | "error-share" | "avg" | "p50" | "p95" | "p99";
      /** What is measured, for all but counts and shares: `duration`. */
      readonly field: string;
      readonly by: readonly string[];
    }
  | { readonly type: "promql"; readonly expr: string }
  | { readonly type: "sql"; readonly text: string };

/** One panel of a dashboard. */
export interface PanelSpec {
  readonly title: string;
  readonly source: PanelSource;
  readonly draw: "lines" | "bars" | "number" | "table";
  /** `ms`, `bytes`, `percent`, `TWD`, or empty. */
  readonly unit: string;
  /** Columns of twelve that it takes. */
  readonly width: number;
}

/** A dashboard as data: what code declares and the console saves is the same. */
export interface DashboardSpec {
  readonly title: string;
  readonly description: string;
  readonly panels: readonly PanelSpec[];
}

const Source: z.ZodType<PanelSource> = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("records"),
    signal: z.enum(["logs", "spans", "errors"]),
    q: z.string().max(4096),
    measure: z.enum(["count", "rate", "error-share", "avg", "p50", "p95", "p99"]),
    field: z.string().max(200),
    by: z.array(z.string().max(200)).max(3),
  }),
  z.object({ type: z.literal("promql"), expr: z.string().max(8192) }),
  z.object({ type: z.literal("sql"), text: z.string().max(16_384) }),
]);

/** A dashboard as JSON. */
export const Dashboard: z.ZodType<DashboardSpec> = z.object({
  title: z.string().max(200),
  description: z.string().max(2000),
  panels: z
    .array(
      z.object({
        title: z.string().max(200),
        source: Source,
        draw: z.enum(["lines", "bars", "number", "table"]),
        unit: z.string().max(20),
        width: z.number().int().min(1).max(12),
      }),
    )
    .max(60),
});

/** A dashboard of the app's code. */
export interface DashboardResource extends Resource<"dashboard"> {
  readonly spec: DashboardSpec;
}

/**
 * Declares a dashboard; a service lists it in `owns`.
 * @example
 * export const checkout = dashboard("checkout", {
 *   title: "Checkout",
 *   description: "",
 *   panels: [{ title: "Orders", source: { type: "promql", expr: "sum(rate(orders_total[5m]))" },
 *     draw: "lines", unit: "", width: 6 }],
 * });
 * @throws MOR_NAME, MOR_INVALID
 */
export function dashboard(name: string, spec: DashboardSpec): DashboardResource {
  checkName("dashboard", name);
  return Object.freeze({ kind: "dashboard", name, watches: true, spec: Dashboard.parse(spec) });
}
