/** A row with its version, as a table gives it. */
interface Versioned<Row> {
  readonly row: Row;
  readonly version: number;
}

/** Rows that this process wrote last, so that it need not read them again. */
export interface Remembered<Row> {
  readonly read: (
    keys: readonly string[],
  ) => Promise<ReadonlyMap<string, Versioned<Row> | undefined>>;
  /**
   * Keeps what `writing` commits, each row with the version that it replaces; forgets it all when
   * that fails, for then somebody else wrote.
   */
  readonly keep: (written: readonly Versioned<Row>[], writing: Promise<void>) => Promise<void>;
}

const rowsMax = 5_000;

/**
 * A memory in front of a table. It may be out of date: who writes states the version that it has
 * seen, and a write that fails for it reads anew.
 */
export function remembered<Row>(
  find: (key: string) => Promise<Versioned<Row> | undefined>,
  keyOf: (row: Row) => string,
): Remembered<Row> {
  const rows = new Map<string, Versioned<Row>>();
  return {
    async read(keys) {
      const found = [...new Set(keys)].map(
        async (key) => [key, rows.get(key) ?? (await find(key))] as const,
      );
      return new Map(await Promise.all(found));
    },
    async keep(written, writing) {
      try {
        await writing;
      } catch (error) {
        for (const { row } of written) rows.delete(keyOf(row));
        throw error;
      }
      if (rows.size > rowsMax) rows.clear();
      for (const { row, version } of written) rows.set(keyOf(row), { row, version: version + 1 });
    },
  };
}

/** Values that were looked up less than `keptMs` ago. */
export function recent<Value>(
  keptMs: number,
  find: (keys: readonly string[]) => Promise<readonly Value[]>,
): { readonly of: (keys: readonly string[]) => Promise<Value[]> } {
  let values = new Map<string, Value>();
  let sinceMs = 0;
  return {
    async of(keys) {
      const nowMs = performance.now();
      if (nowMs - sinceMs > keptMs) {
        values = new Map();
        sinceMs = nowMs;
      }
      const held = values;
      // What is not there is looked up each time: it may just have come.
      const missing = keys.filter((key) => (held.get(key) ?? null) === null);
      if (missing.length > 0) {
        const found = await find(missing);
        for (const [index, value] of found.entries()) held.set(missing[index] ?? "", value);
      }
      return keys.map((key) => held.get(key) as Value);
    },
  };
}
