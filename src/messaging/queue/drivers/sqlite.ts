import { coreErrors } from "../../../core/errors.ts";
import type { DriverModule, Host } from "../../../core/host.ts";
import type { QueueDriver, QueueFeatures, QueueSpec } from "../driver.ts";
import { withDeadLetters } from "../dead.ts";
import { entryProblem } from "../entry.ts";
import { queueErrors } from "../errors.ts";
import { queueSchema } from "../schema.ts";
import { steadyNow } from "./sqlite/engine.ts";
import type { Engine, Lane } from "./sqlite/engine.ts";
import { openFifo } from "./sqlite/fifo.ts";
import { makeMessageIds } from "./sqlite/ids.ts";
import { sqliteRules } from "./sqlite/inbox.ts";
import { makeOutbox, outboxChannel } from "./sqlite/outbox.ts";
import { cancelMessages, peekMessages, purgeMessages } from "./sqlite/peek.ts";
import { makeRedrives } from "./sqlite/redrive.ts";
import { openSequence } from "./sqlite/sequence.ts";
import { openStandard } from "./sqlite/standard.ts";
import { startSweep } from "./sqlite/sweep.ts";
import { tenantsOf } from "./sqlite/tenants.ts";

const features: QueueFeatures = {
  fifo: true,
  fair: true,
  priority: true,
  cancel: true,
  peek: true,
  tenants: true,
  transactional: true,
  redriveSome: true,
  delayMsMax: Infinity,
};

const addSql = "insert into queue (name, fifo) values (?, ?) on conflict (name) do nothing";
const findSql = "select id, fifo from queue where name = ?";

/** The lanes of a store, by name and by number. */
interface Lanes {
  readonly names: Map<string, Lane>;
  readonly ids: Map<number, Lane>;
}

/** Opens the lane of `spec`, or brings an open one up to date. */
async function declareOne(engine: Engine, lanes: Lanes, spec: QueueSpec): Promise<void> {
  const known = lanes.names.get(spec.name);
  const id = known?.id ?? (await idOf(engine, spec));
  if (known && known.spec.fifo === spec.fifo) {
    known.spec = spec;
    return;
  }
  if (known) throw otherKind(spec);
  const lane = await (spec.fifo ? openFifo : openStandard)(engine, id, spec);
  lanes.names.set(spec.name, lane);
  lanes.ids.set(id, lane);
}

function otherKind(spec: QueueSpec): Error {
  const [is, was] = spec.fifo ? ["FIFO", "standard"] : ["standard", "FIFO"];
  return queueErrors.MOR_QUEUE_KIND(`queue ${spec.name}: declared ${is}, exists as ${was}`);
}

async function idOf(engine: Engine, spec: QueueSpec): Promise<number> {
  const [, found] = await engine.store.write({
    statements: [
      { sql: addSql, params: [spec.name, spec.fifo ? 1 : 0] },
      { sql: findSql, params: [spec.name] },
    ],
  });
  const row = found?.rows[0];
  if (row?.["fifo"] !== (spec.fifo ? 1 : 0)) throw otherKind(spec);
  return Number(row["id"]);
}

async function openEngine(host: Host, lanes: Lanes): Promise<Engine> {
  const store = await host.store();
  if (store.dialect !== "sqlite") {
    throw coreErrors.MOR_CONFIG("queue: the driver sqlite needs the state in SQLite", {
      fix: "Choose state: sqlite, or the queue driver sqs.",
    });
  }
  await store.migrate(queueSchema);
  const [counter] = await store.read("select salt from queue_counter");
  return {
    store,
    clock: host.clock,
    log: host.log,
    now: steadyNow(host.clock),
    sequence: await openSequence(store),
    ids: makeMessageIds(Number(counter?.["salt"])),
    lane: (name) => lanes.names.get(name),
    laneOf: (id) => lanes.ids.get(id),
  };
}

/** Opens the embedded queue engine over the state store. */
async function open(host: Host): Promise<QueueDriver> {
  const lanes: Lanes = { names: new Map(), ids: new Map() };
  const engine = await openEngine(host, lanes);
  const outbox = makeOutbox(engine);
  const redrives = makeRedrives(engine, host.ids);
  const stopSweep = startSweep(engine, () =>
    Math.min(...[...lanes.names.values()].map((lane) => lane.spec.retentionMs)),
  );
  let declaring: Promise<void> = Promise.resolve();
  const laneOf = (queue: string): Lane => {
    const lane = lanes.names.get(queue);
    if (lane) return lane;
    throw coreErrors.MOR_NOT_FOUND(`queue ${queue}: not declared`);
  };
  const declareAll = async (specs: readonly QueueSpec[]): Promise<void> => {
    for (const spec of withDeadLetters(specs)) {
      const implied = !specs.includes(spec) && lanes.names.has(spec.name);
      if (!implied) await declareOne(engine, lanes, spec);
    }
    outbox.wake();
    await redrives.resume();
  };
  return {
    features,
    declare(specs) {
      const done = declaring.then(() => declareAll(specs));
      declaring = done.catch(() => {});
      return done;
    },
    async remove(queue) {
      const lane = laneOf(queue);
      await purgeMessages(engine, lane);
      await lane.close();
      lanes.names.delete(queue);
      lanes.ids.delete(lane.id);
      await engine.store.write({
        statements: [
          { sql: "delete from queue_dedup where queue = ?", params: [lane.id] },
          { sql: "delete from queue where id = ?", params: [lane.id] },
        ],
      });
    },
    async send(queue, entries) {
      const lane = laneOf(queue);
      const earlier = outbox.settled();
      if (earlier) await earlier;
      return lane.send(entries);
    },
    receive: async (queue, options, signal) => laneOf(queue).receive(options, signal),
    delete: async (queue, receipts) => laneOf(queue).delete(receipts),
    extend: async (queue, changes) => laneOf(queue).extend(changes),
    stats: async (queue) => laneOf(queue).stats(),
    purge: async (queue) => ({ dropped: await purgeMessages(engine, laneOf(queue)) }),
    peek: async (queue, options) => peekMessages(engine, laneOf(queue), options),
    tenants: async (queue, limit) => tenantsOf(engine, laneOf(queue), limit),
    cancel: async (queue, ids) => cancelMessages(engine, laneOf(queue), ids),
    redrive: (options) => redrives.start(laneOf(options.deadLetters), options),
    redrives: (deadLetters) => redrives.list(deadLetters),
    cancelRedrive: (id) => redrives.cancel(id),
    async statements(queue, entries) {
      const lane = laneOf(queue);
      for (const entry of entries) {
        const problem = entryProblem(lane.spec, entry, sqliteRules);
        if (problem) throw problem;
      }
      return { statements: outbox.statements(queue, entries), wake: [outboxChannel] };
    },
    async close() {
      stopSweep();
      outbox.close();
      await redrives.close();
      for (const lane of lanes.names.values()) await lane.close();
    },
  };
}

/** The embedded queue: SQLite through the state store's group commit. */
export const driver: DriverModule<QueueDriver> = { engine: "sqlite", embedded: true, open };
