/** SQS's bounds of one batch: entries, and bytes of all messages together. */
const entriesMax = 10;
const bytesMax = 1024 * 1024;

/** Calls one item at a time becomes calls of batches: what comes within a tick travels together. */
export type Batcher<Item, Result> = (item: Item) => Promise<Result>;

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Makes a batcher.
 * @param run sends one batch; its results in the order of the items, an Error for one that failed
 * alone
 * @param ordered one batch after the other, in the order of the calls
 */
export function makeBatcher<Item, Result>(
  run: (items: readonly Item[]) => Promise<readonly (Result | Error)[]>,
  ordered: boolean,
  sizeOf: (item: Item) => number = () => 0,
): Batcher<Item, Result> {
  let waiting: Waiting<Item, Result>[] = [];
  let scheduled = false;
  let last: Promise<void> = Promise.resolve();

  const take = (): Waiting<Item, Result>[] => {
    let bytes = 0;
    let count = 0;
    for (const { item } of waiting.slice(0, entriesMax)) {
      bytes += sizeOf(item);
      if (count > 0 && bytes > bytesMax) break;
      count++;
    }
    const batch = waiting.slice(0, count);
    waiting = waiting.slice(count);
    return batch;
  };
  const send = async (batch: readonly Waiting<Item, Result>[]): Promise<void> => {
    try {
      const results = await run(batch.map(({ item }) => item));
      batch.forEach(({ resolve, reject }, index) => {
        const result = results[index];
        if (result instanceof Error) reject(result);
        else resolve(result as Result);
      });
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  };
  const flush = (): void => {
    scheduled = false;
    while (waiting.length > 0) {
      const batch = take();
      if (ordered) last = last.then(() => send(batch));
      else void send(batch);
    }
  };
  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (scheduled) return;
      scheduled = true;
      setImmediate(flush);
    });
}
