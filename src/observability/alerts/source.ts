import { z } from "zod";
import { parseQuery } from "../logs/query/index.ts";
import { parsePromql } from "../metrics/promql/parse.ts";

/** What is computed of records. */
export type MeasureName =
  | "count"
  | "rate"
  | "error-share"
  | "sum"
  | "avg"
  | "min"
  | "max"
  | "distinct"
  | "p50"
  | "p90"
  | "p95"
  | "p99";

/** Figures over records, a group each. */
export interface RecordsSource {
  readonly type: "records";
  readonly signal: "logs" | "spans" | "points" | "errors";
  /** Text of the query language: `service:orders status:error`; everything where it is empty. */
  readonly q: string;
  /** `rate` is per second; `error-share` is a fraction of 0 to 1. */
  readonly measure: MeasureName;
  /** What is measured, for all but counts and shares: `duration`. */
  readonly field: string;
  /** Fields to group by: one instance of the alert a group. */
  readonly by: readonly string[];
}

/** The value of a PromQL expression, an instance each series. */
export interface PromqlSource {
  readonly type: "promql";
  readonly expr: string;
}

/** Where the values of a condition come from. */
export type AlertSource = RecordsSource | PromqlSource;

/** A records source as code writes it: what is left out is empty. */
export type RecordsSourceInput = Omit<RecordsSource, "q" | "field" | "by"> & {
  readonly q?: string | undefined;
  readonly field?: string | undefined;
  readonly by?: readonly string[] | undefined;
};

/** A source as code writes it. */
export type AlertSourceInput = RecordsSourceInput | PromqlSource;

const measures = [
  "count",
  "rate",
  "error-share",
  "sum",
  "avg",
  "min",
  "max",
  "distinct",
  "p50",
  "p90",
  "p95",
  "p99",
] as const;

/** Measures that count records and need no field. */
export const countingMeasures: ReadonlySet<MeasureName> = new Set(["count", "rate", "error-share"]);

/** Adds what the parser of a text says to the problems of a schema. */
function refine(parse: () => unknown, context: z.RefinementCtx, path: string): void {
  try {
    parse();
  } catch (error) {
    context.addIssue({ code: "custom", path: [path], message: (error as Error).message });
  }
}

const records = z
  .strictObject({
    type: z.literal("records"),
    signal: z.enum(["logs", "spans", "points", "errors"]),
    q: z.string().max(4096).default(""),
    measure: z.enum(measures),
    field: z.string().max(200).default(""),
    by: z.array(z.string().min(1).max(200)).max(5).default([]),
  })
  .superRefine((source, context) => {
    refine(() => parseQuery(source.q, source.signal), context, "q");
    if (source.field === "" && !countingMeasures.has(source.measure)) {
      context.addIssue({ code: "custom", path: ["field"], message: "the measure needs a field" });
    }
    if (source.measure === "error-share" && source.signal !== "spans" && source.signal !== "logs") {
      context.addIssue({ code: "custom", path: ["measure"], message: "only spans and logs fail" });
    }
  });

/** A source over records, as JSON. */
export const RecordsSourceForm: z.ZodType<RecordsSource, RecordsSourceInput> = records;

/** A source as JSON. */
export const SourceForm: z.ZodType<AlertSource, AlertSourceInput> = z.discriminatedUnion("type", [
  records,
  z
    .strictObject({ type: z.literal("promql"), expr: z.string().min(1).max(8192) })
    .superRefine(({ expr }, context) => refine(() => parsePromql(expr), context, "expr")),
]);
