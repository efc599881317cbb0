import { RE2JS } from "re2js";
import { mainText } from "../../signals/filter.ts";
import type { Filter } from "../../signals/filter.ts";
import type { Signal } from "../../signals/records.ts";
import { exactNumber, isFieldName, keywords, numberOf } from "./terms.ts";

const quote = (text: string): string => `"${text.replaceAll(/["\\]/g, "\\$&")}"`;
const plainWord = /^[^\s():=<>"!\\*-][^\s():=<>"!\\*]*$/u;

const word = (text: string): string =>
  plainWord.test(text) && !keywords.includes(text) ? text : quote(text);

/** A value behind an operator: quoted where it would be read as something else. */
function valueText(value: string | number): string {
  if (typeof value === "number") return String(value);
  const isNumber = exactNumber(value) !== undefined || numberOf(value) !== undefined;
  return /^[^\s()"\\*~<>=!]+$/u.test(value) && !isNumber && !value.includes("..")
    ? keywords.includes(value)
      ? quote(value)
      : value
    : quote(value);
}

const fieldText = (field: string): string => (isFieldName(field) ? field : quote(field));

/** A pattern as bare text: what is not a star keeps its meaning. */
const globText = (pattern: string): string => pattern.replaceAll(/[\s()"\\~<>=!]/gu, "\\$&");

const marks = { lt: "<", lte: "<=", gt: ">", gte: ">=", ne: "!=" } as const;

/** Inside quotes an expression keeps its backslashes; only a quote needs one. */
const regexText = (pattern: string): string =>
  `"${pattern.replaceAll(/\\[\s\S]|"/g, (part) => (part.endsWith('"') ? '\\"' : part))}"`;

function like(field: string, pattern: string): string {
  if (/^\*+$/.test(pattern)) return `${field}:*`;
  if (pattern.includes("*")) return `${field}:${globText(pattern)}`;
  const source = pattern.split("*").map((part) => RE2JS.quote(part));
  return `${field}:~${regexText(`^(?is:${source.join(".*")})$`)}`;
}

function termText(filter: Filter, signal: Signal): string {
  switch (filter.op) {
    case "all":
      return "";
    case "text":
      return word(filter.text);
    case "exists":
      return `${fieldText(filter.field)}:*`;
    case "eq": {
      // On the main text a colon asks for a part of it.
      const mark = filter.field === mainText[signal] ? "=" : ":";
      return fieldText(filter.field) + mark + valueText(filter.value);
    }
    case "in": {
      if (filter.field === mainText[signal] || filter.values.length < 2) {
        const each = filter.values.map((value): Filter => ({ ...filter, op: "eq", value }));
        return print({ op: "or", of: each }, signal);
      }
      const values = filter.values.map(valueText);
      return `${fieldText(filter.field)}:(${values.join(" OR ")})`;
    }
    case "like":
      return like(fieldText(filter.field), filter.pattern);
    case "regex":
      return `${fieldText(filter.field)}:~${regexText(filter.pattern)}`;
    case "not": {
      const inside = print(filter.of, signal);
      return filter.of.op === "and" || filter.of.op === "or" ? `-(${inside})` : `-${inside}`;
    }
    case "and":
    case "or":
      return print(filter, signal);
    default:
      return fieldText(filter.field) + marks[filter.op] + valueText(filter.value);
  }
}

/** What is never true, since no record has such a field. */
const never = "(-x:* x:*)";

function print(filter: Filter, signal: Signal): string {
  if (filter.op !== "and" && filter.op !== "or") return termText(filter, signal);
  if (filter.of.length === 0) return filter.op === "and" ? "" : never;
  const parts = filter.of
    .map((one) => {
      const text = print(one, signal);
      const wrap = filter.of.length > 1 && (one.op === "or" || one.op === "and");
      return wrap && text !== "" && text !== never ? `(${text})` : text;
    })
    .filter((text) => text !== "");
  return parts.join(filter.op === "and" ? " " : " OR ");
}

/**
 * A filter as a query, which {@link parseQuery} reads back to the same meaning.
 * @param signal whose main text a bare word looks in
 */
export function printQuery(filter: Filter, signal: Signal = "logs"): string {
  return print(filter, signal);
}
