import { outbox } from "../../../core/capabilities/outbox.ts";
import { queueing } from "../../../core/capabilities/queueing.ts";
import type { InternalMessage } from "../../../core/capabilities/queueing.ts";
import type { DriverModule, Host } from "../../../core/host.ts";
import type { EventDriver, EventFeatures } from "../driver.ts";
import { deliveryKind, wakeOf } from "./sqlite/deliveries.ts";
import { logLimits } from "./sqlite/engine.ts";
import type { Engine } from "./sqlite/engine.ts";
import { eventTotals, loggedEvent, logPage } from "./sqlite/log.ts";
import { makePublishing } from "./sqlite/publishing.ts";
import { makeReplays } from "./sqlite/replays.ts";
import { compileSubscriptions } from "./sqlite/rules.ts";
import { eventSchema } from "./sqlite/schema.ts";

const features: EventFeatures = {
  patterns: "eventbridge",
  log: true,
  replay: true,
  replayOrdered: true,
  replayShaped: true,
  inputTransformer: true,
  transactional: true,
};

/** Opens the embedded bus over the state store. */
async function open(host: Host, options: Readonly<Record<string, unknown>>): Promise<EventDriver> {
  const store = await host.store();
  await store.migrate(eventSchema);
  const engine: Engine = {
    host,
    store,
    queueing: host.need(queueing),
    outbox: () => host.need(outbox),
    limits: logLimits(options),
    rules: compileSubscriptions(host, []),
  };
  if (!engine.queueing.transactional) {
    engine.outbox().deliver(deliveryKind, async (queue, payload) => {
      await engine.queueing.send(queue, [JSON.parse(payload) as InternalMessage]);
    });
  }
  const publishing = makePublishing(engine);
  const replays = makeReplays(engine);
  let wake: readonly string[] = [];
  return {
    features,
    async declare(specs) {
      engine.rules = compileSubscriptions(host, specs);
      wake = await wakeOf(engine);
      await replays.resume();
    },
    publish: (entries) => publishing.publish(entries),
    async statements(entries) {
      const { statements } = await publishing.statements(entries);
      return { statements, wake };
    },
    log: (query) => logPage(engine, query),
    event: (id) => loggedEvent(engine, id),
    totals: () => eventTotals(engine),
    replay: (chosen) => replays.start(chosen),
    replays: () => replays.list(),
    cancelReplay: (name) => replays.cancel(name),
    close: () => replays.close(),
  };
}

/** The event bus in the state store: embedded, one owner process. */
export const driver: DriverModule<EventDriver> = { engine: "sqlite", embedded: true, open };
