/** A log record as the list takes it. Text in it comes from the app and is made safe when drawn. */
export interface LogLine {
  /** Unique among the records that are shown together. */
  readonly id: string;
  /** Milliseconds since the epoch, with fractions. */
  readonly atMs: number;
  /** OpenTelemetry's number, 1 to 24; 0 where none was given. */
  readonly severity: number;
  readonly service: string;
  readonly body: string;
  /** Attributes of the record and of its resource. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly traceId?: string | undefined;
  readonly spanId?: string | undefined;
}

/** How severe a record is, as everybody writes it. */
export const levels = ["FATAL", "ERROR", "WARN", "INFO", "DEBUG", "TRACE", "–"] as const;
export type Level = (typeof levels)[number];

/** The level of OpenTelemetry's severity number: four numbers each, from TRACE up. */
export function levelOf(severity: number): Level {
  if (!(severity >= 1 && severity <= 24)) return "–";
  return levels[5 - Math.floor((severity - 1) / 4)] ?? "–";
}

/** A field by its path and its value in words. */
export type Field = readonly [path: string, text: string];

const depthMax = 8;

function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  return JSON.stringify(value) ?? String(value);
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The fields of a record, those of objects by their paths (`http.status`), at most so many. */
export function fieldsOf(fields: Readonly<Record<string, unknown>>, most: number): Field[] {
  const found: Field[] = [];
  const add = (path: string, value: unknown, depth: number): void => {
    if (found.length >= most) return;
    const isInner = isRecord(value) && depth < depthMax && Object.keys(value).length > 0;
    if (!isInner) {
      found.push([path, textOf(value)]);
      return;
    }
    for (const [name, inner] of Object.entries(value)) add(`${path}.${name}`, inner, depth + 1);
  };
  for (const [name, value] of Object.entries(fields)) add(name, value, 1);
  return found;
}

const summaryFields = 6;

/** What stands on the line: the body, or, where there is none, the first fields. */
export function summaryOf({ body, fields }: LogLine): string {
  if (body.trim() !== "") return body;
  return fieldsOf(fields, summaryFields)
    .map(([path, text]) => `${path}=${text}`)
    .join(" ");
}

/** A part of a text, and whether it is one of the words that were looked for. */
export interface Piece {
  readonly text: string;
  readonly isMatch: boolean;
}

/** A text taken apart at some words, whatever their case; overlapping ones flow together. */
export function piecesOf(text: string, words: readonly string[]): readonly Piece[] {
  const lower = text.toLowerCase();
  // Some letters grow when they are made small; then no place is where it was.
  const isSafe = lower.length === text.length;
  const wanted = isSafe
    ? words.map((word) => word.toLowerCase()).filter((word) => word !== "")
    : [];
  const marks: { from: number; to: number }[] = [];
  for (const word of wanted) {
    for (let at = lower.indexOf(word); at >= 0; at = lower.indexOf(word, at + word.length)) {
      marks.push({ from: at, to: at + word.length });
    }
  }
  if (marks.length === 0) return [{ text, isMatch: false }];
  marks.sort((one, other) => one.from - other.from);
  const pieces: Piece[] = [];
  let end = 0;
  for (const { from, to } of marks) {
    if (to <= end) continue;
    const start = Math.max(from, end);
    if (start > end) pieces.push({ text: text.slice(end, start), isMatch: false });
    pieces.push({ text: text.slice(start, to), isMatch: true });
    end = to;
  }
  if (end < text.length) pieces.push({ text: text.slice(end), isMatch: false });
  return pieces;
}
