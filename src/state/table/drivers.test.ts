import { Client } from "pg";
import { expect, test } from "vitest";
import { systemClock } from "../../core/clock.ts";
import type { Host } from "../../core/host.ts";
import { openPostgres } from "../../engines/postgres/store.ts";
import { openInline } from "../../engines/sqlite/inline.ts";
import { testHost } from "../../testing/host.ts";
import { tableContract } from "./contract.ts";
import type { TableDriver } from "./driver.ts";
import { driver as postgres } from "./drivers/postgres.ts";
import { driver as sqlite } from "./drivers/sqlite.ts";

tableContract("table on sqlite", async () => {
  const store = openInline({ clock: systemClock });
  const host = testHost({ store });
  return { host, driver: await sqlite.open(host, {}), close: () => store.close() };
});

const url = process.env["MORNING_TEST_POSTGRES_URL"];

async function openOnPostgres(): Promise<{
  host: Host;
  driver: TableDriver;
  close(): Promise<void>;
}> {
  const schema = `table-${process.pid}`;
  const store = await openPostgres({ url: url ?? "", schema, clock: systemClock });
  const host = testHost({ store });
  return {
    host,
    driver: await postgres.open(host, {}),
    async close() {
      await store.close();
      const admin = new Client(url);
      await admin.connect();
      await admin.query(`drop schema "${schema}" cascade`);
      await admin.end();
    },
  };
}

tableContract(
  "table on postgres [needs MORNING_TEST_POSTGRES_URL]",
  openOnPostgres,
  url === undefined,
);

test("a driver refuses a state that another engine keeps", async () => {
  const store = openInline({ clock: systemClock });
  const host = testHost({ store });
  await expect(postgres.open(host, {})).rejects.toMatchObject({ code: "MOR_CONFIG" });
  await store.close();
});
