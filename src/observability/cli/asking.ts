import type { CommandOption, CommandRun } from "../../core/command.ts";
import { coreErrors } from "../../core/errors.ts";

/** An option that takes a text. */
export const text = (description: string): CommandOption => ({ type: "string", description });

/** An option that is given or not. */
export const flag = (description: string): CommandOption => ({ type: "boolean", description });

/** Options that say when, of every command that looks at telemetry. */
export const rangeOptions: Readonly<Record<string, CommandOption>> = {
  from: text("From this time on: ISO 8601, milliseconds, or how long ago: 15m, 2h, 7d; 1h ago"),
  to: text("Before this time; now if left out"),
};

/** The value of an option that takes a text. */
export function option({ options }: CommandRun, key: string): string | undefined {
  const value = options[key];
  return typeof value === "string" ? value : undefined;
}

const units: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** A time: ISO 8601, milliseconds since 1970, or how long before now. @throws MOR_INVALID */
export function timeOf(value: string, key: string, nowMs: number): number {
  const [, amount, unit = ""] = /^(\d+(?:\.\d+)?)([smhd])$/.exec(value) ?? [];
  if (amount !== undefined) return nowMs - Number(amount) * (units[unit] ?? 0);
  const atMs = /^\d+$/.test(value) ? Number(value) : Date.parse(value);
  if (!Number.isNaN(atMs)) return atMs;
  throw coreErrors.MOR_INVALID(`--${key} is ${value}, not a time such as 15m or 2026-05-01T12:00Z`);
}

/** The query of a call: range and whatever else has a value. */
export function queryOf(
  call: CommandRun,
  others: Readonly<Record<string, string | undefined>> = {},
): URLSearchParams {
  const query = new URLSearchParams();
  const nowMs = Date.now();
  for (const key of ["from", "to"] as const) {
    const value = option(call, key);
    if (value !== undefined) query.set(`${key}Ms`, String(timeOf(value, key, nowMs)));
  }
  for (const [key, value] of Object.entries(others)) {
    if (value !== undefined) query.set(key, value);
  }
  return query;
}

/** Writes `value` as JSON if asked to, else the lines. */
export function show(call: CommandRun, value: unknown, lines: () => readonly string[]): number {
  if (call.options["json"] === true) call.out(JSON.stringify(value));
  else for (const line of lines()) call.out(line);
  return 0;
}

/** An instant as people read it: local date and time with milliseconds. */
export function instant(atMs: number): string {
  const at = new Date(atMs);
  const two = (value: number): string => String(value).padStart(2, "0");
  const date = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  const time = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
  return `${date} ${time}.${String(at.getMilliseconds()).padStart(3, "0")}`;
}

/** A duration as people read it. */
export function duration(ms: number): string {
  if (ms >= 10_000) return `${(ms / 1000).toFixed(1)} s`;
  return ms >= 10 ? `${ms.toFixed(0)} ms` : `${ms.toFixed(2)} ms`;
}

/** Cells as aligned columns; numbers to the right. */
export function aligned(rows: readonly (readonly (string | number)[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, index) => {
      widths[index] = Math.max(widths[index] ?? 0, String(cell).length);
    });
  }
  const cellOf = (cell: string | number, width: number): string =>
    typeof cell === "number" ? String(cell).padStart(width) : cell.padEnd(width);
  return rows.map((row) =>
    row
      .map((cell, index) => cellOf(cell, widths[index] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}
