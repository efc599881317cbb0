import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { seededRandom } from "../../../core/ids.ts";
import { makeMiner, minePatterns, patternsCommand, restoreMiner } from "./index.ts";
import { groupingScore, labelledLines } from "./labelled.contract.ts";
import type { GroupingScore } from "./labelled.contract.ts";
import { secondSystems } from "./labelled-second.contract.ts";
import { tuningSystems } from "./labelled-tuning.contract.ts";
import { LineScanner } from "./tokens.ts";

const seed = 7;
const masked = (line: string): string => new LineScanner().scan(line).join("");

test.each([
  ["took 18.4 KB in <1 sec", "took <*> in <*>"],
  ["took 3 GB in 00:01", "took <*> in <*>"],
  [
    'lock=12, tag="View Lock", ws=null, ruser= rhost=a',
    'lock=<*>, tag="<*>", ws=<*>, ruser=<*> rhost=<*>',
  ],
  ["[10:51] peers [10.0.0.1:80, 10.0.0.2:80]", "[<*>] peers [<*>]"],
  ["steps 1514038##699##0##12", "steps <*>"],
  ["GET /orders/7?page=2 HTTP/1.1", "GET <*>"],
  ['"POST /v2/ab/x HTTP/1.1" status: 200', '"POST <*>" status: <*>'],
  ["C:\\Windows\\core.dll loaded, see https://a.example/x?y=1", "<*> loaded, see <*>"],
  ["mac 0a:1b:ff:de:ad:be and fe80::1:2 mail a.b@example.com", "mac <*> and <*> mail <*>"],
  ["at Thu Nov 26 10:00:01 UTC 2026 from mail.example.org", "at <*> from <*>"],
  ["visible: true, id 123e4567-e89b-12d3-a456-426614174000.", "visible: <*>, id <*>."],
  ["訂單 8841 付款失敗：餘額不足", "訂單 <*> 付款失敗：餘額不足"],
  [
    "instruction......0 ssh2 IPv4 and/or don't stop...",
    "instruction...<*> ssh2 IPv4 and/or don't stop...",
  ],
  [
    "write failed for 12: java.io.IOException: Broken pipe",
    "write failed for <*>: java.io.IOException: <*>",
  ],
])("masks %s", (line, template) => {
  expect(masked(line)).toBe(template);
});

const seeds = [7, 8, 9];

/** The mean score over systems and seeds, and each for the message. */
function score(
  systems: Readonly<Record<string, string>>,
  group: (lines: readonly string[]) => ArrayLike<number | string>,
): GroupingScore & { readonly each: string } {
  const all = Object.entries(systems).flatMap(([name, system]) =>
    seeds.map((one) => {
      const { lines, labels } = labelledLines(system, 2000, one);
      return { name, ...groupingScore(labels, group(lines)) };
    }),
  );
  const mean = (key: keyof GroupingScore): number =>
    all.reduce((sum, one) => sum + one[key], 0) / all.length;
  return { accuracy: mean("accuracy"), f1: mean("f1"), each: JSON.stringify(all) };
}

const modes = {
  batch: (lines: readonly string[]) => minePatterns(lines).assignment,
  "on line": (lines: readonly string[]) => {
    const miner = makeMiner();
    return lines.map((line) => miner.match(line).id).map((id) => miner.resolve(id));
  },
};

test.each(Object.entries(modes))("%s: groups right with one configuration", (name, group) => {
  for (const systems of [tuningSystems, secondSystems]) {
    const found = score(systems, group);
    expect(found.accuracy, `${name}, seeds ${seeds.join()}: ${found.each}`).toBeGreaterThan(0.94);
    expect(found.f1, `${name}, seeds ${seeds.join()}: ${found.each}`).toBeGreaterThan(0.86);
  }
});

test("counts every line once, whatever merges", () => {
  const { lines } = labelledLines(tuningSystems["web"] as string, 3000, seed);
  const miner = makeMiner();
  for (const line of lines) miner.match(line);
  const patterns = miner.patterns();
  expect(patterns.reduce((sum, { count }) => sum + count, 0)).toBe(lines.length);
  expect(miner.lines).toBe(lines.length);
  for (const { aliases, id } of patterns) {
    for (const alias of aliases) expect(miner.resolve(alias)).toBe(id);
  }
});

test("an id stays, and its version grows, when its template becomes more general", () => {
  const miner = makeMiner();
  const first = miner.match("session of alice opened from 10.0.0.1");
  expect(first).toMatchObject({ version: 1, template: "session of alice opened from <*>" });
  const names = ["bob", "carol", "dave", "erin", "frank", "grace", "heidi", "ivan", "judy", "ken"];
  for (const name of names) miner.match(`session of ${name} opened from 10.0.0.2`);
  const later = miner.match("session of mallory opened from 10.0.0.3");
  expect(later.template).toBe("session of <*> opened from <*>");
  expect(later.id).toBe(first.id);
  expect(later.version).toBeGreaterThan(1);
  expect(later.parameters()).toEqual(["mallory", "10.0.0.3"]);
});

test("only what comes after the warm-up is new, and once", () => {
  const miner = makeMiner();
  const { lines } = labelledLines(tuningSystems["shell"] as string, 6000, seed);
  const early = lines
    .map((line, at) => (miner.match(line).isNew ? at : -1))
    .filter((at) => at >= 0);
  expect(early.filter((at) => at < 1000)).toEqual([]);
  expect(early.length).toBeLessThan(3);
  expect(miner.match("kernel panic: attempted to kill init").isNew).toBe(true);
  expect(miner.match("kernel panic: attempted to kill init").isNew).toBe(false);
  expect(miner.match("Failed password for zoe from 10.0.0.9 port 22 ssh2").isNew).toBe(false);
});

test("a restored miner goes on with the same ids", () => {
  const { lines } = labelledLines(tuningSystems["web"] as string, 3000, seed);
  const miner = makeMiner();
  for (const line of lines.slice(0, 2000)) miner.match(line);
  const restored = restoreMiner(miner.snapshot());
  for (const line of lines.slice(2000)) {
    expect(restored.match(line).id).toBe(miner.match(line).id);
  }
  expect(restored.patterns()).toEqual(miner.patterns());
  expect(restoreMiner('{"version":99}').patterns()).toEqual([]);
});

test("memory has a bound against lines that have nothing in common", () => {
  const random = seededRandom(seed);
  const word = (): string =>
    Array.from({ length: 8 }, () => String.fromCharCode(97 + Math.floor(random.next() * 26))).join(
      "",
    );
  const miner = makeMiner({ patternsMax: 200, shapesMax: 400 });
  for (let at = 0; at < 3000; at++) {
    miner.match(Array.from({ length: 3 + (at % 9) }, word).join(" "));
  }
  expect(miner.patterns().length).toBeLessThanOrEqual(200);
  expect(miner.snapshot().length).toBeLessThan(1_000_000);
});

test("odd lines are lines too", () => {
  const miner = makeMiner();
  const odd = [
    "",
    " ",
    "=",
    '"',
    "'''",
    "\u0000\u0001",
    "::::",
    "<".repeat(5000),
    "é".repeat(9000),
    "1".repeat(9000),
    "a ".repeat(9000),
    "\ud83d\ude00 ok",
    "k=",
    "[[[[",
    "\n\n",
  ];
  for (const line of odd) expect(miner.match(line).id).toMatch(/^[0-9a-f]{16}$/);
  expect(minePatterns([]).patterns).toEqual([]);
  expect([...minePatterns(odd).assignment].every((index) => index >= 0)).toBe(true);
});

async function run(options: Record<string, string | boolean>, content: string): Promise<string[]> {
  const file = join(mkdtempSync(join(tmpdir(), "patterns-")), "a.log");
  writeFileSync(file, content);
  const out: string[] = [];
  const code = await patternsCommand.run({
    args: { file },
    options,
    api: { request: () => Promise.reject(new Error("no platform is needed")) },
    out: (line) => out.push(line),
    wait: () => Promise.resolve(),
  });
  expect(code).toBe(0);
  return out;
}

test("the command reads a raw file", async () => {
  const content = Array.from(
    { length: 20 },
    (_, at) =>
      `2026-05-01 10:00:${10 + at},123 INFO shop.Cart: item ${at} ` +
      `${at % 4 ? "added" : "removed"}\n`,
  ).join("");
  const [json = ""] = await run({ json: true }, content);
  const found = JSON.parse(json) as { lines: number; patterns: unknown[]; assignment: number[] };
  expect(found.lines).toBe(20);
  expect(found.patterns).toMatchObject([
    { template: "item <*> added", count: 15, share: 0.75, example: "item 1 added", firstLine: 1 },
    { template: "item <*> removed", count: 5, share: 0.25, firstLine: 0 },
  ]);
  expect(found.assignment.slice(0, 5)).toEqual([1, 0, 0, 0, 1]);
  const [first = ""] = await run({ header: "none" }, content);
  expect(first).toContain("15  75.0%  <*> INFO shop.Cart: item <*> added");
  await expect(run({ header: "some" }, content)).rejects.toThrow("--header is some");
});
