import { z } from "zod";

/** The most characters of a reason in words. */
const lengthMax = 300;

/** How fast a budget burns over a long and a short window. */
interface BurnReason {
  /** How many times as fast as it may; null without data. */
  readonly long: number | null;
  readonly short: number | null;
  readonly longMs: number;
  readonly shortMs: number;
  /** From where on it is too fast. */
  readonly rate: number;
}

/** Why an alert is in its state, as a code and figures: whoever shows it words it. */
export type Reason =
  | { readonly said: "no-data"; readonly windowMs: number | null }
  | {
      readonly said: "threshold";
      readonly value: number;
      readonly windowMs: number;
      readonly op: string;
      readonly bound: number;
    }
  | { readonly said: "absence"; readonly value: number; readonly windowMs: number }
  | { readonly said: "too-little" }
  | { readonly said: "nothing-before" }
  | {
      readonly said: "change";
      readonly from: number;
      readonly to: number;
      readonly by: number;
      readonly as: "absolute" | "percent";
    }
  | { readonly said: "learning" }
  | {
      readonly said: "anomaly";
      readonly value: number;
      readonly usual: number;
      readonly spread: number;
      readonly basis: "week" | "day" | "recent";
      readonly deviations: number;
    }
  | { readonly said: "burn"; readonly windows: readonly BurnReason[] }
  | { readonly said: "deleted" }
  /** What records say themselves, in the words of whoever wrote them: a pattern, an error. */
  | { readonly said: "text"; readonly text: string };

const figure = z.number();
const figureOrNone = z.nullable(z.number());

/** A reason as the API tells it. */
export const ReasonForm: z.ZodType<Reason> = z.discriminatedUnion("said", [
  z.object({ said: z.literal("no-data"), windowMs: figureOrNone }),
  z.object({
    said: z.literal("threshold"),
    value: figure,
    windowMs: figure,
    op: z.string(),
    bound: figure,
  }),
  z.object({ said: z.literal("absence"), value: figure, windowMs: figure }),
  z.object({ said: z.literal("too-little") }),
  z.object({ said: z.literal("nothing-before") }),
  z.object({
    said: z.literal("change"),
    from: figure,
    to: figure,
    by: figure,
    as: z.enum(["absolute", "percent"]),
  }),
  z.object({ said: z.literal("learning") }),
  z.object({
    said: z.literal("anomaly"),
    value: figure,
    usual: figure,
    spread: figure,
    basis: z.enum(["week", "day", "recent"]),
    deviations: figure,
  }),
  z.object({
    said: z.literal("burn"),
    windows: z.array(
      z.object({
        long: figureOrNone,
        short: figureOrNone,
        longMs: figure,
        shortMs: figure,
        rate: figure,
      }),
    ),
  }),
  z.object({ said: z.literal("deleted") }),
  z.object({ said: z.literal("text"), text: z.string() }),
]);

/** A number as a line of text has it: four digits that matter. */
export function shownNumber(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return String(value);
  return String(Number(value.toPrecision(4)));
}

function shownMs(ms: number): string {
  const units: readonly (readonly [number, string])[] = [
    [86_400_000, "d"],
    [3_600_000, "h"],
    [60_000, "min"],
    [1000, "s"],
  ];
  const [size, unit] = units.find(([one]) => ms >= one && ms % one === 0) ?? [1, "ms"];
  return `${ms / size} ${unit}`;
}

function burnText({ long, short, longMs, shortMs, rate }: BurnReason): string {
  const text = (value: number | null): string =>
    value === null ? "none" : `${shownNumber(value)}x`;
  const windows = `${shownMs(longMs)} / ${shownMs(shortMs)}`;
  return `${text(long)} / ${text(short)} over ${windows} (bound ${shownNumber(rate)}x)`;
}

function english(reason: Reason): string {
  switch (reason.said) {
    case "no-data":
      return reason.windowMs === null ? "no data" : `no data in ${shownMs(reason.windowMs)}`;
    case "threshold": {
      const { value, windowMs, op, bound } = reason;
      return `${shownNumber(value)} in ${shownMs(windowMs)}, bound ${op} ${shownNumber(bound)}`;
    }
    case "absence": {
      const { value, windowMs } = reason;
      return `${value === 0 ? "nothing" : shownNumber(value)} in ${shownMs(windowMs)}`;
    }
    case "too-little":
      return "too little to compare with";
    case "nothing-before":
      return "nothing to compare with";
    case "change": {
      const { from, to, by, as } = reason;
      const unit = as === "percent" ? " %" : "";
      return `from ${shownNumber(from)} to ${shownNumber(to)}: ${shownNumber(by)}${unit}`;
    }
    case "learning":
      return "learning what is usual";
    case "anomaly": {
      const { value, usual, spread, basis, deviations } = reason;
      const around = `${shownNumber(usual)} ± ${shownNumber(spread)} (${basis})`;
      return `${shownNumber(value)}, usually ${around}, ${shownNumber(deviations)} deviations`;
    }
    case "burn":
      return `burns ${reason.windows.map(burnText).join("; ")}`;
    case "deleted":
      return "the alert was deleted";
    case "text":
      return reason.text;
  }
}

/** A reason, and the same in English for the command line, mails and hooks. */
export function because(reason: Reason): { readonly note: string; readonly reason: Reason } {
  const kept =
    reason.said === "text" ? { ...reason, text: reason.text.slice(0, lengthMax) } : reason;
  return { note: english(kept).slice(0, lengthMax), reason: kept };
}
