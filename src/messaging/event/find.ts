import { MorningError } from "../../core/errors.ts";
import type { FindHit } from "../../core/host.ts";
import type { LoggedEvent } from "./driver.ts";
import { openDetail } from "./envelope.ts";
import type { EventRuntime } from "./runtime.ts";

const hitsMax = 20;
const titleMax = 200;
const traceForm = /^[0-9a-f]{32}$/;

function hitOf({ envelope, publishedAtMs }: LoggedEvent): FindHit {
  const { id, "detail-type": type, source } = envelope;
  const data = JSON.stringify(openDetail(envelope.detail).data);
  const title = `${type} from ${source}: ${data}`.slice(0, titleMax);
  return { kind: "event", id, title, resource: `event/${type}`, atMs: publishedAtMs };
}

/** Events that an identifier names: by their id, or by their trace in the newest 10,000. */
export async function findInLog({ driver }: EventRuntime, id: string): Promise<readonly FindHit[]> {
  if (!driver.features.log) return [];
  if (traceForm.test(id)) {
    const { events } = await driver.log({ limit: hitsMax, traceId: id });
    return events.map(hitOf);
  }
  try {
    return [hitOf(await driver.event(id))];
  } catch (error) {
    if (MorningError.is(error, "MOR_NOT_FOUND")) return [];
    throw error;
  }
}
