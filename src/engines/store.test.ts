import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { afterAll } from "vitest";
import { systemClock } from "../core/clock.ts";
import { openPostgres } from "./postgres/store.ts";
import { openInline } from "./sqlite/inline.ts";
import { openSqlite } from "./sqlite/store.ts";
import { sharedStoreContract, storeContract } from "./store.contract.ts";
import type { StoreUnderTest } from "./store.contract.ts";

const folder = mkdtempSync(join(tmpdir(), "morning-store-"));
const url = process.env["MORNING_TEST_POSTGRES_URL"];
const schemas = new Set<string>();

afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  if (url === undefined) return;
  const client = new Client(url);
  await client.connect();
  for (const schema of schemas) await client.query(`drop schema "${schema}" cascade`);
  await client.end();
});

const clock = systemClock;

storeContract("sqlite store", {
  open: (place) => openSqlite({ path: join(folder, place, "state.db"), clock }),
});

storeContract("inline store", {
  open: async (place) => openInline({ path: join(folder, `${place}.db`), clock }),
});

const postgres: StoreUnderTest = {
  open: (place) => {
    const schema = `${place}-${process.pid}`;
    schemas.add(schema);
    return openPostgres({ url: url ?? "", schema, clock });
  },
};

const absent = url === undefined;
storeContract("postgres store [needs MORNING_TEST_POSTGRES_URL]", postgres, absent);
sharedStoreContract("shared postgres store [needs MORNING_TEST_POSTGRES_URL]", postgres, absent);
