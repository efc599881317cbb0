import { regexOf } from "../../logs/regex.ts";
import { timeOf } from "../../logs/parsing/index.ts";
import { fitsNs } from "../compat/json.ts";

/** A parameter of structured data. */
export interface Parameter {
  /** `exampleSDID@32473` */
  readonly element: string;
  readonly name: string;
  readonly value: string;
}

/** A syslog message, read. Texts are empty where it does not say. */
export interface SyslogMessage {
  /** 0 to 23; undefined where it has no priority. */
  readonly facility: number | undefined;
  /** 0 (emergency) to 7 (debug). */
  readonly severity: number | undefined;
  readonly timeNs: bigint | undefined;
  readonly host: string;
  readonly app: string;
  readonly process: string;
  readonly messageId: string;
  readonly parameters: readonly Parameter[];
  readonly text: string;
  /** What of it is not as the RFC has it; empty where all is. */
  readonly problem: string;
}

/** Facilities by number (RFC 5424, table 1), as syslog.conf names them. */
export const facilities: readonly string[] = (
  "kern user mail daemon auth syslog lpr news uucp cron authpriv ftp ntp audit alert clock " +
  "local0 local1 local2 local3 local4 local5 local6 local7"
).split(" ");

const parametersMax = 256;
const byteOrderMark = "\ufeff";

const priority = /^<(\d{1,3})>/;
/** VERSION SP TIMESTAMP SP HOSTNAME SP APP-NAME SP PROCID SP MSGID SP (RFC 5424, 6.2). */
const header = regexOf(
  "",
  String.raw`^[1-9]\d{0,2} (-|\d{4}-\d\d-\d\dT\S{8,24}) (\S{1,255}) (\S{1,255}) (\S{1,255}) `,
  String.raw`(\S{1,255})(?: |$)`,
);
const bsdTime = /^([A-Z][a-z]{2}) ([ \d]?\d) (\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))? /;
const isoTime = /^(\d{4}-\d\d-\d\dT\S{8,24}) /;
const tag = /^([\w./@%+-]{1,128})(?:\[([^\]\s]{1,64})\])?: ?/;
const tagWithProcess = /^([\w./@%+-]{1,128})\[([^\]\s]{1,64})\]: ?/;
const months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

const said = (value: string | undefined): string =>
  value === undefined || value === "-" ? "" : value;

function instantOf(text: string): bigint | undefined {
  const found = timeOf(text);
  return found !== undefined && fitsNs(found) ? found : undefined;
}

interface Structured {
  readonly parameters: readonly Parameter[];
  /** Where the message begins; -1 where the structured data is none. */
  readonly end: number;
}

const elementName = /\[([^\s="\]]{1,128})/y;
const parameter = / {1,8}([^\s="\]]{1,128})="((?:[^"\\]|\\[\s\S]){0,65536})"/y;

/** Reads `[id name="value"]...` or `-` (RFC 5424, 6.3). */
function structuredData(text: string): Structured {
  if (text === "-" || text.startsWith("- ")) return { parameters: [], end: 1 };
  const parameters: Parameter[] = [];
  let at = 0;
  while (text[at] === "[") {
    elementName.lastIndex = at;
    const element = elementName.exec(text)?.[1];
    if (element === undefined) return { parameters: [], end: -1 };
    at = elementName.lastIndex;
    for (;;) {
      parameter.lastIndex = at;
      const found = parameter.exec(text);
      if (found === null) break;
      at = parameter.lastIndex;
      const [, name = "", quoted = ""] = found;
      // Only these three are escaped; a backslash before anything else is itself.
      const value = quoted.replaceAll(/\\(["\\\]])/g, "$1");
      if (parameters.length < parametersMax) parameters.push({ element, name, value });
    }
    if (text[at] !== "]") return { parameters: [], end: -1 };
    at++;
  }
  const isEnded = at > 0 && (at === text.length || text[at] === " ");
  return isEnded ? { parameters, end: at } : { parameters: [], end: -1 };
}

function withoutMark(text: string): string {
  return text.startsWith(byteOrderMark) ? text.slice(1) : text;
}

const nothing = {
  timeNs: undefined,
  host: "",
  app: "",
  process: "",
  messageId: "",
  parameters: [],
  problem: "",
} as const;

type Body = Omit<SyslogMessage, "facility" | "severity">;

function readNew(rest: string): Body | undefined {
  const found = header.exec(rest);
  if (found === null) return undefined;
  const [whole, time = "", host, app, process, messageId] = found;
  const behind = rest.slice(whole.length);
  const { parameters, end } = structuredData(behind);
  const timeNs = time === "-" ? undefined : instantOf(time);
  const isWrongTime = time !== "-" && timeNs === undefined;
  const isWrongData = end === -1 && behind !== "";
  return {
    timeNs,
    host: said(host),
    app: said(app),
    process: said(process),
    messageId: said(messageId),
    parameters,
    text: withoutMark(end === -1 ? behind : behind.slice(end + 1)),
    problem: isWrongTime ? "timestamp" : isWrongData ? "structured-data" : "",
  };
}

/**
 * The instant of a time without a year or zone (RFC 3164, 4.1.2): in UTC, and of the year in which
 * it is nearest to now.
 */
function bsdInstant(found: RegExpExecArray, nowNs: bigint): bigint | undefined {
  const [, month = "", day, hour, minute, second, digits = ""] = found;
  const index = months.indexOf(month);
  if (index === -1) return undefined;
  const nowMs = Number(nowNs / 1_000_000n);
  const year = new Date(nowMs).getUTCFullYear();
  const [d = 0, h = 0, m = 0, s = 0] = [day, hour, minute, second].map(Number);
  if (d < 1 || d > 31 || h > 23 || m > 59 || s > 60) return undefined;
  const instants = [year - 1, year, year + 1].map((one) => Date.UTC(one, index, d, h, m, s));
  const distance = (atMs: number): number => Math.abs(atMs - nowMs);
  const nearest = instants.reduce((best, one) => (distance(one) < distance(best) ? one : best));
  return BigInt(nearest) * 1_000_000n + BigInt(digits.padEnd(9, "0"));
}

function readOld(rest: string, nowNs: bigint): Body {
  const bsd = bsdTime.exec(rest);
  const iso = bsd === null ? isoTime.exec(rest) : null;
  const time = bsd ?? iso;
  if (time === null) {
    // A word and a colon alone begin many a message: here only a process tells a tag from it.
    const [whole = "", app = "", process = ""] = tagWithProcess.exec(rest) ?? [];
    return { ...nothing, app, process, text: withoutMark(rest.slice(whole.length)) };
  }
  const timeNs = bsd === null ? instantOf(time[1] ?? "") : bsdInstant(bsd, nowNs);
  let behind = rest.slice(time[0].length);
  let host = "";
  if (!tag.test(behind)) {
    const space = behind.indexOf(" ");
    host = behind.slice(0, space === -1 ? undefined : space);
    behind = space === -1 ? "" : behind.slice(space + 1);
  }
  const [whole = "", app = "", process = ""] = tag.exec(behind) ?? [];
  const text = withoutMark(behind.slice(whole.length));
  const problem = timeNs === undefined ? "timestamp" : "";
  return { ...nothing, timeNs, host: said(host.slice(0, 255)), app, process, text, problem };
}

/**
 * Reads a message of RFC 5424, or of RFC 3164 as it is found in practice; whatever is neither is
 * text.
 * @param nowNs when it came, nanoseconds since 1970
 */
export function readMessage(message: string, nowNs: bigint): SyslogMessage {
  const found = priority.exec(message);
  const value = found === null ? undefined : Number(found[1]);
  if (found === null || value === undefined || value > 191) {
    const text = withoutMark(message);
    return { ...nothing, facility: undefined, severity: undefined, text, problem: "priority" };
  }
  const rest = message.slice(found[0].length);
  const body = readNew(rest) ?? readOld(rest, nowNs);
  return { facility: value >> 3, severity: value & 7, ...body };
}
