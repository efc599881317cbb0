import { execFileSync, spawn } from "node:child_process";
import type { ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, expect, test } from "vitest";
import { systemClock } from "../../core/clock.ts";
import { seededRandom } from "../../core/ids.ts";
import type { Store } from "../../core/store.ts";
import { restoreSqlite } from "./restore.ts";
import { openSqlite } from "./store.ts";

const folder = mkdtempSync(join(tmpdir(), "morning-faults-"));
const children = new Set<Child>();
afterEach(() => {
  for (const child of children) child.kill("SIGKILL");
  children.clear();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Child = ChildProcessByStdio<Writable, Readable, null>;

function startChild(path: string, mode: string, limit: readonly string[] = []): Child {
  const script = fileURLToPath(new URL("faults.child.ts", import.meta.url));
  const [command, ...rest] = [...limit, process.execPath, script, path, mode];
  const child = spawn(command, rest, { stdio: ["pipe", "pipe", "inherit"] });
  children.add(child);
  return child;
}

/** The child's lines, one by one. */
function linesOf(child: Child): AsyncIterator<string> {
  return createInterface({ input: child.stdout })[Symbol.asyncIterator]();
}

async function nextLine(lines: AsyncIterator<string>): Promise<string> {
  return String((await lines.next()).value);
}

let files = 0;
const freshPath = (): string => join(folder, `${files++}`, "state.db");
const open = (path: string): Promise<Store & { backup(path: string): Promise<void> }> =>
  openSqlite({ path, clock: systemClock });

const codeOf = (error: unknown): string => String((error as { code?: unknown }).code);

/**
 * Runs the child until it printed `count` acknowledged writes, kills it, and returns what it
 * printed.
 */
async function killAfter(path: string, count: number): Promise<number[]> {
  const child = startChild(path, "kill");
  const kept: number[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    const [word, id] = line.split(" ");
    if (word !== "kept") continue;
    kept.push(Number(id));
    if (kept.length === count) child.kill("SIGKILL");
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  expect(child.signalCode).toBe("SIGKILL");
  return kept;
}

const kills = process.env["MORNING_SIZE"] === "soak" ? 200 : 20;

test(
  `no acknowledged write is lost by kill -9, and none is half there (${kills} kills)`,
  {
    timeout: kills * 5000,
  },
  async () => {
    const seed = Number(process.env["MORNING_SEED"] ?? process.pid);
    process.stdout.write(`kill -9 of a writer: ${kills} kills, seed ${seed}\n`);
    const random = seededRandom(seed);
    const path = freshPath();
    const everKept = new Set<number>();
    for (let round = 0; round < kills; round++) {
      const kept = await killAfter(path, 1 + Math.floor(random.next() ** 2 * 2000));
      for (const id of kept) everKept.add(id);
    }
    expect(everKept.size).toBeGreaterThan(kills);
    const store = await open(path);
    const halves = await store.read(
      "select count(*) as n from (select id from pairs group by id having sum(half) <> 3)",
    );
    expect(halves).toEqual([{ n: 0 }]);
    const [found] = await store.read("select json_group_array(distinct id) as ids from pairs");
    const present = new Set(JSON.parse(String(found?.["ids"])) as number[]);
    expect([...everKept].filter((id) => !present.has(id))).toEqual([]);
    await store.close();
  },
);

test("a second owner is refused with the first's pid, a killed one blocks nobody", async () => {
  const path = freshPath();
  const child = startChild(path, "steady");
  expect(await nextLine(linesOf(child))).toBe(`owner ${child.pid}`);
  await expect(open(path)).rejects.toMatchObject({
    code: "MOR_STATE_OWNED",
    message: expect.stringContaining(`process ${child.pid}`),
    details: { pid: child.pid },
  });
  child.kill("SIGKILL");
  await once(child, "exit");
  const store = await open(path);
  await expect(open(path)).rejects.toMatchObject({
    code: "MOR_STATE_OWNED",
    details: { pid: process.pid },
  });
  await store.close();
  await (await open(path)).close();
});

const blob = new Uint8Array(100_000);

/**
 * Writes blobs until the disk is full; returns the ids that were kept and the codes of those that
 * were not.
 */
async function fill(store: Store, from: number): Promise<{ kept: number[]; codes: Set<string> }> {
  const kept: number[] = [];
  const codes = new Set<string>();
  for (let id = from; id < from + 200; id++) {
    const sql = "insert into blobs values (?, ?)";
    await store.write({ statements: [{ sql, params: [id, blob] }] }).then(
      () => kept.push(id),
      (error: unknown) => codes.add(codeOf(error)),
    );
  }
  return { kept, codes };
}

async function blobIds(store: Store): Promise<unknown[]> {
  return (await store.read("select id from blobs order by id")).map((row) => row["id"]);
}

/** A file system of 4 MiB, where this process may mount one. */
function smallDisk(): string | undefined {
  const path = join(folder, "small");
  mkdirSync(path);
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=4m", "tmpfs", path], { stdio: "ignore" });
    return path;
  } catch {
    return undefined;
  }
}

const disk = smallDisk();
afterAll(() => {
  if (disk) execFileSync("umount", ["-l", disk]);
});

test("a full disk is MOR_STATE_FULL to the lost writes, and freed space mends it", async () => {
  // Without the right to mount, SQLite's own page limit stands in for the disk's.
  const store = await open(disk ? join(disk, "state.db") : freshPath());
  const ballast = join(disk ?? folder, "ballast");
  writeFileSync(ballast, new Uint8Array(2 ** 20));
  await store.write({ statements: [{ sql: "create table blobs (id integer, bytes blob)" }] });
  if (!disk) await store.write({ statements: [{ sql: "pragma max_page_count = 500" }] });
  const first = await fill(store, 0);
  expect([...first.codes]).toEqual(["MOR_STATE_FULL"]);
  expect(first.kept.length).toBeGreaterThan(5);
  expect(await blobIds(store)).toEqual(first.kept);
  rmSync(ballast);
  if (!disk) await store.write({ statements: [{ sql: "pragma max_page_count = 750" }] });
  const second = await fill(store, 1000);
  expect(second.kept.length).toBeGreaterThan(2);
  expect(await blobIds(store)).toEqual([...first.kept, ...second.kept]);
  await store.close();
});

test("when a write fills the disk, each of its group hears what became of it", async () => {
  const store = await open(freshPath());
  const sql = "insert into blobs values (?, ?)";
  await store.write({ statements: [{ sql: "create table blobs (id integer, bytes blob)" }] });
  await store.write({ statements: [{ sql: "pragma max_page_count = 50" }] });
  const sizes = [10, 1_000_000, 10];
  const settled = await Promise.allSettled(
    sizes.map((size, id) =>
      store.write({ statements: [{ sql, params: [id, new Uint8Array(size)] }] }),
    ),
  );
  // SQLite rolls the whole transaction back here: then none of the group is kept, and all are told.
  const kept = settled.flatMap((one, id) => (one.status === "fulfilled" ? [id] : []));
  const codes = settled.flatMap((one) => (one.status === "rejected" ? [codeOf(one.reason)] : []));
  expect(settled[1]?.status).toBe("rejected");
  expect([...new Set(codes)]).toEqual(["MOR_STATE_FULL"]);
  expect(await blobIds(store)).toEqual(kept);
  await store.write({ statements: [{ sql, params: [9, new Uint8Array(10)] }] });
  expect(await blobIds(store)).toEqual([...kept, 9]);
  await store.close();
});

test("an I/O error is MOR_STATE_IO to the lost writes, and the store works on", async () => {
  const path = freshPath();
  const child = startChild(path, "steady", ["prlimit", "--fsize=400000:unlimited"]);
  const lines = linesOf(child);
  await nextLine(lines);
  const outcomes: string[] = [];
  const writeOne = async (): Promise<string> => {
    child.stdin.write("write\n");
    const line = await nextLine(lines);
    outcomes.push(line);
    return line;
  };
  while (!(await writeOne()).startsWith("lost")) expect(outcomes.length).toBeLessThan(100);
  expect(outcomes.at(-1)).toMatch(/MOR_STATE_IO$/);
  expect(outcomes.length).toBeGreaterThan(2);
  execFileSync("prlimit", ["--pid", String(child.pid), "--fsize=unlimited:"]);
  expect(await writeOne()).toMatch(/^kept/);
  child.stdin.write("close\n");
  await once(child, "exit");
  const store = await open(path);
  const kept = outcomes.filter((line) => line.startsWith("kept")).map((line) => +line.slice(5));
  const found = await store.read(
    "select id from pairs group by id having sum(half) = 3 order by id",
  );
  expect(found.map((row) => row["id"])).toEqual(kept);
  await store.close();
});

test("a backup of a store that is being written to is consistent, and restores", async () => {
  const path = freshPath();
  const to = join(folder, "backup.db");
  const store = await open(path);
  await store.write({ statements: [{ sql: "create table pairs (id integer, half integer)" }] });
  let writing = true;
  const lane = async (first: number): Promise<void> => {
    for (let id = first; writing; id += 10) {
      const sql = "insert into pairs values (?, ?)";
      await store.write({ statements: [1, 2].map((half) => ({ sql, params: [id, half] })) });
    }
  };
  const lanes = Promise.all(Array.from({ length: 10 }, (_, index) => lane(index)));
  await store.write({ statements: [{ sql: "insert into pairs values (-1, 1), (-1, 2)" }] });
  await store.backup(to);
  writing = false;
  await lanes;
  await expect(store.backup(to)).rejects.toMatchObject({ code: "MOR_CONFLICT" });
  expect(() => restoreSqlite({ from: to, to: path })).toThrow(/owns it/);
  await store.close();
  restoreSqlite({ from: to, to: path });
  const restored = await open(path);
  const broken = "select id from pairs group by id having count(*) <> 2 or sum(half) <> 3";
  expect(await restored.read(broken)).toEqual([]);
  expect(await restored.read("select id from pairs where id = -1")).toHaveLength(2);
  await restored.close();
});

test("a damaged file or backup is refused by name and nothing is touched", async () => {
  const path = freshPath();
  const store = await open(path);
  await store.write({ statements: [{ sql: "create table t (id integer)" }] });
  await store.close();
  const damaged = join(folder, "damaged.db");
  writeFileSync(damaged, readFileSync(path).fill(7, 30));
  const before = readFileSync(path);
  const attempt = (from: string) => (): void => restoreSqlite({ from, to: path });
  expect(attempt(damaged)).toThrow(expect.objectContaining({ code: "MOR_STATE_CORRUPT" }));
  expect(attempt("/nowhere.db")).toThrow(expect.objectContaining({ code: "MOR_NOT_FOUND" }));
  expect(readFileSync(path).equals(before)).toBe(true);
  const text = join(folder, "text.db");
  writeFileSync(text, "this is no database, but long enough to be read as one".repeat(100));
  await expect(open(text)).rejects.toMatchObject({ code: "MOR_STATE_CORRUPT" });
});

test("a data folder that cannot be made is named", async () => {
  const file = join(folder, "a-file");
  writeFileSync(file, "");
  await expect(open(join(file, "state.db"))).rejects.toMatchObject({
    code: "MOR_STATE_IO",
    fix: expect.stringContaining("folder"),
  });
});

test("a long read cut off by closing hears so, and so does one too many", async () => {
  const store = await openSqlite({ path: freshPath(), clock: systemClock });
  const sql = `with recursive n(i) as (select 1 union all select i + 1 from n where i < 3000000)
    select count(*) from n`;
  const codes = Promise.all(
    Array.from({ length: 101 }, () => store.readLong(sql).then(() => "read", codeOf)),
  );
  await store.close();
  expect([...new Set(await codes)].toSorted()).toEqual(["MOR_OVERLOADED", "MOR_STOPPING"]);
});
