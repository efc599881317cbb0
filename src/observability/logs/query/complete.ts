import { builtInFields } from "../../signals/filter.ts";
import type { Signal } from "../../signals/records.ts";
import { isFieldName, keywords } from "./terms.ts";

/** A field that is known to whoever types, with the values that were seen most. */
export interface KnownField {
  readonly name: string;
  readonly type?: "text" | "number" | "duration" | "id" | "enum";
  readonly values?: readonly string[];
  readonly about?: string;
}

/** One thing that could stand at the cursor. */
export interface Suggestion {
  /** What replaces the text from `from` to `to`. */
  readonly text: string;
  readonly kind: "field" | "operator" | "value" | "keyword";
  readonly about?: string;
}

/** What could stand at the cursor, best first. */
export interface Completion {
  /** The part of the query that a suggestion replaces, in characters from 0. */
  readonly from: number;
  readonly to: number;
  readonly suggestions: readonly Suggestion[];
}

/** Suggestions at most. */
const suggestionsMax = 20;

interface Place {
  readonly kind: "term" | "value";
  readonly from: number;
  readonly prefix: string;
  /** The field whose value stands here. */
  readonly field: string;
  /** Whether something before it may be joined by a keyword. */
  readonly after: boolean;
}

const space = /\s/u;
const operator = /^(?::(?:>=|<=|!=|[<>~])?|[<>]=?|!=|=~|!~|=)/;

/** Where a text in quotes or a bare word that begins at `from` ends. */
function endOf(text: string, from: number): number {
  let at = from;
  if (text.charAt(from) === '"') {
    for (at++; at < text.length; at++) {
      const char = text.charAt(at);
      if (char === "\\") at++;
      else if (char === '"') return at + 1;
    }
    return text.length + 1;
  }
  while (at < text.length && !space.test(text.charAt(at)) && text.charAt(at) !== ")") at++;
  return at;
}

function headEnd(text: string, from: number): number {
  if (text.charAt(from) === '"') return endOf(text, from);
  let at = from;
  while (at < text.length && !/[\s():=<>!"]/u.test(text.charAt(at))) at++;
  return at;
}

/** What stands at the end of `text`, which is the query up to the cursor. */
function placeOf(text: string): Place {
  const lists: string[] = [];
  let after = false;
  let at = 0;
  while (at < text.length) {
    const char = text.charAt(at);
    if (space.test(char) || char === "(" || char === ")") {
      if (char === "(") lists.push("");
      if (char === ")") lists.pop();
      if (!space.test(char)) after = char === ")";
      at++;
      continue;
    }
    if (char === "-" && at + 1 < text.length) {
      at++;
      continue;
    }
    const list = lists.at(-1) ?? "";
    if (list !== "") {
      const end = endOf(text, at);
      if (end >= text.length) {
        return { kind: "value", from: at, prefix: text.slice(at), field: list, after };
      }
      at = end;
      continue;
    }
    const head = headEnd(text, at);
    const mark = head >= text.length ? null : operator.exec(text.slice(head));
    if (mark === null) {
      const end = Math.max(head, endOf(text, at));
      if (end >= text.length) {
        return { kind: "term", from: at, prefix: text.slice(at), field: "", after };
      }
      after = !keywords.includes(text.slice(at, end));
      at = end;
      continue;
    }
    const field = text.slice(at, head).replaceAll('"', "");
    at = head + mark[0].length;
    if (text.charAt(at) === "(") {
      lists.push(field);
      at++;
      continue;
    }
    const end = endOf(text, at);
    if (end >= text.length) {
      return { kind: "value", from: at, prefix: text.slice(at), field, after };
    }
    after = true;
    at = end;
  }
  const list = lists.at(-1) ?? "";
  return { kind: list === "" ? "term" : "value", from: at, prefix: "", field: list, after };
}

/** Those that begin with what is typed, then those that hold it. */
function fitting<T>(items: readonly T[], typed: string, nameOf: (item: T) => string): readonly T[] {
  const low = typed.toLowerCase();
  const ranked = items.map((item) => ({ item, at: nameOf(item).toLowerCase().indexOf(low) }));
  return [...ranked.filter(({ at }) => at === 0), ...ranked.filter(({ at }) => at > 0)].map(
    ({ item }) => item,
  );
}

const quoted = (text: string): string =>
  /^[^\s()"\\*~<>=!]+$/u.test(text) ? text : `"${text.replaceAll(/["\\]/g, "\\$&")}"`;

const operatorsOf = {
  text: [":", "!=", ":~", ":*"],
  id: [":", "!=", ":*"],
  enum: [":", "!=", ">=", "<="],
  number: [":", "!=", ">", ">=", "<", "<="],
  duration: [">", ">=", "<", "<="],
} as const;

const operatorAbout: Readonly<Record<string, string>> = {
  ":": "is",
  "!=": "is not",
  ":~": "matches a regular expression",
  ":*": "has any value",
  ">": "is above",
  ">=": "is at least",
  "<": "is below",
  "<=": "is at most",
};

const keywordAbout: Readonly<Record<string, string>> = {
  AND: "both; a space says the same",
  OR: "either",
  NOT: "not; - before a term says the same",
};

function termSuggestions(place: Place, fields: readonly KnownField[]): readonly Suggestion[] {
  const { prefix } = place;
  const exact = fields.find(({ name }) => name === prefix);
  const operators = exact === undefined ? [] : operatorsOf[exact.type ?? "text"];
  const found = fitting(fields, prefix, ({ name }) => name).filter((field) => field !== exact);
  const words = (place.after ? keywords : ["NOT"])
    .filter((word) => word.startsWith(prefix.toUpperCase()))
    .map((text): Suggestion => ({ text, kind: "keyword", about: keywordAbout[text] ?? "" }));
  // Capitals are how keywords begin; fields hardly ever do.
  const early = prefix !== "" && prefix === prefix.toUpperCase();
  return [
    ...(early ? words : []),
    ...operators.map((mark): Suggestion => {
      const about = operatorAbout[mark];
      return { text: prefix + mark, kind: "operator", ...(about === undefined ? {} : { about }) };
    }),
    ...found.map(({ name, about }): Suggestion => {
      const text = isFieldName(name) ? name : quoted(name);
      return { text, kind: "field", ...(about === undefined ? {} : { about }) };
    }),
    ...(early ? [] : words),
  ];
}

/**
 * What could stand at `cursor`: fields, the operators behind one, its values, keywords.
 * @param fields attributes that are known, with values seen; built-in fields need not be among them
 */
export function completeQuery(
  text: string,
  cursor: number,
  fields: readonly KnownField[] = [],
  signal: Signal = "logs",
): Completion {
  const to = Math.max(0, Math.min(cursor, text.length));
  const place = placeOf(text.slice(0, to));
  const own = builtInFields[signal].map((field): KnownField => {
    const seen = fields.find(({ name }) => name === field.name)?.values;
    return seen === undefined || field.values !== undefined ? field : { ...field, values: seen };
  });
  const known = [...own, ...fields.filter(({ name }) => !own.some((one) => one.name === name))];
  if (place.kind === "term") {
    const suggestions = termSuggestions(place, known).slice(0, suggestionsMax);
    return { from: place.from, to, suggestions };
  }
  const typed = place.prefix.replace(/^"/, "");
  const presence = place.field === "exists" || place.field === "missing";
  const values = presence
    ? known.map(({ name }) => name)
    : (known.find(({ name }) => name === place.field)?.values ?? []);
  const suggestions = fitting(values, typed, (value) => value)
    .slice(0, suggestionsMax)
    .map((value): Suggestion => ({ text: quoted(value), kind: "value" }));
  return { from: place.from, to, suggestions };
}
