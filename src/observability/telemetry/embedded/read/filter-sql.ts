import { levelRanges, mainText } from "../../../signals/filter.ts";
import type { Filter } from "../../../signals/filter.ts";
import { levelRank, literal } from "./field-sql.ts";
import type { FieldSql } from "./field-sql.ts";
import { containsSql } from "./text-sql.ts";

const signs = { eq: "=", lt: "<", lte: "<=", gt: ">", gte: ">=" } as const;
type Comparison = keyof typeof signs;

/** A number as SQL writes it. */
export function numeral(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return String(value);
  return `${quoteNumber(value)}::double`;
}

function quoteNumber(value: number): string {
  return `'${String(value).replace("Infinity", "inf")}'`;
}

/** `%` and `_` mean themselves, `*` any run of characters. */
function likePattern(glob: string): string {
  const escaped = glob.replaceAll(/[\\%_]/g, (mark) => `\\${mark}`);
  return literal(escaped.replaceAll("*", "%"));
}

function levelOrder(op: Comparison, value: string | number): string {
  const rank = levelRanges[String(value)]?.[0] ?? -1;
  return `${levelRank} ${signs[op]} ${rank}`;
}

const hexTrace = /^[0-9a-fA-F]{32}$/;
const hexSpan = /^[0-9a-fA-F]{16}$/;

function idOrder(field: string, value: string | number): string | undefined {
  const text = String(value);
  if (field === "trace_id") return hexTrace.test(text) ? `d.trace_id = '${text}'::uuid` : "false";
  if (!hexSpan.test(text)) return "false";
  // Not by `=`: DuckDB 1.5 asks Parquet's bloom filters wrongly for blobs, and finds nothing.
  return `d.${field} between unhex('${text}') and unhex('${text}')`;
}

function comparison(
  fields: FieldSql,
  op: Comparison,
  field: string,
  value: string | number,
): string {
  if (field === "level" && fields.signal === "logs") return levelOrder(op, value);
  const ids = fields.signal === "points" ? [] : ["trace_id", "span_id"];
  if (fields.signal === "spans") ids.push("parent_span_id");
  if (op === "eq" && ids.includes(field)) return idOrder(field, value) ?? "false";
  // Straight on the column, so that a file's least and greatest value say whether to read it.
  if (op === "eq" && field === "service" && typeof value === "string" && value !== "") {
    return `${fields.origin("service")} = ${literal(value)}`;
  }
  if (typeof value === "number") return `${fields.number(field)} ${signs[op]} ${numeral(value)}`;
  return `${fields.text(field)} ${signs[op]} ${literal(value)}`;
}

/**
 * A filter as a condition over the rows of a branch. `certain`: true or false, never null, so that
 * it can be negated.
 */
function condition(filter: Filter, fields: FieldSql, certain: boolean): string {
  const leaf = (sql: string): string => (certain ? `coalesce(${sql}, false)` : `(${sql})`);
  switch (filter.op) {
    case "all":
      return "true";
    case "and":
    case "or": {
      const parts = filter.of.map((one) => condition(one, fields, certain));
      if (parts.length === 0) return filter.op === "and" ? "true" : "false";
      return `(${parts.join(` ${filter.op} `)})`;
    }
    case "not":
      return `(not ${condition(filter.of, fields, true)})`;
    case "ne":
      return `(not ${condition({ ...filter, op: "eq" }, fields, true)})`;
    case "in": {
      const each = filter.values.map((value): Filter => ({ op: "eq", field: filter.field, value }));
      return condition({ op: "or", of: each }, fields, certain);
    }
    case "text":
      return leaf(containsSql(fields.text(mainText[fields.signal]), filter.text));
    case "exists":
      return `(${fields.text(filter.field)} is not null)`;
    case "like":
      return leaf(`${fields.text(filter.field)} ilike ${likePattern(filter.pattern)} escape '\\'`);
    case "regex":
      return leaf(`regexp_matches(${fields.text(filter.field)}, ${literal(filter.pattern)})`);
    default:
      return leaf(comparison(fields, filter.op, filter.field, filter.value));
  }
}

/** A filter as a condition over the rows of a branch, with the meaning of `filter.ts`. */
export function filterSql(filter: Filter, fields: FieldSql): string {
  return condition(filter, fields, false);
}
