import { levelRanges } from "../../../signals/filter.ts";
import type { Signal } from "../../../signals/records.ts";
import { spanKinds, statusCodes } from "../../../signals/records.ts";
import { named, quoted } from "../duck.ts";
import type { Branch } from "./source.ts";

/** A text as a literal; the character 0, which literals cannot hold, by its number. */
export function literal(text: string): string {
  const parts = text.split("\u0000").map(quoted);
  return parts.length === 1 ? (parts[0] ?? "''") : `(${parts.join(" || chr(0) || ")})`;
}

const listed = (names: readonly string[], column: string): string =>
  `list_value(${names.map(quoted).join(", ")})[${column} + 1]`;

const levels = Object.keys(levelRanges);
const levelText = listed(levels, "least(6, (greatest(d.severity, 0) + 3) // 4)");

/** The rank of a level: the least severity of its range, as filters compare it. */
export const levelRank =
  "(case when d.severity <= 0 then 0 else (least(d.severity, 24) - 1) // 4 * 4 + 1 end)";

const filled = (column: string): string => `nullif(d.${column}, '')`;

/** How the built-in fields of a signal read as text; null where a record has none. */
const own: { readonly [S in Signal]: Readonly<Record<string, string>> } = {
  logs: {
    level: levelText,
    severity: "d.severity::varchar",
    body: filled("body"),
    event: filled("event"),
    pattern: filled("pattern"),
  },
  spans: {
    name: filled("name"),
    kind: listed(spanKinds, "d.kind"),
    status: listed(statusCodes, "d.status"),
    status_message: filled("status_message"),
    duration: "(d.duration_ns / 1e6)::varchar",
    parent_span_id: "nullif(lower(hex(d.parent_span_id)), '0000000000000000')",
  },
  points: { name: filled("name"), unit: filled("unit"), value: "d.value::varchar" },
  errors: {
    type: filled("type"),
    message: filled("message"),
    group: filled("fingerprint"),
    release: filled("release"),
    user: "nullif(d.\"user\", '')",
    source: "d.source",
  },
};

const traced: Readonly<Record<string, string>> = {
  trace_id: "nullif(replace(d.trace_id::varchar, '-', ''), '00000000000000000000000000000000')",
  span_id: "nullif(lower(hex(d.span_id)), '0000000000000000')",
};

/** Built-in fields that are numbers, so that nothing is read out of text. */
const numbers: { readonly [S in Signal]?: Readonly<Record<string, string>> } = {
  logs: { severity: "d.severity" },
  spans: { duration: "(d.duration_ns / 1e6)" },
  points: { value: "nullif(d.value, 'nan'::double)" },
};

const originNames = new Set(["service", "version", "environment", "instance", "scope"]);

/** Writes fields of one signal as SQL over the rows of one branch. */
export class FieldSql {
  readonly #signal: Signal;
  readonly #branch: Branch;
  /** Whether a field that was written needs the origin's row. */
  needsOrigin = false;

  constructor(signal: Signal, branch: Branch) {
    this.#signal = signal;
    this.#branch = branch;
  }

  get signal(): Signal {
    return this.#signal;
  }

  /** A field of the origin as it is: empty where it has none. */
  origin(name: string): string {
    return this.#branch.isFresh ? `coalesce(o.${name}, '')` : `d.${name}`;
  }

  /** The text of an attribute; null where a record has none. Undefined: no record has it. */
  attribute(key: string): string | undefined {
    const { rollup } = this.#branch;
    if (rollup !== undefined) return Object.hasOwn(rollup, key) ? rollup[key] : undefined;
    const { columns, rest, mixed } = this.#branch.shape;
    const isColumn = columns.includes(key);
    const inMap = rest?.includes(key) ?? !isColumn;
    const parts = [
      ...(isColumn ? [`d.${named(`@${key}`)}`] : []),
      ...(inMap || mixed.includes(key) ? [`d.attributes[${literal(key)}]`] : []),
    ];
    if (parts.length === 0) return undefined;
    return parts.length === 1 ? parts[0] : `coalesce(${parts.join(", ")})`;
  }

  #builtIn(field: string): string | undefined {
    if (originNames.has(field)) return `nullif(${this.origin(field)}, '')`;
    const isTraced = this.#signal !== "points" && Object.hasOwn(traced, field);
    if (isTraced) return traced[field];
    const fields = own[this.#signal];
    return Object.hasOwn(fields, field) ? fields[field] : undefined;
  }

  /** The text of a field: null where a record has none. */
  text(field: string): string {
    if (field.startsWith("resource.")) {
      this.needsOrigin = true;
      return `o.resource[${literal(field.slice("resource.".length))}]`;
    }
    const explicit = field.startsWith("attributes.");
    const key = explicit ? field.slice("attributes.".length) : field;
    const builtIn = explicit ? undefined : this.#builtIn(field);
    const attribute = this.attribute(key);
    const whole = explicit ? this.attribute(field) : undefined;
    const parts = [builtIn, attribute, whole].filter((one) => one !== undefined);
    if (parts.length === 0) return "null::varchar";
    return parts.length === 1 ? (parts[0] ?? "") : `coalesce(${parts.join(", ")})`;
  }

  /** The number of a field: null where it does not read as one. */
  number(field: string): string {
    if (field === "level" && this.#signal === "logs") return levelRank;
    const direct = numbers[this.#signal];
    if (direct !== undefined && Object.hasOwn(direct, field)) return direct[field] ?? "null";
    return `nullif(try_cast(${this.text(field)} as double), 'nan'::double)`;
  }
}
