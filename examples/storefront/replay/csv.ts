import { isUtf8 } from "node:buffer";
import { createReadStream } from "node:fs";
import type { Readable } from "node:stream";
import { createGunzip } from "node:zlib";

/** One record of a CSV file. */
export interface CsvRecord {
  /** The number of the line that it begins on; the first line is 1. */
  readonly line: number;
  readonly fields: readonly string[];
  /** As it stands in the file, without its line end. */
  readonly raw: string;
}

/** What could not be read as a record. */
export interface CsvProblem {
  readonly line: number;
  readonly reason: string;
  /** The beginning of the line; what is no UTF-8 in it is replaced. */
  readonly raw: string;
}

/** Bytes of a record at most: one that runs on is cut off and set aside, whatever its length. */
export const recordBytesMax = 16 * 1024;
/** Characters of a problem's `raw`. */
const rawLengthMax = 300;

const quote = 0x22;
const comma = 0x2c;
const newline = 0x0a;

/** What is found from `start`: where the record ends, or that it does not end yet. */
interface Span {
  /** Index of its line end; -1 while there is none. */
  readonly end: number;
  /**
   * Index of the end of its first line; the same as `end` where no quoted field has a line break.
   */
  readonly firstEnd: number;
  readonly lines: number;
  readonly quoted: boolean;
  readonly broken: boolean;
}

/**
 * Walks over one record (RFC 4180): a quote opens a field at its beginning only, two of them are
 * one.
 */
function spanOf(bytes: Buffer, start: number): Span {
  let state: "begin" | "plain" | "quoted" | "closed" = "begin";
  let firstEnd = -1;
  let lines = 0;
  let quoted = false;
  let broken = false;
  for (let index = start; index < bytes.length; index++) {
    const byte = bytes[index];
    if (byte === newline) {
      lines++;
      if (firstEnd < 0) firstEnd = index;
      if (state !== "quoted") return { end: index, firstEnd, lines, quoted, broken };
    } else if (byte === quote) {
      if (state === "begin") {
        state = "quoted";
        quoted = true;
      } else if (state === "quoted") state = "closed";
      else if (state === "closed") state = "quoted";
      else broken = true;
    } else if (state !== "quoted") {
      if (byte === comma) state = "begin";
      // The carriage return of a line end may follow a closing quote.
      else if (state === "closed") broken ||= byte !== 0x0d;
      else state = "plain";
    }
  }
  return { end: -1, firstEnd, lines, quoted, broken: broken || state === "quoted" };
}

/** The fields of a record that has no line end any more. */
function fieldsOf(text: string, quoted: boolean): string[] {
  if (!quoted) return text.split(",");
  const fields: string[] = [];
  for (let index = 0; index <= text.length; index++) {
    if (text[index] === '"') {
      let value = "";
      let from = index + 1;
      for (;;) {
        const to = text.indexOf('"', from);
        value += text.slice(from, to);
        if (text[to + 1] !== '"') {
          index = to + 1;
          break;
        }
        value += '"';
        from = to + 2;
      }
      fields.push(value);
    } else {
      const to = text.indexOf(",", index);
      const end = to < 0 ? text.length : to;
      fields.push(text.slice(index, end));
      index = end;
    }
  }
  return fields;
}

/** Takes the bytes of a file piece by piece and gives the records that they complete. */
export interface CsvReader {
  push(bytes: Buffer): (CsvRecord | CsvProblem)[];
  end(): (CsvRecord | CsvProblem)[];
}

/**
 * Reads CSV with quotes (RFC 4180), CRLF or LF, and a byte order mark. A record that is broken is a
 * problem, and reading goes on with the next line: a quote that nobody closes costs one line, not
 * the file.
 * @param columns fields that a record has
 */
export function csvReader(columns: number): CsvReader {
  let rest: Buffer = Buffer.alloc(0);
  let line = 1;
  let begun = false;
  /** Within a line that is too long and was reported. */
  let skipping = false;

  const problem = (bytes: Buffer, reason: string): CsvProblem => {
    const raw = bytes
      .subarray(0, rawLengthMax * 4)
      .toString("utf8")
      .slice(0, rawLengthMax);
    return { line, reason, raw: raw.replace(/\r?\n$/, "") };
  };

  const recordOf = (bytes: Buffer, quoted: boolean): CsvRecord | CsvProblem | undefined => {
    const length = bytes.at(-1) === 0x0d ? bytes.length - 1 : bytes.length;
    const content = bytes.subarray(0, length);
    if (length === 0) return undefined;
    if (!isUtf8(content)) return problem(content, "it is not UTF-8");
    const raw = content.toString("utf8");
    const fields = fieldsOf(raw, quoted);
    if (fields.length === columns) return { line, fields, raw };
    return problem(content, `it has ${fields.length} columns, not ${columns}`);
  };

  /** One step from `start`; how far it came, or undefined when more bytes are needed. */
  const step = (
    bytes: Buffer,
    start: number,
    ended: boolean,
    found: (CsvRecord | CsvProblem)[],
  ): number | undefined => {
    const span = spanOf(bytes, start);
    const open = span.end < 0;
    const end = open ? bytes.length : span.end;
    const tooLong = end - start > recordBytesMax;
    if (open && !ended && !tooLong) return undefined;
    const lineEnd = span.firstEnd < 0 ? end : span.firstEnd;
    const add = (one: CsvRecord | CsvProblem | undefined): void => {
      if (one !== undefined) found.push(one);
    };
    if (tooLong || span.broken) {
      const long = lineEnd - start > recordBytesMax;
      const reason = long ? `it is over ${recordBytesMax} bytes long` : "its quotes do not match";
      add(problem(bytes.subarray(start, lineEnd), reason));
      skipping = span.firstEnd < 0;
    } else {
      const record = recordOf(bytes.subarray(start, end), span.quoted);
      const several = span.firstEnd >= 0 && span.firstEnd < end;
      if (several && record !== undefined && "reason" in record) {
        // Rather one line with a lost quote than a record of many lines: the next ones may be
        // whole.
        add(problem(bytes.subarray(start, lineEnd), "its quotes do not match"));
      } else {
        add(record);
        line += Math.max(1, span.lines);
        return end + 1;
      }
    }
    if (!skipping) line++;
    return lineEnd + 1;
  };

  const read = (ended: boolean): (CsvRecord | CsvProblem)[] => {
    const found: (CsvRecord | CsvProblem)[] = [];
    let start = 0;
    while (start < rest.length) {
      if (skipping) {
        const end = rest.indexOf(newline, start);
        if (end < 0) {
          start = rest.length;
          break;
        }
        skipping = false;
        line++;
        start = end + 1;
        continue;
      }
      const next = step(rest, start, ended, found);
      if (next === undefined) break;
      start = next;
    }
    rest = rest.subarray(Math.min(start, rest.length));
    return found;
  };

  return {
    push(bytes) {
      rest = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
      if (!begun && rest.length >= 3) {
        begun = true;
        if (rest[0] === 0xef && rest[1] === 0xbb && rest[2] === 0xbf) rest = rest.subarray(3);
      }
      return begun ? read(false) : [];
    },
    end: () => read(true),
  };
}

/** Streams a `.csv` or `.csv.gz` file as records and problems. The whole is never in memory. */
export async function* readCsv(
  path: string,
  columns: number,
): AsyncGenerator<readonly (CsvRecord | CsvProblem)[]> {
  const file = createReadStream(path);
  const gunzip = path.endsWith(".gz") ? createGunzip({ chunkSize: 64 * 1024 }) : undefined;
  const stream: Readable = gunzip === undefined ? file : file.pipe(gunzip);
  file.on("error", (error) => stream.destroy(error));
  const reader = csvReader(columns);
  try {
    for await (const chunk of stream) yield reader.push(chunk as Buffer);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    // zlib does not name the file: an archive that is cut off or damaged.
    if (code?.startsWith("Z_") === true) throw new Error(`${path}: ${message}`, { cause: error });
    throw error;
  }
  yield reader.end();
}
