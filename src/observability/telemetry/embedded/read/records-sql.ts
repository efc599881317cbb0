import type { Signal } from "../../../signals/records.ts";
import { tables } from "../../../signals/tables.ts";
import { named } from "../duck.ts";
import { timeColumns } from "../segment.ts";
import { literal } from "./field-sql.ts";
import type { Branch } from "./source.ts";

/**
 * What a row has in columns of attributes: texts of key, the character 1 and value, in the order of
 * keys. Written so that the plan of a query stays small, however many the columns are.
 */
function shreddedList({ shape }: Branch): string {
  const { columns } = shape;
  if (columns.length === 0) return "[]::varchar[]";
  const keys = columns.map(literal).join(", ");
  const values = columns.map((key) => `d.${named(`@${key}`)}`).join(", ");
  const filled = `list_filter(list_zip([${keys}], [${values}]), lambda pair: pair[2] is not null)`;
  return `list_transform(${filled}, lambda pair: pair[1] || chr(1) || pair[2])`;
}

/** Attributes of a row as one sorted list of such texts, the same however its file keeps them. */
export function attributeList(branch: Branch): string {
  const fromMap = "list_transform(map_entries(d.attributes), lambda e: e.key || chr(1) || e.value)";
  return `list_sort(list_concat(${fromMap}, ${shreddedList(branch)}))`;
}

const identifying: { readonly [S in Signal]: readonly string[] } = {
  logs: ["origin", "severity", "body", "event", "trace_id", "span_id"],
  spans: ["trace_id", "span_id", "origin", "name", "duration_ns"],
  points: ["origin", "name"],
  errors: ["origin", "type", "message", "trace_id", "span_id"],
};

/**
 * What orders records of the same time and names one: 16 hex digits over what it says. The same
 * before and after its file is sealed or merged; what is the same in all that counts has one key.
 */
export function keySql(signal: Signal, branch: Branch): string {
  const plain = identifying[signal].map((column) => `d.${named(column)}::varchar`);
  const attributes = `array_to_string(${attributeList(branch)}, chr(0))`;
  return `md5(concat_ws(chr(0), ${[...plain, attributes].join(", ")}))[1:16]`;
}

const encoded: Readonly<Record<string, (column: string) => string>> = {
  id16: (column) => `replace(${column}::varchar, '-', '')`,
  id8: (column) => `lower(hex(${column}))`,
};

/** The columns of whole records, as `decode.ts` reads them; with `keyed`, `id` is the key. */
export function recordColumns(signal: Signal, branch: Branch, keyed = true): string {
  const plain = tables[signal].map(({ name, kind }) => {
    const column = `d.${named(name)}`;
    return `${encoded[kind]?.(column) ?? column} as ${named(name)}`;
  });
  return [
    ...plain,
    `${shreddedList(branch)} as shredded`,
    "d.column_types as column_types",
    "d.filename as file",
    `d.${timeColumns[signal]} as ns`,
    ...(keyed ? [`${keySql(signal, branch)} as id`] : []),
  ].join(", ");
}
