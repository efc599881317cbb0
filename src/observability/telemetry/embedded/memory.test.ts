import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { seededRandom } from "../../../core/ids.ts";
import type { Random } from "../../../core/ids.ts";
import { batchWriter, decodeBatch, encodeBatch } from "../../signals/batch.ts";
import type { LogRecord } from "../../signals/records.ts";
import { recordWriter, textOf, valueOf } from "../../signals/rows.ts";
import { openDuck, quoted } from "./duck.ts";
import type { Duck } from "./duck.ts";
import { Memory } from "./memory.ts";
import type { FileFacts } from "./segment.ts";
import { IndexBuilder, mergeIndexes, readIndex } from "./segment-index.ts";

const folder = mkdtempSync(join(tmpdir(), "morning-memory-"));
let duck: Duck;
beforeAll(async () => {
  duck = await openDuck({ temporary: join(folder, "spill"), memoryMb: 1024, threads: 1 });
});
afterAll(() => {
  duck.close();
  rmSync(folder, { recursive: true, force: true });
});

const seed = Number(process.env["MORNING_SEED"] ?? process.pid);

const origins = ["orders", "catalog"].map((name) => ({
  resource: { "service.name": name, "host.name": `${name}-1` },
  scopeName: "s",
  scopeVersion: "1",
  scopeAttributes: { a: 1 },
}));

const texts = ["", "plain", "訂單 42 成立", "a'b\"c\\d\n\0e", "🦆", "x".repeat(300), "%_*"];
const keys = ["http.route", "user.id", "Capital", "http.Route", "é", "order.id", "", 'q"uote', "n"];

function randomRecord(random: Random, index: number): LogRecord {
  const below = (count: number): number => Math.floor(random.next() * count);
  const values = [
    () => texts[below(texts.length)] ?? "",
    () => below(1000),
    () => random.next(),
    () => random.next() < 0.5,
    () => [1, "two", { three: null }],
    () => random.fill(new Uint8Array(below(9))),
    () => 2n ** 62n + BigInt(below(9)),
  ];
  const attributes: Record<string, NonNullable<LogRecord["attributes"][string]>> = {};
  for (let count = below(6); count > 0; count--) {
    const key = random.next() < 0.1 ? `rare.${below(5000)}` : (keys[below(keys.length)] ?? "");
    // Mostly text, so that a usual type stands out.
    const make = random.next() < 0.7 ? values[0] : values[below(values.length)];
    attributes[key] = make?.() ?? "";
  }
  return {
    origin: origins[below(2)] ?? (origins[0] as LogRecord["origin"]),
    timeNs: 1_700_000_000_000_000_000n + BigInt(below(1e9)) * (index % 50 === 0 ? -1n : 1n),
    observedNs: BigInt(index),
    severity: below(25),
    severityText: texts[below(texts.length)] ?? "",
    body: `${index} ${texts[below(texts.length)]}`,
    eventName: "",
    traceId: below(3) === 0 ? "" : Buffer.from(random.fill(new Uint8Array(16))).toString("hex"),
    spanId: below(3) === 0 ? "" : Buffer.from(random.fill(new Uint8Array(8))).toString("hex"),
    attributes,
  };
}

/** The attributes of a row of a file, as the layout says. */
function attributesOf(row: Readonly<Record<string, unknown>>, facts: FileFacts): unknown {
  const found: Record<string, unknown> = {};
  const map = row["attributes"] as readonly { key: string; value: string }[];
  for (const [index, { key, value }] of map.entries()) {
    found[key] = valueOf(value, String(row["attribute_types"])[index] ?? "s");
  }
  let at = 0;
  for (const [index, key] of facts.columns.entries()) {
    const value = row[`@${key}`];
    if (typeof value !== "string") continue;
    const odd = String(row["column_types"]);
    found[key] = valueOf(value, (odd === "" ? facts.types[index] : odd[at++]) ?? "s");
  }
  return found;
}

const plain = (value: unknown): unknown =>
  value instanceof Uint8Array ? Buffer.from(value).toString("hex") : value;

const plainValues = (attributes: object): unknown =>
  Object.fromEntries(Object.entries(attributes).map(([key, value]) => [key, plain(value)]));

describe("a fresh file", () => {
  it("holds every field of every record as it came", async () => {
    process.stdout.write(`fresh files: seed ${seed}\n`);
    const random = seededRandom(seed);
    const memory = new Memory();
    for (let round = 0; round < 4; round++) {
      const records: LogRecord[] = [];
      const sizes = round === 0 ? [1] : [1, 300, 7, 0, 900, round === 3 ? 66_000 : 0];
      for (const size of sizes) {
        const writer = recordWriter(batchWriter());
        for (let i = 0; i < size; i++) {
          const record = randomRecord(random, records.length);
          records.push(record);
          writer.log(record);
        }
        const bytes = encodeBatch(writer.batch);
        memory.add(decodeBatch(bytes), bytes.length);
      }
      const file = memory.take(() => new IndexBuilder()).get("logs");
      if (file === undefined) throw new Error("there is no file");
      const path = join(folder, `logs-${round}.parquet`);
      writeFileSync(path, Buffer.concat(file.parts));
      const { facts } = file;
      expect(facts.rows).toBe(records.length);
      if (round === 1) expect(facts.columns).toContain("http.route");
      expect(facts.columns).not.toContain("Capital");
      const rows = await duck.rows(
        `select * replace (map_entries(attributes) as attributes) from ${quoted(path)}
          order by observed_ns`,
      );
      expect(rows.length).toBe(records.length);
      const times = records.map(({ timeNs }) => timeNs).toSorted((a, b) => (a < b ? -1 : 1));
      expect([facts.fromNs, facts.toNs]).toEqual([times[0], times.at(-1)]);
      for (const [index, record] of records.entries()) {
        const row = rows[index] ?? {};
        const spanId = Buffer.from(row["span_id"] as Uint8Array).toString("hex");
        const found = {
          timeNs: row["time_ns"],
          severity: row["severity"],
          severityText: row["severity_text"],
          body: row["body"],
          traceId: String(row["trace_id"]).replaceAll("-", "").replace(/^0+$/, ""),
          spanId: spanId.replace(/^0+$/, ""),
          attributes: attributesOf(row, facts),
        };
        const { timeNs, severity, severityText, body, traceId, spanId: span, attributes } = record;
        const wanted = { timeNs, severity, severityText, body, traceId, spanId: span };
        expect(plainValues(found.attributes as object)).toEqual(plainValues(attributes));
        expect({ ...found, attributes: 0 }).toEqual({ ...wanted, attributes: 0 });
      }
      const inMap = await duck.rows(
        `select distinct unnest(map_keys(attributes)) as key from ${quoted(path)}`,
      );
      const mapKeys = inMap.map((row) => String(row["key"]));
      expect(mapKeys.filter((key) => facts.columns.includes(key))).toEqual([]);
      if (facts.rest !== undefined) expect(mapKeys.toSorted()).toEqual(facts.rest.toSorted());
      const [skip] = await duck.rows(
        `select min(stats_min_value) as low from parquet_metadata(${quoted(path)})
          where path_in_schema = 'time_ns'`,
      );
      expect(skip?.["low"]).toBe(String(facts.fromNs));
    }
  });
});

describe("a segment's index", () => {
  it("never denies what is there, and denies most of what is not", () => {
    const random = seededRandom(seed + 1);
    const encoded: Uint8Array[] = [];
    const records: LogRecord[] = [];
    for (let part = 0; part < 3; part++) {
      const builder = new IndexBuilder();
      const memory = new Memory();
      const writer = recordWriter(batchWriter());
      for (let i = 0; i < 1000; i++) {
        const record = randomRecord(random, i);
        const body = `Payment ${i} of Zürich refused: ${texts[i % texts.length]} ECONNREFUSED`;
        records.push({ ...record, body });
        writer.log({ ...record, body });
      }
      memory.add(decodeBatch(encodeBatch(writer.batch)), 1);
      memory.take(() => builder);
      encoded.push(builder.encode());
    }
    const index = readIndex(mergeIndexes(encoded));
    for (const { traceId, attributes, body } of records) {
      if (traceId !== "") expect(index.mayHaveTrace(traceId)).toBe(true);
      for (const [key, value] of Object.entries(attributes)) {
        expect(index.mayHaveValue(key, textOf(value)[0])).toBe(true);
      }
      const from = Math.floor(random.next() * body.length);
      const cut = body.slice(from, from + 1 + Math.floor(random.next() * 30));
      for (const text of [cut, cut.toUpperCase(), cut.toLowerCase()]) {
        expect(index.mayHaveText(text), `${text}, seed ${seed}`).toBe(true);
      }
    }
    let wrong = 0;
    for (let i = 0; i < 1000; i++) {
      const id = Buffer.from(random.fill(new Uint8Array(16))).toString("hex");
      if (index.mayHaveTrace(id)) wrong++;
      if (index.mayHaveValue("user.id", id)) wrong++;
    }
    expect(wrong).toBeLessThan(240);
    expect(index.mayHaveText("timeout")).toBe(false);
    expect(index.mayHaveText("退款")).toBe(false);
    expect(index.mayHaveText("econnrefused")).toBe(true);
    expect(index.mayHaveValue("http.route", "1.5")).toBe(true);
  });
});
