import { coreErrors } from "../../core/errors.ts";
import type { DispatchContext } from "./dispatch.ts";
import { singletonScope } from "./flow-send.ts";
import type { Slot } from "./flow-store.ts";
import { envelopeOf } from "./message.ts";

/** Ids that one call takes back at most. */
const cancelMax = 1000;

/** The singleton slots that messages hold, as far as the engine can tell. */
async function slotsOf(
  { driver }: DispatchContext,
  queue: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Slot>> {
  const slots = new Map<string, Slot>();
  if (!driver.features.peek) return slots;
  const pages = await Promise.all(ids.map((id) => driver.peek(queue, { id, limit: 1 })));
  for (const message of pages.flatMap((page) => page.messages)) {
    const singleton = envelopeOf(message)?.singleton;
    if (singleton === undefined) continue;
    const { key, token: holder } = singleton;
    slots.set(message.id, { scope: singletonScope(queue), key, holder, slot: 0 });
  }
  return slots;
}

/**
 * Takes messages back and frees their singleton keys.
 * @throws MOR_UNSUPPORTED without `cancel`
 */
export async function takeBack(
  context: DispatchContext,
  queue: string,
  ids: readonly string[],
): Promise<readonly string[]> {
  if (!context.driver.features.cancel) {
    throw coreErrors.MOR_UNSUPPORTED(`queue ${queue}: the driver cannot take messages back`);
  }
  if (ids.length > cancelMax) {
    throw coreErrors.MOR_INVALID(`queue ${queue}: ${ids.length} ids; ${cancelMax} at most`);
  }
  const slots = await slotsOf(context, queue, ids);
  const taken = await context.driver.cancel(queue, ids);
  const freed = taken.flatMap((id) => slots.get(id) ?? []);
  if (freed.length > 0) await (await context.flow()).release(freed);
  return taken;
}
