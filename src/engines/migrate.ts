import { coreErrors, MorningError } from "../core/errors.ts";
import type { Migration, Schema, Store } from "../core/store.ts";
import { engineErrors } from "./errors.ts";

const table = `create table if not exists morning_schema (
  component text primary key, version integer not null)`;

function assertOrdered(schema: Schema): void {
  if (!/^[a-z][a-z0-9_.-]*$/.test(schema.component)) {
    throw coreErrors.MOR_NAME(`schema: ${JSON.stringify(schema.component)} is no component name`);
  }
  schema.migrations.forEach((migration, index) => {
    if (migration.version === index + 1) return;
    throw coreErrors.MOR_DECLARATION(
      `schema ${schema.component}: migration ${index + 1} says version ${migration.version}`,
      { fix: "Number the migrations 1, 2, 3 without a gap, oldest first." },
    );
  });
}

async function versionOf(store: Store, component: string): Promise<number> {
  const sql = `select version from morning_schema where component = '${component}'`;
  const [result] = await store.write({ statements: [{ sql }] });
  return Number(result?.rows[0]?.["version"] ?? 0);
}

/** Moves one version forward, in one write that only commits if nobody else did it before. */
async function step(store: Store, component: string, migration: Migration): Promise<void> {
  const from = migration.version - 1;
  await store.write({
    statements: [
      {
        sql: `insert into morning_schema (component, version) values ('${component}', 0)
          on conflict (component) do nothing`,
      },
      {
        sql: `update morning_schema set version = ${migration.version}
          where component = '${component}' and version = ${from}`,
        expect: { rows: 1 },
      },
      ...migration[store.dialect].map((sql) => ({ sql })),
    ],
  });
}

/** Runs the next step; a step that another process won is no failure. */
async function advance(store: Store, component: string, migration: Migration): Promise<void> {
  try {
    await step(store, component, migration);
  } catch (error) {
    const won = (await versionOf(store, component)) >= migration.version;
    if (!won || !MorningError.is(error, "MOR_CONFLICT")) throw error;
  }
}

/**
 * Brings a component's schema forward on any engine: one write a step, forward only. The versions
 * stand in the table `morning_schema`.
 * @throws MOR_STATE_SCHEMA_NEWER when the store holds a newer version than `schema` knows
 * @throws MOR_DECLARATION when the steps are not numbered 1, 2, 3
 */
export async function migrateStore(store: Store, schema: Schema): Promise<void> {
  assertOrdered(schema);
  const { component, migrations } = schema;
  await store.write({ statements: [{ sql: table }] });
  const found = await versionOf(store, component);
  if (found > migrations.length) {
    throw engineErrors.MOR_STATE_SCHEMA_NEWER(
      `schema ${component}: the store is at ${found}, this Morning knows ${migrations.length}`,
      { details: { component, found, known: migrations.length } },
    );
  }
  for (const migration of migrations.slice(found)) await advance(store, component, migration);
}
