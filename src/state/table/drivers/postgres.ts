import { PostgresQueryCompiler, sql } from "kysely";
import type { DriverModule } from "../../../core/host.ts";
import type { TableDriver } from "../driver.ts";
import { openSqlDriver } from "./sql-driver.ts";
import { fixed, leastNumber, literal } from "./sql-flavor.ts";
import type { SqlFlavor } from "./sql-flavor.ts";

const flavor: SqlFlavor = {
  dialect: "postgres",
  compiler: () => new PostgresQueryCompiler(),
  field(name, type) {
    const value = `(body->>${literal(name)})`;
    if (type === "number") return fixed(`coalesce(${value}::float8, ${leastNumber})`);
    if (type === "boolean") {
      return fixed(`(case ${value} when 'true' then 1 when 'false' then 0 else -1 end)`);
    }
    // Code points, whatever the database's collation: the order of the other engine.
    return fixed(`(coalesce(${value}, '') collate "C")`);
  },
  body: sql<string>`body::text`,
  stored: (body) => sql`${body}::jsonb`,
  bytes: (name) => fixed(`pg_total_relation_size(${literal(`"${name}"`)}::regclass)`),
  createTable: (name) => `create table "${name}" (key text collate "C" primary key,
    version bigint not null, body jsonb not null, updated_at bigint not null)`,
};

/** Tables in PostgreSQL, beside the rest of the state. */
export const driver: DriverModule<TableDriver> = {
  engine: "postgres",
  embedded: false,
  open: (host) => openSqlDriver(host, flavor),
};
