import { sql, SqliteQueryCompiler } from "kysely";
import type { DriverModule } from "../../../core/host.ts";
import type { TableDriver } from "../driver.ts";
import { openSqlDriver } from "./sql-driver.ts";
import { fixed, leastNumber, literal } from "./sql-flavor.ts";
import type { SqlFlavor } from "./sql-flavor.ts";

const flavor: SqlFlavor = {
  dialect: "sqlite",
  compiler: () => new SqliteQueryCompiler(),
  field(name, type) {
    const value = `json_extract(body, ${literal(`$."${name}"`)})`;
    if (type === "number") return fixed(`coalesce(${value}, ${leastNumber})`);
    if (type === "boolean") return fixed(`coalesce(${value}, -1)`);
    return fixed(`coalesce(${value}, '')`);
  },
  body: sql.ref<string>("body"),
  stored: (body) => sql`${body}`,
  bytes: () => sql`null`,
  createTable: (name) => `create table "${name}" (key text primary key, version integer not null,
    body text not null, updated_at integer not null)`,
};

/** Tables in the state file. */
export const driver: DriverModule<TableDriver> = {
  engine: "sqlite",
  embedded: true,
  open: (host) => openSqlDriver(host, flavor),
};
