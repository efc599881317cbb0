import { oneOf, text, whole, type Parameters } from "../../../view.ts";
import { quoted } from "../logs/lines.ts";

/** What the address of the search says. */
export interface SearchView {
  readonly q: string;
  readonly service: string;
  readonly operation: string;
  readonly status: "failed" | "ok";
  /** Durations of whole traces, milliseconds. */
  readonly min: number;
  readonly max: number;
  readonly by: "start" | "duration";
  /** A box of the picture, as `writeBox` has it. */
  readonly box: string;
  /** Explains what sets slow or failed spans apart. */
  readonly why: "slow" | "failed";
}

/** The parameters of the search in the URL. */
export const searchView: Parameters<SearchView> = {
  q: text(2000),
  service: text(200),
  operation: text(300),
  status: oneOf(["failed", "ok"]),
  min: whole,
  max: whole,
  by: oneOf(["start", "duration"]),
  box: text(120),
  why: oneOf(["slow", "failed"]),
};

/** The form as one query; every span that is looked for has all of it. */
export function queryOf({ q = "", service, operation, status }: Partial<SearchView>): string {
  const typed = /\bOR\b/.test(q) ? `(${q.trim()})` : q.trim();
  const parts = [
    typed,
    service === undefined ? "" : `service:${quoted(service)}`,
    operation === undefined ? "" : `name:${quoted(operation)}`,
    status === undefined ? "" : status === "failed" ? "status:error" : "-status:error",
  ];
  return parts.filter((part) => part !== "").join(" ");
}

/** A part of the picture of traces: when they began, and how long they took, milliseconds. */
export interface Box {
  readonly fromMs: number;
  readonly toMs: number;
  readonly leastMs: number;
  readonly mostMs: number;
}

/** A box as the URL has it: whole milliseconds, and durations in whole microseconds. */
export function writeBox({ fromMs, toMs, leastMs, mostMs }: Box): string {
  const us = (ms: number): number => Math.round(ms * 1000);
  return [Math.round(fromMs), Math.round(toMs), us(leastMs), us(mostMs)].join("~");
}

/** The box of a URL; undefined for what is none. */
export function readBox(words: string | undefined): Box | undefined {
  const numbers = (words ?? "").split("~").map(Number);
  const [fromMs = NaN, toMs = NaN, least = NaN, most = NaN] = numbers;
  if (numbers.length !== 4 || !numbers.every((one) => Number.isFinite(one) && one >= 0)) {
    return undefined;
  }
  if (fromMs >= toMs || least >= most) return undefined;
  return { fromMs, toMs, leastMs: least / 1000, mostMs: most / 1000 };
}

/** Whether a trace lies within a box. */
export const isIn = (
  { fromMs, toMs, leastMs, mostMs }: Box,
  trace: { readonly startMs: number; readonly durationMs: number },
): boolean =>
  trace.startMs >= fromMs &&
  trace.startMs <= toMs &&
  trace.durationMs >= leastMs &&
  trace.durationMs <= mostMs;
