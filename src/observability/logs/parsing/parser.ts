import { RE2JS } from "re2js";
import { levelRanges } from "../../signals/filter.ts";
import type { Filter } from "../../signals/filter.ts";
import type { AttributeValue, LogRecord } from "../../signals/records.ts";
import { compileFilter, parseQuery } from "../query/index.ts";
import { parsingErrors } from "./errors.ts";
import { formatNames, readFormat } from "./formats.ts";
import type { Extracted, FormatName } from "./formats.ts";
import { severityOf } from "./severity.ts";
import { readJson, readLogfmt } from "./structured.ts";
import { timeOf } from "./times.ts";

/** How a rule reads a text. */
export type Extraction =
  /** A JSON object: message, level, time and trace become the record's, the rest attributes. */
  | { readonly type: "json" }
  /** `key=value` pairs, with the same well-known keys. */
  | { readonly type: "logfmt" }
  /**
   * An RE2 expression; its named groups become attributes, `body`, `level`, `time` the record's.
   */
  | { readonly type: "regex"; readonly pattern: string }
  | { readonly type: "format"; readonly format: FormatName };

/** One parsing rule, as data. */
export interface ParsingRule {
  readonly name: string;
  /** Which records: a filter, or a query of the search language. All if left out. */
  readonly match?: Filter | string;
  /** What is read: `body`, or the key of an attribute that is a text. `body` if left out. */
  readonly field?: string;
  readonly extract: Extraction;
  /** Stands before the keys of attributes taken out: `nginx.`. */
  readonly prefix?: string;
  /** Levels (trace, debug, info, warn, error, fatal) of words that are not known ones. */
  readonly levels?: Readonly<Record<string, string>>;
  /** Whether a time found becomes the record's. True if left out. */
  readonly time?: boolean;
  /** Whether rules behind this one see a record that it read. False if left out. */
  readonly next?: boolean;
}

/** How often a rule read a record, and how often one that it matched was not in its form. */
export interface RuleCount {
  readonly read: number;
  readonly failed: number;
}

/** Applies parsing rules before storage. */
export interface LogParser {
  /** The record as the rules read it; the same object if none did. */
  parse(record: LogRecord): LogRecord;
  counts(): Readonly<Record<string, RuleCount>>;
}

/** Rules at most. */
export const parsingRulesMax = 100;
const patternCharsMax = 1024;
/** Characters of a text that JSON, logfmt and formats are read from; longer ones are left alone. */
const textCharsMax = 262_144;
/** Characters that an expression of a rule is run on. */
const regexTextMax = 16_384;

interface Compiled {
  readonly rule: ParsingRule;
  readonly matches: (record: LogRecord) => boolean;
  readonly read: (text: string) => Extracted | undefined;
}

function fail(rule: ParsingRule, message: string, cause?: unknown): never {
  throw parsingErrors.MOR_LOGS_PARSING(`the rule ${rule.name}: ${message}`, { cause });
}

function regexReader(rule: ParsingRule, pattern: string): Compiled["read"] {
  if (pattern.length > patternCharsMax) {
    fail(rule, `the pattern is longer than ${patternCharsMax} characters`);
  }
  let expression: RE2JS;
  try {
    expression = RE2JS.compile(pattern);
  } catch (cause) {
    return fail(rule, `the pattern cannot be read: ${(cause as Error).message}`, cause);
  }
  const names = Object.keys(expression.namedGroups());
  if (names.length === 0) fail(rule, "the pattern has no named group: (?P<name>...)");
  return (text) => {
    const matcher = expression.matcher(text.slice(0, regexTextMax));
    if (!matcher.find()) return undefined;
    const attributes: Record<string, string> = {};
    const own: Record<string, string> = {};
    for (const name of names) {
      const value = matcher.group(name);
      if (value === null) continue;
      if (name === "body" || name === "level" || name === "time") own[name] = value;
      else attributes[name] = value;
    }
    return { attributes, ...own };
  };
}

function readerOf(rule: ParsingRule): Compiled["read"] {
  const { extract } = rule;
  switch (extract.type) {
    case "json":
      return readJson;
    case "logfmt":
      return readLogfmt;
    case "regex":
      return regexReader(rule, extract.pattern);
    case "format": {
      const { format } = extract;
      if (!formatNames.includes(format)) {
        fail(rule, `the format ${String(format)} is not one of ${formatNames.join(", ")}`);
      }
      return (text) => readFormat(format, text);
    }
    default:
      return fail(rule, "`extract.type` is not json, logfmt, regex or format");
  }
}

function compiled(rule: ParsingRule): Compiled {
  if (rule.name === "" || rule.name.length > 64) {
    fail(rule, "the name has not 1 to 64 characters");
  }
  for (const level of Object.values(rule.levels ?? {})) {
    if (levelRanges[level] === undefined) {
      fail(rule, `the level ${level} is not one of ${Object.keys(levelRanges).join(", ")}`);
    }
  }
  const { match = { op: "all" } } = rule;
  const filter = typeof match === "string" ? parseQuery(match, "logs") : match;
  return { rule, matches: compileFilter(filter, "logs"), read: readerOf(rule) };
}

function severityBy(rule: ParsingRule, level: string | number): number | undefined {
  const mapped = rule.levels?.[String(level)];
  return mapped === undefined ? severityOf(level) : levelRanges[mapped]?.[0];
}

/** The record with what was taken out of it; attributes that it has stay. */
function merged(record: LogRecord, rule: ParsingRule, found: Extracted): LogRecord {
  const attributes: Record<string, AttributeValue> = { ...record.attributes };
  for (const [key, value] of Object.entries(found.attributes)) {
    const name = (rule.prefix ?? "") + key;
    if (!Object.hasOwn(attributes, name)) attributes[name] = value;
  }
  const severity = found.level === undefined ? undefined : severityBy(rule, found.level);
  const timeNs = found.time === undefined || rule.time === false ? undefined : timeOf(found.time);
  const ofBody = (rule.field ?? "body") === "body";
  return {
    ...record,
    attributes,
    ...(found.body === undefined || !ofBody ? {} : { body: found.body }),
    ...(severity === undefined ? {} : { severity, severityText: String(found.level) }),
    ...(timeNs === undefined ? {} : { timeNs }),
    ...(record.traceId === "" && found.traceId !== undefined ? { traceId: found.traceId } : {}),
    ...(record.spanId === "" && found.spanId !== undefined ? { spanId: found.spanId } : {}),
  };
}

/**
 * A parser of records by rules, in their order. The first that reads a record is the last, unless
 * it says `next`.
 * @throws MOR_LOGS_PARSING for a rule that is not valid, MOR_LOGS_QUERY for its query
 * @example makeLogParser([{ name: "api", match: "service:api", extract: { type: "json" } }])
 */
export function makeLogParser(rules: readonly ParsingRule[]): LogParser {
  if (rules.length > parsingRulesMax) {
    throw parsingErrors.MOR_LOGS_PARSING(
      `there are ${rules.length} rules, more than ${parsingRulesMax}`,
    );
  }
  const all = rules.map((rule) => ({ ...compiled(rule), reads: 0, fails: 0 }));
  return {
    parse(record) {
      let now = record;
      for (const one of all) {
        if (!one.matches(now)) continue;
        const { field = "body" } = one.rule;
        const text = field === "body" ? now.body : now.attributes[field];
        const found =
          typeof text === "string" && text.length <= textCharsMax ? one.read(text) : undefined;
        if (found === undefined) {
          one.fails++;
          continue;
        }
        one.reads++;
        now = merged(now, one.rule, found);
        if (one.rule.next !== true) break;
      }
      return now;
    },
    counts: () =>
      Object.fromEntries(
        all.map(({ rule, reads, fails }) => [rule.name, { read: reads, failed: fails }]),
      ),
  };
}
