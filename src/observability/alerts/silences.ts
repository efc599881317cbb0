import { RE2JS } from "re2js";
import { z } from "zod";
import { coreErrors } from "../../core/errors.ts";
import { parseExpression } from "../../messaging/schedule/expression.ts";
import { lastBetween } from "../../messaging/schedule/occurrences.ts";

/** What a label must be. */
export interface Matcher {
  readonly label: string;
  /** `=~` and `!~` are RE2 expressions that match the whole value. */
  readonly op: "=" | "!=" | "=~" | "!~";
  readonly value: string;
}

/** What a silence says. */
export interface SilenceSpec {
  /** All must hold; `alert` and `severity` are labels too. */
  readonly matchers: readonly Matcher[];
  readonly fromMs: number;
  readonly untilMs: number;
  readonly why: string;
}

/** Alerts that nobody is told of for a time. */
export interface Silence extends SilenceSpec {
  readonly id: string;
  readonly who: string;
  readonly createdAtMs: number;
}

/** A time in which alerts are expected: once, or again and again. */
export interface MaintenanceSpec {
  readonly matchers: readonly Matcher[];
  /** When it begins: cron (`0 2 * * SUN`), or once at a local time (`2026-12-01T02:00:00`). */
  readonly starts: { readonly cron: string } | { readonly at: string };
  /** IANA time zone of `starts`. */
  readonly timezone: string;
  readonly durationMs: number;
  readonly why: string;
}

/** A maintenance window by its name. */
export interface Maintenance extends MaintenanceSpec {
  readonly name: string;
  readonly who: string;
  readonly updatedAtMs: number;
}

const dayMs = 86_400_000;

/** Silences that may stand at once, and maintenance windows. */
export const silencesMax = 500;

const matcher = z
  .strictObject({
    label: z.string().min(1).max(100),
    op: z.enum(["=", "!=", "=~", "!~"]),
    value: z.string().max(500),
  })
  .superRefine(({ op, value }, context) => {
    if (op === "=" || op === "!=") return;
    try {
      RE2JS.compile(value);
    } catch (error) {
      const message = `is no RE2 expression: ${(error as Error).message}`;
      context.addIssue({ code: "custom", path: ["value"], message });
    }
  });

const matchers = z.array(matcher).min(1).max(20);

/** A silence as JSON. */
export const SilenceForm: z.ZodType<SilenceSpec, SilenceSpec> = z
  .strictObject({
    matchers,
    fromMs: z.number().int().nonnegative(),
    untilMs: z.number().int().positive(),
    why: z.string().min(1).max(1000),
  })
  .refine(({ fromMs, untilMs }) => untilMs > fromMs, "it ends before it begins")
  .refine(({ fromMs, untilMs }) => untilMs - fromMs <= 366 * dayMs, "it lasts over a year");

/** A maintenance window as code writes it. */
export type MaintenanceInput = Omit<MaintenanceSpec, "timezone"> & {
  readonly timezone?: string | undefined;
};

/** A maintenance window as JSON. */
export const MaintenanceForm: z.ZodType<MaintenanceSpec, MaintenanceInput> = z
  .strictObject({
    matchers,
    starts: z.union([
      z.strictObject({ cron: z.string().max(256) }),
      z.strictObject({ at: z.string().max(256) }),
    ]),
    timezone: z.string().max(64).default("UTC"),
    durationMs: z
      .number()
      .int()
      .min(60_000)
      .max(7 * dayMs),
    why: z.string().min(1).max(1000),
  })
  .superRefine(({ starts, timezone }, context) => {
    try {
      parseExpression({ ...starts, timezone }, "maintenance");
    } catch (error) {
      context.addIssue({ code: "custom", path: ["starts"], message: (error as Error).message });
    }
  });

function holds({ label, op, value }: Matcher, labels: Readonly<Record<string, string>>): boolean {
  const has = labels[label] ?? "";
  if (op === "=") return has === value;
  if (op === "!=") return has !== value;
  return RE2JS.compile(value).matches(has) === (op === "=~");
}

/** Whether all matchers hold; a label that is missing is empty. */
export function matchesAll(
  list: readonly Matcher[],
  labels: Readonly<Record<string, string>>,
): boolean {
  return list.every((one) => holds(one, labels));
}

/** Since when a maintenance window is open, ms; nothing while it is not. */
export function openSince(
  { starts, timezone, durationMs }: MaintenanceSpec,
  nowMs: number,
): number | undefined {
  const expression = parseExpression({ ...starts, timezone }, "maintenance");
  return lastBetween(expression, nowMs - durationMs, nowMs);
}

/** Why nobody is told of an alert. */
export interface Muting {
  readonly by: "silence" | "maintenance";
  readonly id: string;
  readonly why: string;
  readonly untilMs: number;
}

/** What mutes at a time. */
export interface Muted {
  (labels: Readonly<Record<string, string>>): Muting | undefined;
}

/** What mutes now: silences that have begun and not ended, and windows that are open. */
export function mutedAt(
  silences: readonly Silence[],
  windows: readonly Maintenance[],
  nowMs: number,
): Muted {
  const active: { readonly matchers: readonly Matcher[]; readonly muting: Muting }[] = [];
  for (const { id, matchers: list, fromMs, untilMs, why } of silences) {
    if (fromMs > nowMs || untilMs <= nowMs) continue;
    active.push({ matchers: list, muting: { by: "silence", id, why, untilMs } });
  }
  for (const window of windows) {
    const sinceMs = openSince(window, nowMs);
    if (sinceMs === undefined) continue;
    const untilMs = sinceMs + window.durationMs;
    const muting = { by: "maintenance" as const, id: window.name, why: window.why, untilMs };
    active.push({ matchers: window.matchers, muting });
  }
  return (labels) => active.find((one) => matchesAll(one.matchers, labels))?.muting;
}

/** Refuses more than may stand at once. @throws MOR_OVERLOADED */
export function checkSilenceCount(count: number): void {
  if (count < silencesMax) return;
  throw coreErrors.MOR_OVERLOADED(`${silencesMax} silences or maintenance windows stand already`, {
    fix: "Delete some that nobody needs; matchers may name several alerts.",
  });
}
