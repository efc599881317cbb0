import { z } from "zod";
import { RecordsSourceForm, SourceForm } from "./source.ts";
import type { AlertSource, AlertSourceInput, RecordsSource, RecordsSourceInput } from "./source.ts";

/** How a value is compared with a bound. */
export type Comparison = ">" | ">=" | "<" | "<=";

/** A long and a short window that must both burn faster than `rate`. */
export interface BurnWindow {
  readonly longMs: number;
  readonly shortMs: number;
  /** Times the rate that would use the budget up exactly at the end of the objective's window. */
  readonly rate: number;
}

interface Threshold<S> {
  readonly type: "threshold";
  readonly source: S;
  /** Over which the value is computed, up to the time of evaluation, milliseconds. */
  readonly windowMs: number;
  readonly op: Comparison;
  readonly value: number;
}

interface Absence<S> {
  readonly type: "absence";
  readonly source: S;
  /** Nothing came for this long, milliseconds. */
  readonly windowMs: number;
  /** How far back a group counts as one that should be there, milliseconds; not without groups. */
  readonly lookbackMs: number;
}

interface Change<S> {
  readonly type: "change";
  readonly source: S;
  readonly windowMs: number;
  /** How much earlier the window is that it is compared with; the one just before if left out. */
  readonly offsetMs: number;
  readonly as: "percent" | "absolute";
  readonly op: Comparison;
  readonly value: number;
  /** The earlier value must be at least so much, else a change says nothing. */
  readonly least: number;
}

interface Anomaly<S> {
  readonly type: "anomaly";
  readonly source: S;
  /** Width of the values that are compared, milliseconds. */
  readonly stepMs: number;
  readonly historyMs: number;
  /** What repeats itself; `auto` takes the longest of which enough was seen. */
  readonly season: "auto" | "week" | "day" | "none";
  readonly direction: "both" | "above" | "below";
  /** Robust standard deviations from what is usual. */
  readonly deviations: number;
  /** A smaller difference is none, in the unit of the value. */
  readonly leastDifference: number;
}

/** When an alert fires, as it is evaluated. */
export type Condition =
  | Threshold<AlertSource>
  | Absence<RecordsSource>
  | Change<AlertSource>
  | Anomaly<AlertSource>
  /** Log patterns that appear after their service has been known for a while. */
  | { readonly type: "new-pattern"; readonly q: string; readonly windowMs: number }
  /** Groups of errors that are new, or came back after they were resolved. */
  | {
      readonly type: "error-group";
      readonly on: readonly ("new" | "regressed")[];
      /** Of one service; of all where it is empty. */
      readonly service: string;
      readonly windowMs: number;
    }
  /** An objective's error budget goes too fast, in any of the pairs of windows. */
  | {
      readonly type: "burn-rate";
      readonly slo: string;
      readonly windows: readonly BurnWindow[];
    };

type Loose<T, K extends keyof T> = Omit<T, K> & { readonly [P in K]?: T[P] | undefined };

/** When an alert fires, as code writes it. */
export type ConditionInput =
  | Threshold<AlertSourceInput>
  | Loose<Absence<RecordsSourceInput>, "lookbackMs">
  | Loose<Change<AlertSourceInput>, "offsetMs" | "as" | "least">
  | Loose<
      Anomaly<AlertSourceInput>,
      "stepMs" | "historyMs" | "season" | "direction" | "deviations" | "leastDifference"
    >
  | {
      readonly type: "new-pattern";
      readonly q?: string | undefined;
      readonly windowMs?: number | undefined;
    }
  | {
      readonly type: "error-group";
      readonly on?: readonly ("new" | "regressed")[] | undefined;
      readonly service?: string | undefined;
      readonly windowMs?: number | undefined;
    }
  | {
      readonly type: "burn-rate";
      readonly slo: string;
      readonly windows: readonly BurnWindow[];
    };

const minuteMs = 60_000;
const dayMs = 86_400_000;

const windowOf = (maxMs: number) => z.number().int().min(10_000).max(maxMs);
const comparison = z.enum([">", ">=", "<", "<="]);

/** Longest window of a condition that reads records, milliseconds. */
export const windowMsMax: number = 7 * dayMs;

const burnWindow = z
  .strictObject({
    longMs: z
      .number()
      .int()
      .min(minuteMs)
      .max(31 * dayMs),
    shortMs: z
      .number()
      .int()
      .min(minuteMs)
      .max(31 * dayMs),
    rate: z.number().positive().max(100_000),
  })
  .refine(({ longMs, shortMs }) => shortMs <= longMs, "the short window is longer than the long");

const forms = [
  z.strictObject({
    type: z.literal("threshold"),
    source: SourceForm,
    windowMs: windowOf(windowMsMax),
    op: comparison,
    value: z.number(),
  }),
  z.strictObject({
    type: z.literal("absence"),
    source: RecordsSourceForm,
    windowMs: windowOf(windowMsMax),
    lookbackMs: windowOf(windowMsMax).default(6 * 3_600_000),
  }),
  z.strictObject({
    type: z.literal("change"),
    source: SourceForm,
    windowMs: windowOf(windowMsMax),
    offsetMs: z
      .number()
      .int()
      .min(0)
      .max(31 * dayMs)
      .default(0),
    as: z.enum(["percent", "absolute"]).default("percent"),
    op: comparison,
    value: z.number(),
    least: z.number().nonnegative().default(0),
  }),
  z.strictObject({
    type: z.literal("anomaly"),
    source: SourceForm,
    stepMs: z
      .number()
      .int()
      .min(minuteMs)
      .max(6 * 3_600_000)
      .default(5 * minuteMs),
    historyMs: z
      .number()
      .int()
      .min(3_600_000)
      .max(35 * dayMs)
      .default(28 * dayMs),
    season: z.enum(["auto", "week", "day", "none"]).default("auto"),
    direction: z.enum(["both", "above", "below"]).default("both"),
    deviations: z.number().min(1).max(100).default(5),
    leastDifference: z.number().nonnegative().default(0),
  }),
  z.strictObject({
    type: z.literal("new-pattern"),
    q: z.string().max(4096).default(""),
    windowMs: windowOf(dayMs).default(15 * minuteMs),
  }),
  z.strictObject({
    type: z.literal("error-group"),
    on: z
      .array(z.enum(["new", "regressed"]))
      .min(1)
      .max(2)
      .default(["new", "regressed"]),
    service: z.string().max(200).default(""),
    windowMs: windowOf(dayMs).default(15 * minuteMs),
  }),
  z.strictObject({
    type: z.literal("burn-rate"),
    slo: z.string().min(1).max(48),
    windows: z.array(burnWindow).min(1).max(8),
  }),
] as const;

/** Values of one anomaly alert's history at most, a group. */
export const historyStepsMax = 40_320;

/** A condition as JSON. */
export const ConditionForm: z.ZodType<Condition, ConditionInput> = z
  .discriminatedUnion("type", forms)
  .refine(
    (one) => one.type !== "anomaly" || one.historyMs / one.stepMs <= historyStepsMax,
    `the history has over ${historyStepsMax} steps`,
  );

/** Whether a comparison holds. */
export function compares(op: Comparison, value: number, bound: number): boolean {
  if (op === ">") return value > bound;
  if (op === ">=") return value >= bound;
  return op === "<" ? value < bound : value <= bound;
}
