import { makeLog } from "../core/log.ts";
import type { Log, LogLine } from "../core/log.ts";

/** Writes one line to standard output. */
export function out(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Writes one line to standard error. */
export function complain(line: string): void {
  process.stderr.write(`${line}\n`);
}

const levels = ["debug", "info", "warn", "error"];

function textOf({ level, message, fields }: LogLine): string {
  const shown = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${typeof value === "string" ? value : JSON.stringify(value)}`);
  return [new Date().toISOString(), level.padEnd(5), message, ...shown].join(" ");
}

/**
 * The log of a process: text on a terminal, JSON lines where `json` is asked for. As text, services
 * are heard from errors on, unless MORNING_LOG_LEVEL says otherwise.
 */
export function cliLog(options: { readonly json: boolean; readonly level?: string }): Log {
  const chosen = options.level ?? process.env["MORNING_LOG_LEVEL"];
  const least = levels.indexOf(chosen ?? "info");
  // What services say at work is in the console; on a terminal it would bury what matters.
  const leastOfServices = chosen === undefined && !options.json ? levels.indexOf("error") : least;
  return makeLog((line) => {
    const isOfService = line.fields["service"] !== undefined;
    if (levels.indexOf(line.level) < (isOfService ? leastOfServices : least)) return;
    const { level, message, fields } = line;
    const at = new Date().toISOString();
    complain(options.json ? JSON.stringify({ at, level, message, ...fields }) : textOf(line));
  });
}

/** Rows as aligned columns; numbers to the right. */
export function columns(rows: readonly (readonly (string | number)[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, index) => {
      widths[index] = Math.max(widths[index] ?? 0, String(cell).length);
    });
  }
  return rows.map((row) =>
    row
      .map((cell, index) => {
        const width = widths[index] ?? 0;
        return typeof cell === "number" ? String(cell).padStart(width) : cell.padEnd(width);
      })
      .join("  ")
      .trimEnd(),
  );
}
