/** Tables that a statement can read, and their columns. */
export const tables: Readonly<Record<string, readonly string[]>> = {
  logs: [
    "time",
    "level",
    "severity",
    "severity_text",
    "body",
    "event",
    "pattern",
    "trace_id",
    "span_id",
  ],
  spans: [
    "time",
    "duration_ms",
    "name",
    "kind",
    "status",
    "status_message",
    "trace_id",
    "span_id",
    "parent_span_id",
    "weight",
    "events",
    "links",
  ],
  points: [
    "time",
    "name",
    "unit",
    "description",
    "value",
    "count",
    "temporality",
    "monotonic",
    "distribution",
  ],
  errors: [
    "time",
    "type",
    "message",
    "stack",
    "fingerprint",
    "source",
    "handled",
    "release",
    "user",
    "trace_id",
    "span_id",
    "breadcrumbs",
  ],
};

/** Columns that all tables have. */
export const shared: readonly string[] = [
  "time_ns",
  "service",
  "version",
  "environment",
  "instance",
  "scope",
  "attributes",
  "resource",
];

const keywords: readonly string[] = [
  "select",
  "from",
  "where",
  "group by",
  "group by all",
  "order by",
  "limit",
  "having",
  "join",
  "left join",
  "on",
  "as",
  "and",
  "or",
  "not",
  "in",
  "is null",
  "is not null",
  "between",
  "like",
  "ilike",
  "case",
  "when",
  "then",
  "else",
  "end",
  "desc",
  "asc",
  "distinct",
  "with",
  "union all",
  "interval",
  "over",
  "partition by",
  "qualify",
  "using",
  "exists",
  "true",
  "false",
  "null",
];

const functions: readonly string[] = [
  "count(*)",
  "sum(",
  "avg(",
  "min(",
  "max(",
  "quantile_cont(",
  "median(",
  "count(distinct ",
  "time_bucket(",
  "date_trunc(",
  "approx_count_distinct(",
  "arg_max(",
  "arg_min(",
  "coalesce(",
  "round(",
  "regexp_extract(",
  "lower(",
  "length(",
  "json_extract_string(",
  "epoch_ms(",
  "lag(",
  "row_number(",
  "string_agg(",
  "list(",
  "now()",
  "attributes['",
];

const placeholders: readonly string[] = ["$from", "$to", "$step"];

/** What a word is, for those who choose among them. */
export type WordKind = "table" | "column" | "keyword" | "function" | "range";

/** A word that could stand at the cursor. */
export interface Word {
  readonly text: string;
  readonly kind: WordKind;
}

/** Words that could stand at a place, and where the one that is being typed begins. */
export interface Words {
  readonly from: number;
  readonly words: readonly Word[];
}

const wordsMax = 40;

/** The tables that a statement names. */
function tablesIn(text: string): readonly string[] {
  return Object.keys(tables).filter((name) => new RegExp(`\\b${name}\\b`, "i").test(text));
}

const word =
  (kind: WordKind) =>
  (text: string): Word => ({ text, kind });

function all(text: string, before: string): readonly Word[] {
  const names = Object.keys(tables).map(word("table"));
  if (/\b(from|join|describe)\s+[\w$]*$/i.test(before)) return names;
  const used = tablesIn(text);
  const columns = new Set(
    (used.length === 0 ? Object.keys(tables) : used).flatMap((name) => tables[name] ?? []),
  );
  return [
    ...[...columns, ...shared].map(word("column")),
    ...functions.map(word("function")),
    ...keywords.map(word("keyword")),
    ...names,
    ...placeholders.map(word("range")),
  ];
}

/** Whether a place lies within a text or a comment. */
function isQuoted(before: string): boolean {
  const rest = before.replaceAll(/'(?:[^']|'')*'/g, "");
  return rest.includes("'") || /--[^\n]*$/.test(rest);
}

/**
 * What could stand at the cursor of a statement: columns of the tables it names first.
 * @param asked whether somebody asked for it, who has typed nothing yet
 */
export function wordsAt(text: string, cursor: number, asked: boolean): Words {
  const before = text.slice(0, cursor);
  const typed = /\$?\w*$/.exec(before)?.[0] ?? "";
  const from = cursor - typed.length;
  const isAfterTable = /\b(from|join)\s+$/i.test(before);
  if (isQuoted(before) || (typed === "" && !asked && !isAfterTable)) return { from, words: [] };
  const low = typed.toLowerCase();
  const found = all(text, before).filter((one) => one.text.toLowerCase().startsWith(low));
  const more = all(text, before).filter(
    (one) => low.length > 1 && !found.includes(one) && one.text.includes(low),
  );
  const words = [...new Map([...found, ...more].map((one) => [one.text, one])).values()];
  // A word that is whole is not offered: Enter after it begins a line.
  const isWhole = words.some((one) => one.text === low) && !asked;
  if (isWhole) return { from, words: [] };
  return { from, words: words.slice(0, wordsMax) };
}
