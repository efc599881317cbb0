import { mkdir, open } from "node:fs/promises";
import { join } from "node:path";
import type { Signal } from "../../signals/records.ts";
import type { TableName } from "../../signals/tables.ts";
import type { MadeFile } from "./memory.ts";
import { IndexBuilder } from "./segment-index.ts";
import type { FreshFile } from "./segment.ts";

/** What came in between two seals: the batches of some files of the log. */
export class Generation {
  readonly folder: string;
  /** Fresh files that are written. */
  readonly fresh: FreshFile[] = [];
  readonly origins: string[] = [];
  readonly #indexes = new Map<Signal, IndexBuilder>();
  /** Instant of its first batch, milliseconds; undefined while it has none. */
  firstAtMs: number | undefined;
  /** Rows and bytes that came in. */
  rows = 0;
  bytes = 0;
  #files = 0;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** Gathers what the index of a signal is made of. */
  index(signal: Signal): IndexBuilder {
    let index = this.#indexes.get(signal);
    if (index === undefined) {
      index = new IndexBuilder();
      this.#indexes.set(signal, index);
    }
    return index;
  }

  /** Writes files that were made of memory; they are listed when all are written. */
  async write(files: ReadonlyMap<TableName, MadeFile>): Promise<void> {
    const number = this.#files++;
    await mkdir(this.folder, { recursive: true });
    const listed: (() => void)[] = [];
    for (const [table, made] of files) {
      const path = join(this.folder, `${table}-${number}.parquet`);
      await writeParts(path, made.parts);
      if (table === "origins") listed.push(() => this.origins.push(path));
      else listed.push(() => this.fresh.push({ ...made.facts, signal: table, path }));
    }
    for (const list of listed) list();
  }
}

/** Writes a file that the log can make again: it is not synced. */
async function writeParts(path: string, parts: readonly Uint8Array[]): Promise<void> {
  const file = await open(path, "w");
  try {
    let rest: readonly Uint8Array[] = parts;
    while (rest.length > 0) {
      const some = rest.slice(0, 1000);
      const wanted = some.reduce((sum, part) => sum + part.length, 0);
      const { bytesWritten } = await file.writev([...some]);
      if (bytesWritten < wanted) throw Object.assign(new Error("cut short"), { code: "ENOSPC" });
      rest = rest.slice(some.length);
    }
  } finally {
    await file.close();
  }
}
