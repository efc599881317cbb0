/**
 * A process that writes pairs of rows and prints what was acknowledged: the fault tests kill and
 * starve it.
 */
import { systemClock } from "../../core/clock.ts";
import { openSqlite } from "./store.ts";
import { print } from "../../testing/print.ts";

const [path = "", mode = "kill"] = process.argv.slice(2);
const lanes = 20;

const store = await openSqlite({ path, clock: systemClock });
await store.write({
  statements: [
    { sql: "create table if not exists pairs (id integer, half integer, filler text)" },
    { sql: "create index if not exists pairs_id on pairs (id)" },
  ],
});
const [last] = await store.read("select max(id) as id from pairs");
let nextId = Number(last?.["id"] ?? 0) + 1;

async function writePair(filler: string): Promise<void> {
  const id = nextId++;
  const sql = "insert into pairs (id, half, filler) values (?, ?, ?)";
  try {
    await store.write({
      statements: [
        { sql, params: [id, 1, filler] },
        { sql, params: [id, 2, filler] },
      ],
    });
    print(`kept ${id}`);
  } catch (error) {
    print(`lost ${id} ${String((error as { code?: unknown }).code)}`);
    if (mode === "kill") throw error;
  }
}

async function lane(): Promise<void> {
  for (;;) await writePair("x".repeat(200));
}

print(`owner ${process.pid}`);
if (mode === "kill") await Promise.all(Array.from({ length: lanes }, lane));
process.stdin.on("data", (chunk: Buffer) => {
  for (const command of chunk.toString().trim().split("\n")) {
    if (command === "write") void writePair("x".repeat(20_000));
    if (command === "close") void store.close().then(() => process.exit(0));
  }
});
