import { regexOf } from "../regex.ts";

/** Gives the message of a raw line: without its time, level, process and the like. */
export type HeaderReader = (line: string) => string;

/** Lines looked at before it is decided what the file's header is. */
export const headerSample = 500;
/** So many of them must have a part for it to be one of the header. */
const agreement = 0.8;
/** What stands at a place in fewer of them is a message's begin. */
const commonShare = 0.1;
/** A time stands within so many characters of the line's begin. */
const stampWithin = 64;

const clock = String.raw`\d{1,2}[:.]\d{2}[:.]\d{2}(?:[.,:]\d{1,9})?`;
const zone = String.raw`(?: ?(?:Z|UTC|GMT|[+-]\d{2}:?\d{2})\b)?`;
const stamps: readonly string[] = [
  String.raw`\d{4}[-/.]\d{2}[-/.]\d{2}[T _:-]?${clock}${zone}`,
  String.raw`\d{2}[-/.]\d{2}[-/.]\d{2,4}[T :-]${clock}${zone}`,
  String.raw`\d{2}/[A-Z][a-z]{2}/\d{4}:${clock}(?: [+-]\d{4})?`,
  String.raw`(?:[A-Z][a-z]{2} )?[A-Z][a-z]{2} {1,2}\d{1,2} ${clock}(?: \d{4})?`,
  String.raw`\d{1,2} [A-Z][a-z]{2} \d{4} ${clock}`,
  String.raw`\d{8}-\d{1,2}:\d{1,2}:\d{1,2}(?::\d{1,3})?`,
  String.raw`\d{8}[-T ]?${clock}`,
  String.raw`\d{2}[-.]\d{2} ${clock}`,
  String.raw`\d{6} \d{6}`,
  clock,
  String.raw`\d{10}(?:\d{3})?(?:\.\d+)?`,
  String.raw`\d{4}[-/.]\d{2}[-/.]\d{2}`,
];
/** A time, with the brackets and fields that stand before it. */
const stampStart = new RegExp(
  String.raw`^(?:[^\s\d]\S{0,80} |\d+:[A-Z] |<\d{1,3}>\d? ?)??[[(<]?(?:${stamps.join("|")})[\])>]?`,
  "u",
);
/** Another time, at most two fields further on. */
const stampNext = new RegExp(
  String.raw`^(?:\S{1,60} ){0,2}?[[(<]?(?:${stamps.join("|")})[\])>]?(?=[\s,|])`,
  "u",
);
const syslogEnd = /[A-Z][a-z]{2} {1,2}\d{1,2} [\d:.]+ $/u;
const gap = /^[\s|,]+|^(?:--?|:|=>|[*#.]) /u;
/** Fields up to a level in capitals. */
const beforeLevel = regexOf(
  "u",
  String.raw`^(?:\S{1,60} ){1,4}?`,
  String.raw`(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|SEVERE|FATAL|FAILURE)(?=[\s:])`,
);
/** A field of a table: another column begins behind it. */
const tabular = /^[\w.-]{1,40}(?=\s{2,}|\||\t)/u;
const levels =
  "TRACE|DEBUG|INFO|INFORMATION|NOTICE|WARN|WARNING|ERROR|ERR|CRIT|CRITICAL|ALERT|EMERG|FATAL|" +
  "SEVERE|FINE|FINER|FINEST|CONFIG|LOG|PANIC|FAILURE|[VDIWEFT]";
const levelWord = new RegExp(String.raw`^[[(<]?(?:${levels})[\])>]?(?::(?=\s)|(?=[\s,|]))`, "iu");
const oneLetter = /^[a-z][\s,|]/u;
const number = /^\d+(?=[\s|])/u;
const bracketed = /^\[[^\]\s][^\]]{0,120}\](?=[\s:,[|])|^\[\](?=\s)/u;
const component = /^[\w.$/@*()#-]{1,100}(?:\[[^\]\s]{1,40}\])?:(?=\s)/u;
const dotted = /^[\w$]+(?:\.[\w$]+)+(?=\s)/u;
const field = /^[^\s|]{1,100}(?=[\s|])/u;

type Part = "host" | "level" | "number" | "bracket" | "component" | "dotted" | "stamp" | "field";

const tests: readonly (readonly [Part, RegExp])[] = [
  ["stamp", stampNext],
  ["level", levelWord],
  ["level", beforeLevel],
  ["field", tabular],
  ["number", number],
  ["bracket", bracketed],
  ["component", component],
  ["dotted", dotted],
];

/** The part of the header that begins at `rest`, with its length; only of `kinds`, if given. */
function partOf(rest: string, kinds?: ReadonlySet<Part>): readonly [Part, number] | undefined {
  for (const [part, test] of tests) {
    if (kinds !== undefined && !kinds.has(part)) continue;
    const found = test.exec(rest);
    if (found === null || (part === "level" && oneLetter.test(rest))) continue;
    return [part, found[0].length];
  }
  return undefined;
}

/** The host of RFC 3164, which is any word behind the time. */
function hostOf(rest: string): readonly [Part, number] | undefined {
  const host = field.exec(rest);
  return host === null || host[0].endsWith(":") ? undefined : ["host", host[0].length];
}

interface Cut {
  readonly part: Part;
  /** Where the part ends, and what parts it from the next. */
  readonly end: number;
}

const partsMax = 12;

/**
 * The parts of a line's header, each with its end; empty if it begins with no time.
 * @param kinds what may stand at each place behind the time; anything if left out
 */
function cutsOf(line: string, kinds?: readonly ReadonlySet<Part>[]): readonly Cut[] {
  const start = stampStart.exec(line.slice(0, 160));
  if (start === null || start[0].length > stampWithin + 60) return [];
  const cuts: Cut[] = [];
  let at = start[0].length;
  const pass = (): void => {
    for (;;) {
      const found = gap.exec(line.slice(at, at + 40));
      if (found === null) return;
      at += found[0].length;
    }
  };
  pass();
  cuts.push({ part: "stamp", end: at });
  while (cuts.length < (kinds?.length ?? partsMax)) {
    const rest = line.slice(at, at + 200);
    const known = kinds?.[cuts.length];
    const host = (known?.has("host") ?? true) && syslogEnd.test(line.slice(0, at));
    const found = partOf(rest, known) ?? (host ? hostOf(rest) : undefined);
    if (found === undefined) break;
    at += found[1];
    pass();
    cuts.push({ part: found[0], end: at });
    if (found[0] === "component") break;
  }
  return cuts;
}

const messageFields = ["message", "msg", "body", "log", "event", "text", "@message"] as const;

/** The message of a line that is a JSON object; undefined if it is none or has no message. */
function jsonMessage(line: string): string | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    const value = JSON.parse(line) as Readonly<Record<string, unknown>>;
    for (const name of messageFields) {
      const text = value[name];
      if (typeof text === "string") return text;
    }
  } catch {
    return undefined;
  }
  return undefined;
}

const most = (sample: readonly string[], fits: (line: string) => boolean): boolean =>
  sample.length > 0 && sample.filter(fits).length >= sample.length * agreement;

/**
 * Decides from the first lines of a file what their header is. Only what most lines have at the
 * same place is cut off: a message that begins with a word and a colon keeps it, where others do
 * not have such a word.
 */
export function readHeaders(sample: readonly string[]): HeaderReader {
  if (most(sample, (line) => jsonMessage(line) !== undefined)) {
    return (line) => jsonMessage(line) ?? line;
  }
  const heads = sample.map((line) => cutsOf(line));
  if (!most(sample, (line) => cutsOf(line).length > 0)) return (line) => line;
  const kinds: Set<Part>[] = [];
  for (let place = 0; place < partsMax; place++) {
    const counts = new Map<Part, number>();
    for (const cuts of heads) {
      const part = cuts[place]?.part;
      if (part !== undefined) counts.set(part, (counts.get(part) ?? 0) + 1);
    }
    const common = [...counts].filter(([, count]) => count >= sample.length * commonShare);
    const covered = common.reduce((sum, [, count]) => sum + count, 0);
    if (covered < sample.length * agreement) break;
    kinds.push(new Set(common.map(([part]) => part)));
  }
  return (line) => {
    const last = cutsOf(line, kinds).at(-1);
    const message = last === undefined ? line : line.slice(last.end);
    return message === "" ? line : message;
  };
}
