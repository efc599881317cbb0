import type { CellValue, Column } from "./column.ts";

/**
 * One field of a CSV file (RFC 4180). Text that a spreadsheet would run as a formula is made text
 * by an apostrophe before it (OWASP, CSV injection).
 */
function field(value: CellValue): string {
  if (value === null || value === undefined) return "";
  const text = String(value);
  const safe = typeof value === "string" && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Rows as CSV with a head, lines ended by CR LF. */
export function csv<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const lines = [
    columns.map(({ title }) => field(title)),
    ...rows.map((row) => columns.map(({ value }) => field(value(row)))),
  ];
  return lines.map((line) => `${line.join(",")}\r\n`).join("");
}

/** Rows as a JSON array of objects whose members are the columns' ids. */
export function json<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const objects = rows.map((row) =>
    Object.fromEntries(columns.map(({ id, value }) => [id, value(row) ?? null])),
  );
  return `${JSON.stringify(objects, null, 2)}\n`;
}

/** Hands a text to the reader as a file. */
export function download(name: string, type: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
