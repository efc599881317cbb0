import { z } from "zod";
import { coreErrors } from "../../core/errors.ts";
import { checkName } from "../../core/resource.ts";
import type { Resource } from "../../core/resource.ts";
import { ConditionForm } from "./conditions.ts";
import type { Condition, ConditionInput } from "./conditions.ts";

/** How much an alert matters: `page` wakes somebody, `ticket` waits until the morning. */
export type Severity = "page" | "ticket" | "info";

/** An alert as data: what code declares and the console saves is the same. */
export interface AlertSpec {
  /** One line; `{{label}}` and `{{value}}` are filled in, an instance each. */
  readonly title: string;
  readonly description: string;
  /** Address of what to do. */
  readonly runbook: string;
  readonly severity: Severity;
  readonly condition: Condition;
  /** How often it is evaluated, milliseconds. */
  readonly everyMs: number;
  /** How far behind the clock windows end, for what is still on its way, milliseconds. */
  readonly delayMs: number;
  /** `least` of the last `of` evaluations must hold. */
  readonly breaches: { readonly least: number; readonly of: number };
  /** It must hold for this long before it fires, milliseconds; *pending* until then. */
  readonly forMs: number;
  /** It must not hold for this long before it is resolved, milliseconds. */
  readonly keepFiringMs: number;
  /** What an evaluation without data means. */
  readonly noData: "ok" | "firing" | "keep";
  /** Whether one that flaps stays firing until it is calm. */
  readonly damping: boolean;
  readonly labels: Readonly<Record<string, string>>;
  /** Names of notifiers; `console` is always there. */
  readonly notify: readonly string[];
  /** Labels by which instances are told together; `alert` is the alert's name. */
  readonly groupBy: readonly string[];
  /** Before the first notification of a group, milliseconds: others may join. */
  readonly groupWaitMs: number;
  /** Between notifications of a group that changes, milliseconds. */
  readonly groupIntervalMs: number;
  /** Before it is told again that a group still fires, milliseconds. */
  readonly repeatMs: number;
  /** Instances at most; groups past it are counted, not judged. */
  readonly instancesMax: number;
}

type Optional<T, K extends keyof T> = Omit<T, K> & { readonly [P in K]?: T[P] | undefined };

/** An alert as code writes it: all but title and condition may be left out. */
export interface AlertOptions extends Optional<
  Omit<AlertSpec, "condition">,
  Exclude<keyof AlertSpec, "title" | "condition">
> {
  readonly condition: ConditionInput;
}

const dayMs = 86_400_000;
const span = (maxMs: number) => z.number().int().min(0).max(maxMs);
const labelName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_.-]{0,99}$/);

/** An alert as JSON. */
export const AlertForm: z.ZodType<AlertSpec, AlertOptions> = z
  .strictObject({
    title: z.string().min(1).max(300),
    description: z.string().max(4000).default(""),
    runbook: z.string().max(1000).default(""),
    severity: z.enum(["page", "ticket", "info"]).default("ticket"),
    condition: ConditionForm,
    everyMs: z.number().int().min(10_000).max(dayMs).default(60_000),
    delayMs: span(3_600_000).default(5000),
    breaches: z
      .strictObject({
        least: z.number().int().min(1).max(20),
        of: z.number().int().min(1).max(20),
      })
      .refine(({ least, of }) => least <= of, "`least` is more than `of`")
      .default({ least: 1, of: 1 }),
    forMs: span(7 * dayMs).default(0),
    keepFiringMs: span(7 * dayMs).default(0),
    noData: z.enum(["ok", "firing", "keep"]).default("ok"),
    damping: z.boolean().default(true),
    labels: z
      .record(labelName, z.string().max(200))
      .refine((labels) => Object.keys(labels).length <= 20, "over 20 labels")
      .default({}),
    notify: z.array(z.string().min(1).max(48)).max(10).default(["console"]),
    groupBy: z.array(labelName).max(5).default(["alert"]),
    groupWaitMs: span(3_600_000).default(30_000),
    groupIntervalMs: span(dayMs).default(300_000),
    repeatMs: z
      .number()
      .int()
      .min(60_000)
      .max(30 * dayMs)
      .default(4 * 3_600_000),
    instancesMax: z.number().int().min(1).max(1000).default(100),
  })
  .readonly();

/** An alert of the app's code. */
export interface AlertResource extends Resource<"alert"> {
  readonly spec: AlertSpec;
}

/** What is wrong with a value, one line. */
export function problemsOf(error: z.ZodError): string {
  return error.issues
    .slice(0, 5)
    .map(({ path, message }) => (path.length === 0 ? message : `${path.join(".")}: ${message}`))
    .join("; ");
}

/**
 * Declares an alert; a service lists it in `owns`.
 * @example
 * export const checkoutErrors = alert("checkout-errors", {
 *   title: "{{value}} of the checkouts fail",
 *   severity: "page",
 *   condition: {
 *     type: "threshold",
 *     source: { type: "records", signal: "spans", q: "service:orders", measure: "error-share" },
 *     windowMs: 300_000,
 *     op: ">",
 *     value: 0.05,
 *   },
 *   forMs: 120_000,
 * });
 * @throws MOR_NAME, MOR_DECLARATION
 */
export function alert(name: string, options: AlertOptions): AlertResource {
  checkName("alert", name);
  const parsed = AlertForm.safeParse(options);
  if (!parsed.success) {
    throw coreErrors.MOR_DECLARATION(`alert ${name}: ${problemsOf(parsed.error)}`);
  }
  return Object.freeze({ kind: "alert", name, watches: true, spec: parsed.data });
}
