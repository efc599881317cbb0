import { setImmediate } from "node:timers/promises";
import { makeIds, seededRandom } from "../../core/ids.ts";
import type { JsonObject } from "./values.ts";
import { runExecution } from "./execution.ts";
import type { ExecutionResult } from "./execution.ts";
import { localTasks } from "./handlers.ts";
import type { Handlers } from "./handlers.ts";
import type { HistoryEvent } from "./history.ts";
import type { AslHost, ObjectStore } from "./host.ts";
import type { Identity } from "./run.ts";
import { simulatedTime } from "./simulated-time.ts";
import type { SimulatedTime } from "./simulated-time.ts";
import { parseDefinition } from "./validate/machine.ts";

/** An execution to simulate. */
export interface Simulation {
  /** The definition: JSON text or the parsed document. */
  readonly definition: string | JsonObject;
  /** JSON text; an empty object if left out. */
  readonly input?: string;
  readonly handlers?: Handlers;
  readonly objects?: ObjectStore;
  readonly identity?: Partial<Identity>;
  /** When simulated time begins, milliseconds since the epoch; now if left out. */
  readonly startMs?: number;
  /** What chance is drawn from; 1 if left out. */
  readonly seed?: number;
  /** Stops the execution after so much simulated time, as StopExecution does. */
  readonly stopAfterMs?: number;
  readonly onEvent?: (event: HistoryEvent) => void;
}

/** A store whose work is real: time stands still until it has answered. */
function timed(objects: ObjectStore, time: SimulatedTime): ObjectStore {
  return {
    get: (bucket, key) => time.work(() => objects.get(bucket, key)),
    list: (bucket, prefix) => time.work(() => objects.list(bucket, prefix)),
    put: (bucket, key, body) => time.work(() => objects.put(bucket, key, body)),
  };
}

const noHandlers: Handlers = { find: () => undefined };

/**
 * Runs a state machine here and now: waits, timeouts and retries take no real time, tasks are done
 * by local handlers, and the same seed and start give the same history.
 * @throws MOR_ASL_DEFINITION_INVALID, MOR_ASL_DEFINITION_TOO_LARGE, MOR_ASL_INPUT_INVALID
 * @example
 * const { status, output } = await simulateExecution({ definition, input: '{"orderId":"o-1"}' });
 */
export async function simulateExecution(simulation: Simulation): Promise<ExecutionResult> {
  const { definition, handlers = noHandlers, startMs = Date.now(), seed = 1 } = simulation;
  const machine = parseDefinition(definition);
  const time = simulatedTime(startMs);
  const random = seededRandom(seed);
  const ids = makeIds(
    { now: () => time.nowMs(), monotonic: () => time.nowMs(), after: () => () => {} },
    random,
  );
  const uuid = (): string => ids.uuid();
  const host: AslHost = {
    nowMs: () => time.nowMs(),
    waitUntil: (atMs, signal) => time.waitUntil(atMs, signal),
    task: localTasks(handlers, time, uuid),
    random: () => random.next(),
    breathe: () => time.work(() => setImmediate()),
    uuid,
    ...(simulation.objects === undefined ? {} : { objects: timed(simulation.objects, time) }),
  };
  const stop = new AbortController();
  if (simulation.stopAfterMs !== undefined) {
    void time.waitUntil(startMs + simulation.stopAfterMs).then(() => stop.abort({}));
  }
  return time.drive(
    runExecution({
      machine,
      host,
      signal: stop.signal,
      ...(simulation.input === undefined ? {} : { input: simulation.input }),
      ...(simulation.identity === undefined ? {} : { identity: simulation.identity }),
      ...(simulation.onEvent === undefined ? {} : { onEvent: simulation.onEvent }),
    }),
  );
}
