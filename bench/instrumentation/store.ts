import { closeSync, fdatasync, openSync, write } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

/** What batches are stored in. */
export interface BenchStore {
  write(batch: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

const writeTo = promisify(write);
const sync = promisify(fdatasync);

/** Appends batches to a file, durably. */
export async function openStore(folder: string): Promise<BenchStore> {
  const file = openSync(join(folder, "batches"), "a");
  return {
    async write(batch) {
      await writeTo(file, batch);
      await sync(file);
    },
    async close() {
      closeSync(file);
    },
  };
}
