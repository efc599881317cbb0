import type { Clock } from "../../core/clock.ts";
import { makeLog } from "../../core/log.ts";
import { makeMetrics } from "../../core/metrics.ts";
import { makeIds, seededRandom } from "../../core/ids.ts";
import type { Statement, Store } from "../../core/store.ts";
import { transactional } from "../../core/transaction.ts";
import type { Transactional } from "../../core/transaction.ts";
import { placeholders } from "../../engines/sql.ts";
import type { OutboxHost } from "./relay.ts";

/** Lets everything that is ready in this thread run. */
export async function settle(turns = 50): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
}

export function testHost(clock: Clock, seed: number): OutboxHost {
  const random = seededRandom(seed);
  return {
    clock,
    random,
    ids: makeIds(clock, random),
    log: makeLog(() => {}),
    metrics: makeMetrics(),
  };
}

/** A held capability that writes notes, as a table would. */
export function notesOf(store: Store): Transactional<{ add(body: string): void }> {
  const sql = placeholders(store.dialect, "insert into notes (body) values (?)");
  return {
    [transactional]: (writes) => ({
      add(body) {
        const statements: Statement[] = [{ sql, params: [body] }];
        // Both forms that a capability may give.
        writes.add(body.length % 2 === 0 ? statements : Promise.resolve(statements), ["notes"]);
      },
    }),
  };
}

const table = ["create table notes (body text not null)"];

export async function makeNotes(store: Store): Promise<void> {
  const migrations = [{ version: 1, sqlite: table, postgres: table }];
  await store.migrate({ component: "notes", migrations });
}

export async function notesIn(store: Store): Promise<string[]> {
  const rows = await store.read("select body from notes order by body");
  return rows.map((row) => String(row["body"]));
}
