import { coreErrors } from "../../../core/errors.ts";
import type { Host } from "../../../core/host.ts";
import type { Row, SqlValue, Statement } from "../../../core/store.ts";
import type { RowPage, StoredRow, TableDriver } from "../driver.ts";
import type { SqlFlavor } from "./sql-flavor.ts";
import { makeStatements, schemasOf } from "./sql-statements.ts";
import type { TableStatements } from "./sql-statements.ts";

function storedRow(row: Row): StoredRow {
  return {
    key: String(row["key"]),
    body: String(row["body"]),
    version: Number(row["version"]),
    updatedAtMs: Number(row["updated_at"]),
  };
}

/**
 * A table driver on the state store: a SQL table of JSON rows, with an index on expressions for
 * every declared index.
 * @throws MOR_CONFIG when the state is kept by another engine
 */
export async function openSqlDriver(host: Host, flavor: SqlFlavor): Promise<TableDriver> {
  const store = await host.store();
  if (store.dialect !== flavor.dialect) {
    throw coreErrors.MOR_CONFIG(
      `table: the driver is ${flavor.dialect}, but the state is kept in ${store.dialect}`,
      { fix: `Choose { table: "${store.dialect}" } in the drivers of morning.config.ts.` },
    );
  }
  const tables = new Map<string, TableStatements>();
  const of = (table: string): TableStatements => {
    const statements = tables.get(table);
    if (statements !== undefined) return statements;
    throw coreErrors.MOR_NOT_FOUND(`table ${table}: it was not declared`);
  };
  const read = ({ sql, params = [] }: Statement): Promise<readonly Row[]> =>
    store.read(sql, params);
  const changed = (table: string, changes: Parameters<TableDriver["write"]>[1]): Statement[] =>
    changes.map((change) => of(table).change(change, host.clock.now()));

  return {
    features: { transactional: true, ordered: true },
    async declare(specs) {
      for (const spec of specs) {
        const physical = host.physicalName("table", spec.name);
        for (const schema of schemasOf(flavor, spec, physical)) await store.migrate(schema);
        tables.set(spec.name, makeStatements(flavor, spec, physical));
      }
    },
    async get(table, keys) {
      if (keys.length === 0) return [];
      return (await read(of(table).get(keys))).map(storedRow);
    },
    async list(table, query): Promise<RowPage> {
      const statements = of(table);
      // One more than asked for tells whether there is a next page.
      const rows = await read(statements.list({ ...query, limit: query.limit + 1 }));
      const page = rows.slice(0, query.limit);
      const last = page.at(-1);
      if (rows.length <= query.limit || last === undefined) return { rows: page.map(storedRow) };
      const next = statements.ordering(query).map((_, at): SqlValue => last[`o${at}`] ?? null);
      return { rows: page.map(storedRow), next };
    },
    async count(table, query) {
      const [row] = await read(of(table).count(query));
      return Number(row?.["count"] ?? 0);
    },
    async size(table) {
      const { sql, params = [] } = of(table).size();
      // A count walks an index: away from the event loop, where the store can.
      const [row] = await (store.readLong?.(sql, params) ?? store.read(sql, params));
      const bytes = row?.["bytes"] ?? null;
      return { rows: Number(row?.["count"] ?? 0), bytes: bytes === null ? null : Number(bytes) };
    },
    async write(table, changes) {
      const results = await store.write({ statements: changed(table, changes) });
      return results.map(({ changes: rows }) => rows > 0);
    },
    statements: async (table, changes) => changed(table, changes),
    // The store belongs to the host.
    close: async () => {},
  };
}
