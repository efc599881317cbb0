/** A process that appends numbered batches and prints what was acknowledged, to be killed. */
import { systemClock } from "../../../core/clock.ts";
import { openWal, recoverWal } from "./wal.ts";
import { print } from "../../../testing/print.ts";

const [folder = "", lanes = "20"] = process.argv.slice(2);

let nextId = 1;
await recoverWal(folder, 0, async (batch) => {
  nextId = Math.max(nextId, new DataView(batch.buffer, batch.byteOffset).getUint32(0, true) + 1);
});
const options = { folder, sealed: 0, clock: systemClock, waitingBytesMax: 2 ** 24 };
const wal = await openWal({ ...options, onCommit: () => {} });

async function lane(): Promise<void> {
  for (;;) {
    const id = nextId++;
    // Of the id's own bytes throughout, so that a torn batch would show.
    const batch = new Uint8Array(8 + (id % 5000)).fill(id % 256);
    new DataView(batch.buffer).setUint32(0, id, true);
    try {
      await wal.append(batch);
      print(`kept ${id}`);
    } catch (error) {
      print(`lost ${id} ${String((error as { code?: unknown }).code)}`);
      if (lanes === "1") break;
    }
    if (id % 97 === 0) await wal.rotate(() => {});
  }
}

await Promise.all(Array.from({ length: Number(lanes) }, lane));
