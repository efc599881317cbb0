import { parseTraceparent } from "../../core/context.ts";
import type { FindHit } from "../../core/host.ts";
import type { PeekedMessage } from "./driver.ts";
import { envelopeOf } from "./message.ts";
import type { QueueRuntime } from "./runtime.ts";

const hitsMax = 20;
const titleMax = 200;
/** A search through queues ends by itself after this, milliseconds. */
const searchMs = 1_500;
const messageForm = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const traceForm = /^[0-9a-f]{32}$/;

function hitOf(queue: string, { id, body, sentAtMs }: PeekedMessage): FindHit {
  const title = body.slice(0, titleMax);
  return { kind: "message", id, title, resource: `queue/${queue}`, atMs: sentAtMs };
}

function isOfTrace(message: PeekedMessage, traceId: string): boolean {
  return parseTraceparent(envelopeOf(message)?.traceparent)?.traceId === traceId;
}

/** The message of an id, in whichever queue it is now. */
async function findMessage(runtime: QueueRuntime, id: string): Promise<FindHit[]> {
  const { driver } = runtime;
  const looks = runtime.list().map(async ({ spec: { name } }) => {
    const { messages } = await driver.peek(name, { limit: 1, id });
    return messages.map((message) => hitOf(name, message));
  });
  return (await Promise.all(looks)).flat().slice(0, hitsMax);
}

/**
 * Messages of a trace: the next few thousand of each queue are looked at, one queue after another.
 */
async function findTrace(runtime: QueueRuntime, traceId: string): Promise<FindHit[]> {
  const { driver } = runtime;
  const { clock } = runtime.queueing;
  const untilMs = clock.monotonic() + searchMs;
  const hits: FindHit[] = [];
  for (const { spec } of runtime.list()) {
    if (hits.length >= hitsMax || clock.monotonic() >= untilMs) break;
    const { messages } = await driver.peek(spec.name, { limit: hitsMax, contains: traceId });
    const carrying = messages.filter((message) => isOfTrace(message, traceId));
    hits.push(...carrying.map((message) => hitOf(spec.name, message)));
  }
  return hits.slice(0, hitsMax);
}

/** Messages that an identifier names: by their id, or by their trace. */
export async function findInQueues(runtime: QueueRuntime, id: string): Promise<readonly FindHit[]> {
  if (!runtime.driver.features.peek) return [];
  if (messageForm.test(id)) return findMessage(runtime, id);
  return traceForm.test(id) ? findTrace(runtime, id) : [];
}
