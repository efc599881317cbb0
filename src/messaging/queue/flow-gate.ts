import type { Cancel, Clock } from "../../core/clock.ts";
import type { Ids } from "../../core/ids.ts";
import type { Log } from "../../core/log.ts";
import type { Run } from "./delivery.ts";
import { makeParking } from "./flow-parking.ts";
import type { Parking } from "./flow-parking.ts";
import { flowKey } from "./flow-store.ts";
import type { FlowStore, Slot } from "./flow-store.ts";
import type { ConsumeOptions } from "./queue.ts";

/** Lets handler calls start when their concurrency key and throttle allow, over all processes. */
export interface Gate {
  /**
   * Asks for a call to start; the answer comes by `start`, or the call is parked until it may.
   * @throws what the handler's own key function throws
   */
  ask(run: Run): void;
  /** A parked call that may be asked for again. */
  next(): Run | undefined;
  /** The call is over: its slot is free for others. */
  finish(run: Run): void;
  /** Renews the slots of calls under way. */
  renew(): void;
  /** Takes away every call that is parked. */
  drain(): readonly Run[];
  /** Calls whose answer is on its way. */
  readonly asking: number;
  /** Resolves when slots that were given back are. */
  close(): Promise<void>;
}

/** What a gate stands in front of. */
export interface GateOptions {
  readonly flow: () => Promise<FlowStore>;
  /** `<service>/<queue>`. */
  readonly scope: string;
  readonly limits: Pick<ConsumeOptions<never>, "concurrencyKey" | "throttle">;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  /** How long a slot lives without renewal. */
  readonly slotMs: number;
  start(run: Run): void;
  /** Calls may be tried again, or answers arrived. */
  readonly wake: () => void;
  /** A running call lost its slot to another process. */
  lost(run: Run): void;
}

/** A slot whose holder crashed frees itself without a word: it is looked for this often. */
const slotRetryMs = 1000;

interface GateState {
  readonly options: GateOptions;
  readonly parking: Parking;
  readonly slots: Map<Run, Slot>;
  batch: Run[];
  asking: number;
  releasing: Promise<void>;
  unlisten: Cancel | undefined;
}

const valueOf = (run: Run): never => run.deliveries[0]?.value as never;

function slotKey({ limits }: GateOptions, run: Run): string {
  return flowKey(limits.concurrencyKey?.key(valueOf(run)) ?? "");
}

function takeKey({ limits }: GateOptions, run: Run): string {
  return flowKey(limits.throttle?.key?.(valueOf(run)) ?? "");
}

/** Takes a slot for each call; those that get none are parked. */
async function takeSlots(gate: GateState, flow: FlowStore, runs: readonly Run[]): Promise<Run[]> {
  const { scope, limits, ids, clock, slotMs } = gate.options;
  const rule = limits.concurrencyKey;
  if (rule === undefined) return [...runs];
  gate.unlisten ??= flow.onRelease(scope, gate.parking.freed);
  const found = await flow.slots(
    runs.map((run) => ({
      scope,
      key: slotKey(gate.options, run),
      max: rule.max,
      holder: ids.uuid(),
      ttlMs: slotMs,
    })),
  );
  const denied: Run[] = [];
  const granted: Run[] = [];
  runs.forEach((run, index) => {
    const slot = found[index];
    if (slot === undefined) denied.push(run);
    else {
      gate.slots.set(run, slot);
      granted.push(run);
    }
  });
  gate.parking.park(denied, clock.now() + slotRetryMs, true);
  return granted;
}

/** Counts the starts of calls; those over the throttle are parked and give their slots back. */
async function takeStarts(gate: GateState, flow: FlowStore, runs: readonly Run[]): Promise<Run[]> {
  const rule = gate.options.limits.throttle;
  if (rule === undefined || runs.length === 0) return [...runs];
  const byKey = [...Map.groupBy(runs, (run) => takeKey(gate.options, run))];
  const scope = `throttle/${gate.options.scope}`;
  const { max, periodMs } = rule;
  const taken = await flow.take(
    byKey.map(([key, list]) => ({ scope, key, max, periodMs, count: list.length })),
  );
  return byKey.flatMap(([, list], index) => {
    const { granted, retryAtMs } = taken[index] ?? { granted: 0, retryAtMs: 0 };
    const denied = list.slice(granted);
    give(gate, denied);
    gate.parking.park(denied, retryAtMs, false);
    return list.slice(0, granted);
  });
}

/** Gives slots back; if that fails they run out by themselves. */
function give(gate: GateState, runs: readonly Run[]): void {
  const freed = runs.flatMap((run) => gate.slots.get(run) ?? []);
  if (freed.length === 0) return;
  for (const run of runs) gate.slots.delete(run);
  const releasing = gate.options
    .flow()
    .then((flow) => flow.release(freed))
    .catch((error: unknown) => {
      gate.options.log.warn("slots run out by themselves", { error: String(error) });
    });
  gate.releasing = Promise.all([gate.releasing, releasing]).then(() => {});
}

async function flush(gate: GateState): Promise<void> {
  const { options, parking } = gate;
  const runs = gate.batch;
  gate.batch = [];
  let granted: readonly Run[] = [];
  try {
    const flow = await options.flow();
    granted = await takeStarts(gate, flow, await takeSlots(gate, flow, runs));
  } catch (error) {
    options.log.warn("flow control does not answer; messages wait", { error: String(error) });
    const again = runs.filter((run) => !parking.has(run));
    give(gate, again);
    parking.park(again, options.clock.now() + slotRetryMs, false);
  }
  gate.asking -= runs.length;
  for (const run of granted) options.start(run);
  options.wake();
}

function renew(gate: GateState): void {
  if (gate.slots.size === 0) return;
  const held = new Map([...gate.slots].map(([run, slot]) => [slot, run]));
  const { options } = gate;
  options
    .flow()
    .then((flow) => flow.renew([...held.keys()], options.slotMs))
    .then(
      (lost) => {
        for (const slot of lost) {
          const run = held.get(slot);
          if (run !== undefined && gate.slots.get(run) === slot) options.lost(run);
        }
      },
      (error: unknown) => options.log.warn("slots not renewed", { error: String(error) }),
    );
}

/** Makes a gate; the messages of its calls stay leased while they wait. */
export function makeGate(options: GateOptions): Gate {
  const keyOf = (run: Run): string => `${slotKey(options, run)}\u0000${takeKey(options, run)}`;
  const parking = makeParking(options.clock, keyOf, options.wake);
  const gate: GateState = {
    options,
    parking,
    slots: new Map(),
    batch: [],
    asking: 0,
    releasing: Promise.resolve(),
    unlisten: undefined,
  };
  return {
    ask(run) {
      if (parking.join(run)) return;
      gate.asking++;
      gate.batch.push(run);
      if (gate.batch.length === 1) queueMicrotask(() => void flush(gate));
    },
    next: parking.next,
    finish: (run) => give(gate, [run]),
    renew: () => renew(gate),
    drain: parking.drain,
    get asking() {
      return gate.asking;
    },
    close() {
      parking.close();
      gate.unlisten?.();
      return gate.releasing;
    },
  };
}
