import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { outbox } from "../../core/capabilities/outbox.ts";
import { systemClock } from "../../core/clock.ts";
import type { Host } from "../../core/host.ts";
import { systemRandom } from "../../core/ids.ts";
import { handle } from "../../core/receiver.ts";
import type { Store } from "../../core/store.ts";
import { connectSocket } from "../../engines/socket/client.ts";
import { serveSocket } from "../../engines/socket/server.ts";
import { offerStore, remoteStore } from "../../engines/socket/store.ts";
import { openInline } from "../../engines/sqlite/inline.ts";
import { makeTransactions, openOutbox } from "../../state/transaction/index.ts";
import { testHost } from "../../testing/host.ts";
import type { QueueDriver } from "./driver.ts";
import { driver as sqlite } from "./drivers/sqlite.ts";
import { queue } from "./queue.ts";
import type { Consumer, Sender } from "./queue.ts";
import { openQueues } from "./runtime.ts";

const Job = z.object({ n: z.number() });
type Job = z.infer<typeof Job>;
const jobs = queue("jobs", { message: Job });
const time = { clock: systemClock, random: systemRandom };

async function hostOn(store: Store): Promise<Host> {
  const base = testHost({ store });
  const given = { store: async () => store, clock: systemClock, ids: base.ids };
  const host = { ...base, transactions: (scope: string) => makeTransactions(given, scope) };
  const box = await openOutbox(store, host);
  onTestFinished(() => box.close());
  host.provide(outbox, box);
  return host;
}

/** The engine of the owner's process as another process has it. */
async function remote(
  folder: string,
  store: Store,
  driver: QueueDriver,
): Promise<{ store: Store; driver: QueueDriver }> {
  const path = join(folder, "s");
  const { services, listen } = offerStore(store);
  const queues = driver as unknown as (typeof services)[string];
  const server = await serveSocket({
    path,
    ...time,
    services: { ...services, "driver/queue": queues },
    listen,
  });
  const connection = await connectSocket({ path, ...time });
  onTestFinished(async () => {
    await connection.close();
    await server.close();
  });
  const service = connection.service<QueueDriver>("driver/queue");
  const { features } = driver;
  const proxy = new Proxy(service, {
    get: (target, key) => (key === "features" ? features : Reflect.get(target, key)),
  });
  return { store: await remoteStore(connection), driver: proxy };
}

test("a process that does not own the engine works over the socket", async () => {
  const folder = await mkdtemp(join(tmpdir(), "mq-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const store = openInline({ clock: systemClock });
  const ownerHost = await hostOn(store);
  const driver = await sqlite.open(ownerHost, {});
  const owner = await openQueues(ownerHost, driver, [jobs]);
  await owner.start?.();
  const away = await remote(folder, store, driver);
  const host = await hostOn(away.store);
  const runtime = await openQueues(host, away.driver, [jobs]);
  const sender = runtime.hold(jobs.sender(), { service: "shop" }) as Sender<Job>;
  const consumer = runtime.hold(jobs.consumer(), { service: "worker" }) as Consumer<Job>;

  const seen: number[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const options = { concurrencyKey: { key: () => "k", max: 2 } };
  const receiving = handle(consumer, options, ({ n }) => {
    if (seen.push(n) === 4) resolve();
  }).start();
  await sender.send({ n: 1 });
  await host.transactions("shop").transact((tx) => tx(sender).send({ n: 2 }));
  const singleton = { key: "s", ttlMs: 60_000 };
  await sender.send({ n: 3 }, { singleton, delayMs: 50 });
  expect(await sender.send({ n: 9 }, { singleton })).toMatchObject({ outcome: "skipped" });
  await sender.send({ n: 4 }, { debounce: { key: "d", quietMs: 50 } });
  await promise;
  expect(new Set(seen)).toEqual(new Set([1, 2, 3, 4]));
  await receiving.stop(5000);
  expect(await driver.stats("jobs")).toMatchObject({ visible: 0, inFlight: 0 });

  await sender.send({ n: 5 });
  expect(await driver.stats("jobs")).toMatchObject({ visible: 1, inFlight: 0 });
  await runtime.close();
  await owner.close();
  await driver.close();
});
