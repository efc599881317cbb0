import type { Store } from "../../../../core/store.ts";

/** Numbers of messages: each greater than all before it, also across restarts. */
export interface Sequence {
  next(): number;
  /** Resolves when many are at hand; undefined when they are already. */
  ready(): Promise<void> | undefined;
}

/** Numbers reserved with one write; what a crash leaves unused is skipped. */
const blockSize = 2 ** 20;
/** Below this many, the next block is reserved. */
const low = blockSize / 2;
/** More than any one write takes. */
const enough = blockSize / 16;

/** Opens the numbers of a store. */
export async function openSequence(store: Store): Promise<Sequence> {
  let next = 0;
  let end = 0;
  let reserving: Promise<void> | undefined;
  const reserve = async (): Promise<void> => {
    const sql = `update queue_counter set next_seq = next_seq + ${blockSize} returning next_seq`;
    const [result] = await store.write({ statements: [{ sql }] });
    end = Number(result?.rows[0]?.["next_seq"]);
    if (next === 0) next = end - blockSize;
  };
  const more = (): Promise<void> =>
    (reserving ??= reserve().finally(() => {
      reserving = undefined;
    }));
  await more();
  return {
    next() {
      // One that cannot be reserved now is reported to whoever waits in `ready`.
      if (end - next === low) more().catch(() => {});
      return next++;
    },
    ready: () => (end - next < enough ? more() : undefined),
  };
}
