import { z } from "zod";
import { coreErrors } from "../../core/errors.ts";
import { checkName } from "../../core/resource.ts";
import type { Resource } from "../../core/resource.ts";
import { parseQuery } from "../logs/query/index.ts";
import { parsePromql } from "../metrics/promql/parse.ts";

/** Good events out of all events. */
export type Indicator =
  /** Records: all that `q` finds count, and those that `good` finds too are good. */
  | {
      readonly type: "records";
      readonly signal: "spans" | "logs";
      readonly q: string;
      readonly good: string;
    }
  /** Two counters, as PromQL selectors: `http_requests_total{code!~"5.."}`. */
  | { readonly type: "metrics"; readonly good: string; readonly total: string };

/** A service level objective as data: what code declares and the console saves is the same. */
export interface SloSpec {
  readonly title: string;
  readonly description: string;
  readonly service: string;
  readonly indicator: Indicator;
  /** The share of events that must be good: 0.999. */
  readonly objective: number;
  /** The rolling window that it holds for, milliseconds; 30 days if left out. */
  readonly windowMs: number;
  /** Events that the long window of a burn alert needs at least, else one failure pages. */
  readonly eventsMin: number;
  /** Whether its burn rate makes alerts: a page for fast burn, a ticket for slow. */
  readonly alerting: boolean;
  /** Names of the notifiers of those alerts. */
  readonly notify: readonly string[];
}

/** An objective as code writes it. */
export interface SloOptions extends Pick<SloSpec, "title" | "indicator" | "objective"> {
  readonly description?: string | undefined;
  readonly service?: string | undefined;
  readonly windowMs?: number | undefined;
  readonly eventsMin?: number | undefined;
  readonly alerting?: boolean | undefined;
  readonly notify?: readonly string[] | undefined;
}

const dayMs = 86_400_000;

function refuse(parse: () => unknown, context: z.RefinementCtx, path: string): void {
  try {
    parse();
  } catch (error) {
    context.addIssue({ code: "custom", path: [path], message: (error as Error).message });
  }
}

const indicator: z.ZodType<Indicator, Indicator> = z.discriminatedUnion("type", [
  z
    .strictObject({
      type: z.literal("records"),
      signal: z.enum(["spans", "logs"]),
      q: z.string().max(4096),
      good: z.string().min(1).max(4096),
    })
    .superRefine(({ signal, q, good }, context) => {
      refuse(() => parseQuery(q, signal), context, "q");
      refuse(() => parseQuery(good, signal), context, "good");
    }),
  z
    .strictObject({
      type: z.literal("metrics"),
      good: z.string().min(1).max(2048),
      total: z.string().min(1).max(2048),
    })
    .superRefine(({ good, total }, context) => {
      refuse(() => parsePromql(increaseOf(good)), context, "good");
      refuse(() => parsePromql(increaseOf(total)), context, "total");
    }),
]);

/** The PromQL expression of what a counter grew by in a step of `window`. */
export function increaseOf(selector: string, window: string = "1m"): string {
  return `sum(increase(${selector}[${window}]))`;
}

/** An objective as JSON. */
export const SloForm: z.ZodType<SloSpec, SloOptions> = z.strictObject({
  title: z.string().min(1).max(300),
  description: z.string().max(4000).default(""),
  service: z.string().max(200).default(""),
  indicator,
  objective: z.number().gt(0).lt(1),
  windowMs: z
    .number()
    .int()
    .min(dayMs)
    .max(90 * dayMs)
    .default(30 * dayMs),
  eventsMin: z.number().int().min(1).max(1_000_000).default(10),
  alerting: z.boolean().default(true),
  notify: z.array(z.string().min(1).max(48)).max(10).default(["console"]),
});

/** A service level objective of the app's code. */
export interface SloResource extends Resource<"slo"> {
  readonly spec: SloSpec;
}

/** Longest name of an objective: its alerts are named after it. */
const nameLengthMax = 40;

/** Checks the name of an objective. @throws MOR_NAME */
export function checkSloName(name: string): string {
  checkName("slo", name);
  if (name.length <= nameLengthMax) return name;
  throw coreErrors.MOR_NAME(`slo ${name}: a name has at most ${nameLengthMax} characters`);
}

/**
 * Declares a service level objective; a service lists it in `owns`.
 * @example
 * export const checkout = slo("checkout", {
 *   title: "Orders are taken",
 *   objective: 0.999,
 *   indicator: {
 *     type: "records",
 *     signal: "spans",
 *     q: 'service:orders kind:server name:"POST /orders"',
 *     good: "-status:error duration<=500ms",
 *   },
 * });
 * @throws MOR_NAME, MOR_DECLARATION
 */
export function slo(name: string, options: SloOptions): SloResource {
  checkSloName(name);
  const parsed = SloForm.safeParse(options);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = issue === undefined ? "" : issue.path.join(".");
    throw coreErrors.MOR_DECLARATION(`slo ${name}: ${where}: ${issue?.message ?? ""}`);
  }
  return Object.freeze({ kind: "slo", name, watches: true, spec: parsed.data });
}
