import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../src/core/clock.ts";
import { openSqlite } from "../../src/engines/sqlite/store.ts";
import { driver as sqlite } from "../../src/messaging/queue/drivers/sqlite.ts";
import { queueSpec } from "../../src/messaging/queue/limits.ts";
import { testHost } from "../../src/testing/host.ts";
import type { Peer } from "./peer.ts";

const consumers = 50;

/** Ours, with the durable settings that it always has. */
export async function openMorning(): Promise<Peer> {
  const folder = mkdtempSync(join(tmpdir(), "morning-bench-"));
  const store = await openSqlite({ path: join(folder, "state.db"), clock: systemClock });
  const host = testHost({ store });
  const driver = await sqlite.open(host, {});
  await driver.declare([queueSpec("jobs", {})]);
  let stop = new AbortController();
  let loops: Promise<void>[] = [];
  return {
    name: "Morning, sqlite",
    conditions: "durable: every send, receive and delete is fsynced before it is acknowledged",
    async send(bodies) {
      await driver.send(
        "jobs",
        bodies.map((body) => ({ body })),
      );
    },
    async start(handle, done) {
      stop = new AbortController();
      const { signal } = stop;
      const loop = async (): Promise<void> => {
        while (!signal.aborted) {
          const messages = await driver.receive("jobs", { max: 10, waitMs: 20_000 }, signal);
          if (messages.length === 0) continue;
          for (const { body } of messages) handle(body);
          await driver.delete(
            "jobs",
            messages.map(({ receipt }) => receipt),
          );
          done(messages.length);
        }
      };
      loops = Array.from({ length: consumers }, loop);
    },
    async stop() {
      stop.abort();
      await Promise.all(loops);
    },
    async close() {
      await driver.close();
      await host.close();
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
