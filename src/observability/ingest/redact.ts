import type { BatchWriter, TableWriter } from "../signals/batch.ts";
import { ColumnWriter } from "../signals/columns.ts";
import type { Redactor } from "../logs/redaction/index.ts";
import type { Attributes, AttributeValue } from "../signals/records.ts";
import { textOf } from "../signals/rows.ts";
import type { TableName } from "../signals/tables.ts";
import { SecretKeys } from "./secret-keys.ts";
import { replaceColumn, Texts } from "./texts.ts";

/** What the batch's redaction needs of the rules. */
export type BatchRedaction = Pick<Redactor, "mayHold" | "text" | "attributes">;

/** Columns of plain text, and the field that rules know them by. */
const plain: { readonly [T in TableName]?: Readonly<Record<string, string>> } = {
  logs: { body: "body" },
  spans: { name: "name", status_message: "status_message" },
  errors: { message: "message", stack: "stack", user: "user" },
};

/** Columns of JSON text: lists whose elements have `attributes`, or are such themselves. */
const json: { readonly [T in TableName]?: readonly string[] } = {
  spans: ["events", "links"],
  errors: ["breadcrumbs"],
};

/** Columns of attributes, each with the column of their types. */
const maps: { readonly [T in TableName]: readonly (readonly [map: string, types: string])[] } = {
  origins: [
    ["resource", "resource_types"],
    ["scope_attributes", "scope_attribute_types"],
  ],
  logs: [["attributes", "attribute_types"]],
  spans: [["attributes", "attribute_types"]],
  points: [["attributes", "attribute_types"]],
  errors: [["attributes", "attribute_types"]],
};

/** Types of values that are text to the rules. */
const isText = (type: string): boolean => type === "s" || type === "j";

/** Redacts what is inside JSON text, so that it stays JSON. */
function redactJson(rules: BatchRedaction, text: string): string {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return rules.text(text);
  }
  if (!Array.isArray(parsed)) return rules.text(text);
  let changed = false;
  const parts = parsed.map((part: unknown) => {
    if (typeof part !== "object" || part === null) return part;
    // Instants are long digits that look like card numbers: they are not what rules are for.
    const { timeNs, traceId, spanId, ...rest } = part as Readonly<Record<string, unknown>>;
    const redacted = rules.attributes(rest as Attributes);
    if (redacted === rest) return part;
    changed = true;
    const kept = Object.entries({ timeNs, traceId, spanId }).filter(
      ([, value]) => value !== undefined,
    );
    return { ...Object.fromEntries(kept), ...redacted };
  });
  return changed ? JSON.stringify(parts) : text;
}

function redactTexts(
  rules: BatchRedaction,
  column: ColumnWriter,
  rows: number,
  redact: (text: string) => string,
): void {
  if (!rules.mayHold(column.data.written())) return;
  const texts = new Texts(column.data);
  const made = new ColumnWriter("text");
  let changed = false;
  for (let row = 0; row < rows; row++) {
    texts.next();
    const text = rules.mayHold(texts.bytes()) ? texts.text() : undefined;
    const redacted = text === undefined ? undefined : redact(text);
    if (redacted === text || redacted === undefined) texts.copyTo(made);
    else {
      changed = true;
      made.text(redacted);
    }
  }
  if (changed) replaceColumn(column, made);
}

/** One pair of a map, redacted; undefined where it stays as it is. */
function redactPair(
  rules: BatchRedaction,
  key: string,
  value: string,
  type: string,
): readonly [text: string, type: string] | undefined {
  let given: AttributeValue = value;
  if (type === "j") {
    try {
      given = JSON.parse(value) as AttributeValue;
    } catch {
      given = value;
    }
  }
  const redacted = rules.attributes({ [key]: given })[key];
  if (redacted === given || redacted === undefined) return undefined;
  return textOf(redacted);
}

class MapRedaction {
  private readonly rules: BatchRedaction;
  private readonly secretKeys: SecretKeys;

  constructor(rules: BatchRedaction) {
    this.rules = rules;
    this.secretKeys = new SecretKeys((key) => {
      const probe = { [key]: "probe" };
      return rules.attributes(probe) !== probe;
    });
  }

  /** Redacts the attributes of a table. */
  run(table: TableWriter, map: string, types: string): void {
    const { columns, rows } = table;
    const column = columns[map];
    const typeColumn = columns[types];
    if (column?.keys === undefined || column.values === undefined || typeColumn === undefined)
      return;
    const { keys, values } = column;
    const byKey = this.secretKeys.among(keys.data);
    const byValue = this.rules.mayHold(values.data.written());
    if (!byKey && !byValue) return;
    const [keyTexts, valueTexts] = [new Texts(keys.data), new Texts(values.data)];
    const typeTexts = new Texts(typeColumn.data);
    const [madeValues, madeTypes] = [new ColumnWriter("text"), new ColumnWriter("text")];
    for (let row = 0; row < rows; row++) {
      const count = column.data.view.getUint16(row * 2, true);
      typeTexts.next();
      const letters = typeTexts.text();
      let made = "";
      for (let index = 0; index < count; index++) {
        keyTexts.next();
        valueTexts.next();
        const type = letters[index] ?? "s";
        const redacted = this.pair(keyTexts, valueTexts, type);
        made += redacted?.[1] ?? type;
        if (redacted === undefined) valueTexts.copyTo(madeValues);
        else madeValues.text(redacted[0]);
      }
      madeTypes.text(made);
    }
    replaceColumn(values, madeValues);
    replaceColumn(typeColumn, madeTypes);
  }

  private pair(key: Texts, value: Texts, type: string): readonly [string, string] | undefined {
    if (!isText(type)) return undefined;
    const hit = this.secretKeys.has(key) || this.rules.mayHold(value.bytes());
    return hit ? redactPair(this.rules, key.text(), value.text(), type) : undefined;
  }
}

/**
 * A step of the intake that takes secrets and personal data out of every text of a batch before it
 * is stored. Fast where there is nothing: columns are looked at as bytes, and only the texts that
 * may hold something become strings.
 */
export function redactBatch(rules: BatchRedaction): (batch: BatchWriter) => void {
  const attributes = new MapRedaction(rules);
  return (batch) => {
    for (const [name, table] of Object.entries(batch) as [TableName, TableWriter][]) {
      if (table.rows === 0) continue;
      for (const [column, field] of Object.entries(plain[name] ?? {})) {
        const writer = table.columns[column];
        if (writer !== undefined) {
          redactTexts(rules, writer, table.rows, (text) => rules.text(text, field));
        }
      }
      for (const column of json[name] ?? []) {
        const writer = table.columns[column];
        if (writer !== undefined) {
          redactTexts(rules, writer, table.rows, (text) => redactJson(rules, text));
        }
      }
      for (const [map, types] of maps[name]) attributes.run(table, map, types);
    }
  };
}
