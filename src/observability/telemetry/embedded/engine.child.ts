/** A process that fills an engine, seals and merges all the time, and prints what was kept. */
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { systemClock } from "../../../core/clock.ts";
import { openSqlite } from "../../../engines/sqlite/store.ts";
import { openEngine } from "./engine.ts";
import { batchOf, engineOptions, lineOf } from "./rig.contract.ts";
import { print } from "../../../testing/print.ts";

const [folder = "", first = "0"] = process.argv.slice(2);

const store = await openSqlite({ path: join(folder, "state.db"), clock: systemClock });
const limits = { sealRows: 150, flushMs: 3, merge: { rowsMax: 3000, fanIn: 3 } };
const options = engineOptions(join(folder, "telemetry"), store, systemClock, { limits });
const engine = await openEngine(options);
print("open");

let next = Number(first);
const startNs = BigInt(systemClock.now()) * 1_000_000n;

async function lane(): Promise<void> {
  for (;;) {
    const from = next;
    const size = 1 + (from % 19);
    next += size;
    const records = Array.from({ length: size }, (_, i) => lineOf(from + i, startNs));
    await engine.write(batchOf(records));
    print(`kept ${from} ${size}`);
  }
}

async function maintain(): Promise<void> {
  for (;;) {
    await engine.maintain();
    await setImmediate();
  }
}

await Promise.all([lane(), lane(), lane(), maintain()]);
