import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { countFile } from "./count.ts";
import { folder, openShop, transactions, transactionsFile } from "./fixtures.ts";
import { generate } from "./generator.ts";
import { csvReader, recordBytesMax } from "./replay/csv.ts";
import type { CsvProblem } from "./replay/csv.ts";
import { readInvoices } from "./replay/invoices.ts";
import { nothingPlayed, play } from "./replay/play.ts";
import { rejectsTo } from "./replay/rejects.ts";
import { differences, resultOf } from "./replay/result.ts";
import type { Result } from "./replay/result.ts";
import { untilSettled } from "./replay/settled.ts";

let place: ReturnType<typeof folder>;
beforeEach(() => {
  place = folder();
});
afterEach(() => place.remove());

/** Plays a file through a shop of its own. */
async function replayed(path: string, limit?: number): Promise<Result> {
  const count = await countFile(path, () => {}, limit);
  const shop = await openShop();
  try {
    const [before, trafficBefore] = await Promise.all([shop.summary(), shop.traffic()]);
    const invoices = readInvoices(path, () => {}, limit);
    const played = nothingPlayed();
    const startedMs = performance.now();
    await play({ shop, invoices, speed: Number.POSITIVE_INFINITY, concurrency: 32, played });
    const playedMs = performance.now() - startedMs;
    const standing = await untilSettled(shop, before, played);
    const totalMs = performance.now() - startedMs;
    return resultOf({ count, played, standing, trafficBefore, playedMs, totalMs });
  } finally {
    await shop.close();
  }
}

const good = "536365,85123A,LAMP,6,2010-12-01 08:26:00,2.55,17850.0,United Kingdom";
const row = (fields: Record<number, string>): string =>
  good
    .split(",")
    .map((field, index) => fields[index] ?? field)
    .join(",");

/** Each kind of damage, as a line of the file, and what is said of it. */
const damaged: [line: string | Buffer, reason: string][] = [
  ["536366,85123A,LAMP,6,2010-12-01 08:26:00,2.55,17850.0", "it has 7 columns, not 8"],
  [`${good},more`, "it has 9 columns, not 8"],
  [row({ 3: "six" }), 'Quantity "six" is not a whole number'],
  [row({ 3: "1.5" }), 'Quantity "1.5" is not a whole number'],
  [row({ 3: "9999999" }), "Quantity 9999999 is too large"],
  [row({ 5: "2,55" }), "it has 9 columns, not 8"],
  [row({ 5: "free" }), 'UnitPrice "free" is not a price'],
  [row({ 5: "1e5" }), 'UnitPrice "1e5" is not a price'],
  [row({ 4: "01/12/2010 08:26" }), 'InvoiceDate "01/12/2010 08:26" is not a date'],
  [row({ 4: "2010-02-30 08:26:00" }), 'InvoiceDate "2010-02-30 08:26:00" is not a date'],
  [row({ 4: "2010-12-01 25:26:00" }), 'InvoiceDate "2010-12-01 25:26:00" is not a date'],
  [row({ 6: "abc" }), 'CustomerID "abc" is not a number'],
  [row({ 6: "17851.0" }), "536365 is another customer's"],
  [row({ 0: "" }), 'InvoiceNo "" is not an invoice number'],
  [row({ 1: "" }), 'StockCode "" is not a stock code'],
  [row({ 7: "" }), 'Country "" is not a country'],
  [row({ 2: "a\u0000b" }), "it has a control character"],
  [row({ 2: "x".repeat(201) }), "Description is over 200 characters long"],
  [row({ 2: "x".repeat(20_000) }), `it is over ${recordBytesMax} bytes long`],
  [row({ 2: '"LAMP' }), "its quotes do not match"],
  [row({ 2: '5" LAMP' }), "its quotes do not match"],
  [
    Buffer.from([...Buffer.from("536365,85123A,L"), 0xff, 0xfe, ...Buffer.from("P,6,x,1,1.0,UK")]),
    "it is not UTF-8",
  ],
];

describe("a file with malformed rows", () => {
  it("is replayed without them: each is set aside with its line and reason", async () => {
    // A good line after each: none of them may be lost with its neighbour.
    const whole = damaged.map((_, index) =>
      row({ 1: String(30_000 + index), 3: String(index + 1) }),
    );
    const path = transactionsFile(
      place.path,
      damaged.flatMap(([line], index) => [line, whole[index] ?? ""]),
    );
    const rejects = rejectsTo(join(place.path, "rejects", "r.csv"), () => {});
    const problems: CsvProblem[] = [];
    const count = await countFile(path, (problem) => {
      problems.push(problem);
      rejects.add(problem);
    });
    await rejects.close();
    // The first line of the file is its header.
    const expected = damaged.map(([, reason], index) => ({ line: 2 + index * 2, reason }));
    const firstGood = problems.map(({ line, reason }) => ({ line, reason }));
    expect(firstGood).toEqual(expected.filter(({ reason }) => reason !== ""));
    expect(count.orderLines).toBe(damaged.length);
    const file = readFileSync(join(place.path, "rejects", "r.csv"), "utf8").split("\n");
    expect(file[0]).toBe("line,reason,row");
    expect(file[1]).toContain('2,"it has 7 columns, not 8"');
    const result = await replayed(path);
    expect(differences(result)).toEqual([]);
    expect(result.shop.ordersSettled).toBe(1);
  });

  it("is refused when it is another file altogether, or one that is cut off", async () => {
    const other = join(place.path, "other.csv");
    writeFileSync(other, "name,age\nanna,7\n");
    await expect(countFile(other)).rejects.toThrow("does not begin with the line InvoiceNo,");
    writeFileSync(other, "");
    await expect(countFile(other)).rejects.toThrow("is empty");
    const cut = join(place.path, "cut.csv.gz");
    const whole = gzipSync(readFileSync(transactionsFile(place.path, [good])));
    writeFileSync(cut, whole.subarray(0, whole.length - 12));
    await expect(countFile(cut)).rejects.toThrow(`${cut}: unexpected end of file`);
    await expect(countFile(join(place.path, "none.csv"))).rejects.toThrow("ENOENT");
  });

  it("goes through the command too: exit code 0, the rejects in a file", async () => {
    const path = transactionsFile(place.path, [good, row({ 3: "six" })]);
    const rejects = join(place.path, "rejects.csv");
    const { code, out } = await demo([
      "--orders",
      path,
      "--rejects",
      rejects,
      "--speed",
      "max",
      "--json",
    ]);
    expect(JSON.parse(out)).toMatchObject({
      file: { orders: 1, malformed: 1 },
      shop: { ordersSettled: 1, revenuePence: 1530 },
      rejects,
    });
    expect(code).toBe(0);
    expect(readFileSync(rejects, "utf8")).toContain("is not a whole number");
    expect(await demo(["--orders", path, "--speed", "fast"])).toMatchObject({ code: 2 });
  });
});

/** Runs `npm run demo` with its arguments. */
async function demo(args: readonly string[]): Promise<{ code: unknown; out: string }> {
  const file = fileURLToPath(new URL("demo.ts", import.meta.url));
  const child = spawn(process.execPath, ["--conditions=morning-source", file, ...args], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const [out, [code]] = await Promise.all([text(child.stdout), once(child, "exit")]);
  return { code, out };
}

describe("a result", () => {
  it("names what differs: counts, sums, dead letters, refusals", async () => {
    const path = transactionsFile(place.path, [good]);
    const right = await replayed(path);
    expect(differences(right)).toEqual([]);
    const shop = { ...right.shop, ordersSettled: 0, revenuePence: 1 };
    const refused = [{ invoice: "536365", reason: "no" }];
    expect(differences({ ...right, shop, refused, settled: false, deadLetters: 2 })).toEqual([
      "orders settled: the file has 1, the shop 0",
      "revenue, pence: the file has 1530, the shop 1",
      "not all is settled: nothing has moved for 30 s",
      "2 messages are dead letters",
      "536365: no",
    ]);
  });
});

describe("CSV", () => {
  const read = (text: string, bytesEach = 7): unknown[] => {
    const reader = csvReader(2);
    const bytes = Buffer.from(text);
    const found: unknown[] = [];
    for (let index = 0; index < bytes.length; index += bytesEach) {
      found.push(...reader.push(bytes.subarray(index, index + bytesEach)));
    }
    return [...found, ...reader.end()];
  };

  it("has quotes, doubled quotes, line breaks within them, CRLF and a byte order mark", () => {
    const text = '\uFEFFa,b\r\n"x, ""y""","1\n2"\r\n\r\n"",é\r\nlast,one';
    for (const bytesEach of [1, 2, 3, 7, 1000]) {
      expect(read(text, bytesEach)).toMatchObject([
        { line: 1, fields: ["a", "b"] },
        { line: 2, fields: ['x, "y"', "1\n2"] },
        { line: 5, fields: ["", "é"] },
        { line: 6, fields: ["last", "one"] },
      ]);
    }
  });

  it("loses one line to a quote that nobody closes, wherever the bytes are cut", () => {
    for (const bytesEach of [1, 5, 1000]) {
      expect(read('a,b\n"c,d\ne,f\n"g",h\ni,j\n', bytesEach)).toMatchObject([
        { line: 1 },
        { line: 2, reason: "its quotes do not match" },
        { line: 3, fields: ["e", "f"] },
        { line: 4, fields: ["g", "h"] },
        { line: 5, fields: ["i", "j"] },
      ]);
    }
  });

  it("keeps nothing of a line that never ends", () => {
    const reader = csvReader(2);
    const block = Buffer.alloc(64 * 1024, 0x61);
    const found = Array.from({ length: 64 }, () => reader.push(block)).flat();
    found.push(...reader.push(Buffer.from("\nx,y\n")));
    expect(found).toMatchObject([{ line: 1 }, { line: 2, fields: ["x", "y"] }]);
  });
});

describe("the generator", () => {
  it("makes the same invoices from the same seed, and others from another", () => {
    const first = (seed: number): unknown =>
      generate({ seed, prefix: "G", ordersPerSecond: { min: 5, max: 10 } })
        .take(50)
        .toArray();
    expect(first(1)).toEqual(first(1));
    expect(first(1)).not.toEqual(first(2));
  });

  it("has the shape of the data: guests, cancellations after their order, bounded names", () => {
    const options = { seed: 3, prefix: "G", ordersPerSecond: { min: 5, max: 10 } };
    const invoices = generate(options).take(5000).toArray();
    const cancels = invoices.filter((one) => one.cancels);
    const guests = invoices.filter((one) => one.customerId === undefined);
    expect(cancels.length / invoices.length).toBeGreaterThan(0.12);
    expect(cancels.length / invoices.length).toBeLessThan(0.2);
    expect(guests.length).toBeGreaterThan(300);
    expect(new Set(invoices.map(({ customerId }) => customerId)).size).toBeLessThan(600);
    expect(new Set(invoices.map(({ number }) => number)).size).toBe(5000);
    const seconds = (invoices.at(-1)?.atMs ?? 0) / 1000;
    expect(5000 / seconds).toBeGreaterThan(5);
    expect(5000 / seconds).toBeLessThan(10);
  });
});

const data = transactions();
describe(data === undefined ? "the Online Retail data (no data)" : "the Online Retail data", () => {
  it(
    "replays so that the shop's totals are those of a plain count",
    { timeout: 120_000 },
    async () => {
      if (data === undefined) return;
      const result = await replayed(data, 300);
      console.log("plain count of the first 300 invoices:", result.file);
      console.log("the shop after their replay:", result.shop);
      expect(result.file).toMatchObject({ orders: 258, cancellations: 28 });
      expect(differences(result)).toEqual([]);
    },
  );

  it("counts as it did by hand over the half year", async () => {
    if (data === undefined) return;
    expect(await countFile(data)).toMatchObject({
      lines: 209_029,
      malformed: 0,
      duplicates: 1747,
      corrections: 651,
      orders: 8067,
      cancellations: 1507,
      revenuePence: 389_898_297,
    });
  });
});
