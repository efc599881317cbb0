import { DummyDriver, Kysely, PostgresAdapter, PostgresIntrospector, sql } from "kysely";
import type { CompiledQuery, RawBuilder } from "kysely";
import { createHash } from "node:crypto";
import type { Migration, SqlValue, Statement } from "../../../core/store.ts";
import type { IndexField, RowQuery, TableChange, TableSpec } from "../driver.ts";
import type { SqlFlavor } from "./sql-flavor.ts";

/** What a row is made of. */
interface RowTable {
  readonly key: string;
  readonly version: number;
  readonly body: string;
  readonly updated_at: number;
}

interface Tables {
  readonly rows: RowTable;
}

/** The statements of one table. */
export interface TableStatements {
  get(keys: readonly string[]): Statement;
  list(query: RowQuery): Statement;
  count(query: RowQuery): Statement;
  size(): Statement;
  change(change: TableChange, nowMs: number): Statement;
  /** The fields by which a query is ordered, the key last. */
  ordering(query: RowQuery): readonly IndexField[];
}

/** Kysely as a compiler only: statements go through the store. */
function builder(flavor: SqlFlavor): Kysely<Tables> {
  return new Kysely<Tables>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (db) => new PostgresIntrospector(db),
      createQueryCompiler: () => flavor.compiler(),
    },
  });
}

function statementOf(compiled: CompiledQuery): Statement {
  return { sql: compiled.sql, params: compiled.parameters as readonly SqlValue[] };
}

const keyField: IndexField = { name: "", type: "text" };

/** Conflicts say which row; the caller knows what it expected. */
function conflict(spec: TableSpec, change: TableChange): Statement["expect"] {
  const there = change.version === 0 ? "exists already" : "has another version";
  const message = `table ${spec.name}: the row ${JSON.stringify(change.key)} ${there}`;
  return { rows: 1, error: { code: "MOR_CONFLICT", message } };
}

/** Makes the statements of a table whose rows are in `physical`. */
export function makeStatements(
  flavor: SqlFlavor,
  spec: TableSpec,
  physical: string,
): TableStatements {
  const db = builder(flavor);
  const rows = sql.table(physical);
  const key = sql.ref("key");
  const expression = (field: IndexField): RawBuilder<unknown> =>
    field === keyField ? key : flavor.field(field.name, field.type);

  const fieldsOf = (query: RowQuery): readonly IndexField[] => {
    const index = spec.indexes.find(({ name }) => name === query.index);
    return index === undefined ? [] : index.fields;
  };
  const ordering = (query: RowQuery): readonly IndexField[] => [
    ...fieldsOf(query).slice(query.equal.length),
    keyField,
  ];

  const conditions = (query: RowQuery): RawBuilder<unknown> => {
    const fields = fieldsOf(query);
    const next = expression(fields[query.equal.length] ?? keyField);
    const parts = query.equal.map((value, at) => {
      return sql`${expression(fields[at] ?? keyField)} = ${value}`;
    });
    const { from, to } = query;
    if (from !== undefined) {
      parts.push(sql`${next} ${sql.raw(from.inclusive ? ">=" : ">")} ${from.value}`);
    }
    if (to !== undefined)
      parts.push(sql`${next} ${sql.raw(to.inclusive ? "<=" : "<")} ${to.value}`);
    return parts.length === 0 ? sql`1 = 1` : sql.join(parts, sql` and `);
  };

  /**
   * The rows behind `after` in a lexicographic order. SQLite seeks by a plain comparison of an
   * expression alone, so the first one is bounded in addition; without it a later page would read
   * all before it.
   */
  const behind = (query: RowQuery, after: readonly SqlValue[]): RawBuilder<unknown> => {
    const fields = ordering(query).map(expression);
    const sign = query.descending ? "<" : ">";
    const left = sql.join(fields);
    const right = sql.join(after.map((value) => sql`${value}`));
    const rest = sql`(${left}) ${sql.raw(sign)} (${right})`;
    if (fields.length === 1) return rest;
    return sql`${fields[0]} ${sql.raw(`${sign}=`)} ${after[0] ?? null} and ${rest}`;
  };

  const change = (given: TableChange, nowMs: number): Statement => {
    const versioned = given.version !== undefined && given.version > 0;
    if (given.kind === "delete") {
      const where = versioned ? sql` and version = ${given.version}` : sql``;
      const compiled = sql`delete from ${rows} where ${key} = ${given.key}${where}`.compile(db);
      const expect = versioned ? { expect: conflict(spec, given) } : {};
      return { ...statementOf(compiled), ...expect } as Statement;
    }
    const body = flavor.stored(given.body);
    if (versioned) {
      const compiled = sql`update ${rows} set body = ${body}, version = version + 1,
        updated_at = ${nowMs} where ${key} = ${given.key} and version = ${given.version}`;
      return { ...statementOf(compiled.compile(db)), expect: conflict(spec, given) } as Statement;
    }
    const insert = sql`insert into ${rows} as r (${key}, version, body, updated_at)
      values (${given.key}, 1, ${body}, ${nowMs}) on conflict (${key})`;
    if (given.version === 0) {
      const compiled = sql`${insert} do nothing`.compile(db);
      return { ...statementOf(compiled), expect: conflict(spec, given) } as Statement;
    }
    const upsert = sql`${insert} do update set body = excluded.body, version = r.version + 1,
      updated_at = excluded.updated_at`;
    return statementOf(upsert.compile(db));
  };

  return {
    ordering,
    change,
    get: (keys) =>
      statementOf(
        sql`select ${key}, version, ${flavor.body} as body, updated_at from ${rows}
          where ${key} in (${sql.join(keys.map((one) => sql`${one}`))})`.compile(db),
      ),
    list(query) {
      const order = ordering(query).map((field) => {
        return sql`${expression(field)} ${sql.raw(query.descending ? "desc" : "asc")}`;
      });
      const seek = query.after === undefined ? sql`` : sql` and ${behind(query, query.after)}`;
      const values = ordering(query).map((field, at) => {
        return sql`${expression(field)} as ${sql.ref(`o${at}`)}`;
      });
      const compiled = sql`select ${key}, version, ${flavor.body} as body, updated_at,
        ${sql.join(values)} from ${rows} where ${conditions(query)}${seek}
        order by ${sql.join(order)} limit ${sql.lit(query.limit)}`;
      return statementOf(compiled.compile(db));
    },
    size: () =>
      statementOf(
        sql`select count(*) as count, ${flavor.bytes(physical)} as bytes from ${rows}`.compile(db),
      ),
    count: (query) =>
      statementOf(
        sql`select count(*) as count from ${rows} where ${conditions(query)}`.compile(db),
      ),
  };
}

/** A name of at most 63 bytes that stands for what it is made of. */
function hashed(...parts: readonly string[]): string {
  const hash = createHash("sha256").update(parts.join("\u0000")).digest("hex");
  return `mor_${hash.slice(0, 24)}`;
}

/** The schemas that make a table and its indexes: one component each, since indexes come later. */
export function schemasOf(
  flavor: SqlFlavor,
  spec: TableSpec,
  physical: string,
): readonly { readonly component: string; readonly migrations: readonly Migration[] }[] {
  const db = builder(flavor);
  const step = (text: string): readonly Migration[] => [
    { version: 1, sqlite: [text], postgres: [text] },
  ];
  const indexes = spec.indexes.map(({ fields }) => {
    const parts = fields.map(({ name, type }) => sql`(${flavor.field(name, type)})`);
    const listed = sql.join([...parts, sql.ref("key")]);
    const name = hashed(physical, ...fields.flatMap((field) => [field.name, field.type]));
    const create = sql`create index ${sql.ref(name)} on ${sql.table(physical)} (${listed})`;
    return { component: `table-index.${name}`, migrations: step(create.compile(db).sql) };
  });
  const table = `table.${physical.toLowerCase().replaceAll(/[^a-z0-9_.-]/g, "_")}`;
  return [{ component: table, migrations: step(flavor.createTable(physical)) }, ...indexes];
}
