/** What the tests of the engine share: stores that go away with them, engines, programs. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { threadId } from "node:worker_threads";
import { Client } from "pg";
import { afterAll, describe } from "vitest";
import { systemClock } from "../../core/clock.ts";
import { makeIds, seededRandom, systemRandom } from "../../core/ids.ts";
import { makeLog } from "../../core/log.ts";
import type { Store } from "../../core/store.ts";
import { openPostgres } from "../../engines/postgres/store.ts";
import { openSqlite } from "../../engines/sqlite/store.ts";
import { WorkflowEngine } from "./engine.ts";
import type { WorkflowLimits } from "./engine.ts";
import type { Program, WorkflowContext } from "./program.ts";

const folder = mkdtempSync(join(tmpdir(), "morning-workflow-"));
/** Where the Postgres of the tests is; undefined where there is none. */
export const url: string | undefined = process.env["MORNING_TEST_POSTGRES_URL"];
const schemas: string[] = [];
let stores = 0;

afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  if (url === undefined) return;
  const client = new Client(url);
  await client.connect();
  for (const schema of schemas) await client.query(`drop schema if exists "${schema}" cascade`);
  await client.end();
});

/** A place for a store; opened again it is the same one. */
export type Place = () => Promise<Store>;

/** A SQLite file of its own. */
export function sqlitePlace(): Place {
  const path = join(folder, String(stores++), "state.db");
  return () => openSqlite({ path, clock: systemClock });
}

/** A Postgres schema of its own. */
export function postgresPlace(): Place {
  // Test files run in threads of one process.
  const schema = `workflow-${process.pid}-${threadId}-${stores++}`;
  schemas.push(schema);
  return () => openPostgres({ url: url ?? "", schema, clock: systemClock });
}

const ids = makeIds(systemClock, systemRandom);
const log = makeLog(() => {});

/** An engine that runs these programs. */
export async function open(
  store: Store,
  programs: readonly Program[],
  limits: Partial<WorkflowLimits> = {},
): Promise<WorkflowEngine> {
  const engine = await WorkflowEngine.open({
    store,
    clock: systemClock,
    ids,
    random: seededRandom(1),
    log,
    limits: { lingerMs: 50, ...limits },
  });
  await engine.start(programs);
  return engine;
}

/** A program of version 1. */
export const program = (
  name: string,
  run: (context: WorkflowContext, input: never) => Promise<unknown>,
): Program => ({ name, version: "1", run: run as Program["run"] });

/** The same tests on both state stores. */
export function onBoth(title: string, suite: (place: () => Place) => void): void {
  describe(`${title} on sqlite`, () => {
    suite(sqlitePlace);
  });
  describe.skipIf(url === undefined)(
    `${title} on postgres [needs MORNING_TEST_POSTGRES_URL]`,
    () => {
      suite(postgresPlace);
    },
  );
}

/** Waits until `holds` does. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** Whether a run stands so. */
export const stands =
  (engine: WorkflowEngine, id: string, status: string): (() => Promise<boolean>) =>
  async () =>
    (await engine.state(id)).status === status;

/** The code of the error that a promise fails with, or of its cause. */
export async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return "none";
  } catch (error) {
    const { code, cause } = error as { code?: string; cause?: { code?: string } };
    return cause?.code ?? code ?? String(error);
  }
}

/**
 * A store as a process sees it that dies: nothing it asks for from then on is done or answered. The
 * store itself lives on.
 */
export function mortal(store: Store): { readonly store: Store; die(): void } {
  let isDead = false;
  const cancels: (() => void)[] = [];
  const unless =
    <A extends unknown[], R>(work: (...given: A) => Promise<R>) =>
    async (...given: A): Promise<R> => {
      const result = isDead ? undefined : await work(...given);
      if (isDead || result === undefined) return new Promise<R>(() => {});
      return result;
    };
  const dying = Object.create(store, {
    write: { value: unless((write: Parameters<Store["write"]>[0]) => store.write(write)) },
    read: { value: unless((...given: Parameters<Store["read"]>) => store.read(...given)) },
    listen: {
      value: (channel: string, listener: () => void) => {
        const cancel = store.listen(channel, () => !isDead && listener());
        cancels.push(cancel);
        return cancel;
      },
    },
  }) as Store;
  return {
    store: dying,
    die() {
      isDead = true;
      for (const cancel of cancels) cancel();
    },
  };
}
