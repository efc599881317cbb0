import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { MorningError } from "../../../core/errors.ts";
import { seededRandom } from "../../../core/ids.ts";
import type { Random } from "../../../core/ids.ts";
import { decodeBatch } from "../../signals/batch.ts";
import { readBatch } from "../../export/read.ts";
import { Sheet } from "../sheet.ts";
import { plainFingerprint } from "../stage.contract.ts";
import { protobufOfJson } from "./json.ts";
import { otlpDecoder, otlpTables } from "./wire.ts";
import type { OtlpSignal } from "./wire.ts";

const folder = new URL("../../../../conformance/otlp-corpus/", import.meta.url);
const outcomes = JSON.parse(readFileSync(new URL("outcomes.json", folder), "utf8")) as Record<
  string,
  { readonly signal: OtlpSignal; readonly outcome: string }
>;
const corpus = readdirSync(folder)
  .filter((name) => name.endsWith(".bin"))
  .map((name) => ({
    name: name.replace(".bin", ""),
    bytes: new Uint8Array(readFileSync(new URL(name, folder))),
  }));

const decoder = otlpDecoder({ fingerprint: plainFingerprint, limits: { recordsMax: 1_000 } });
const sheet = new Sheet();
const everySignal: readonly OtlpSignal[] = ["logs", "traces", "metrics"];

/** What becomes of bytes: `taken`, or the reason of the refusal. Anything else throws. */
function outcomeOf(signal: OtlpSignal, bytes: Uint8Array): string {
  sheet.mark();
  const before = sheet.bytes;
  try {
    const { accepted } = decoder.decode(signal, bytes, sheet, 1n);
    const taken = sheet.take();
    // Reads every column to the end of its last row: a row that was half written would show.
    const rows = readBatch(taken)[otlpTables[signal]].length;
    if (rows !== accepted) throw new Error(`${accepted} accepted, ${rows} rows`);
    consistent(taken);
    return "taken";
  } catch (error) {
    sheet.rollback();
    if (sheet.bytes !== before) throw new Error("bytes are left of a refused request");
    if (!MorningError.is(error, "MOR_INGEST_MALFORMED")) throw error;
    return String(error.details["reason"]);
  }
}

const fixedBytes = { i64: 8, f64: 8, i32: 4, id16: 16, id8: 8 } as Readonly<Record<string, number>>;

/** Every text column has exactly as many texts as there are rows. */
function consistent(taken: Uint8Array): void {
  for (const table of Object.values(decodeBatch(taken))) {
    for (const [name, { data, keys }] of Object.entries(table.columns)) {
      if (keys !== undefined && data.length !== table.rows * 2) {
        throw new Error(`${name} has ${data.length} bytes for ${table.rows} rows`);
      }
    }
    const times = table.columns["time_ns"]?.data.length ?? table.rows * 8;
    if (times !== table.rows * (fixedBytes["i64"] ?? 0)) throw new Error("times are missing");
  }
}

const int = (random: Random, below: number): number => Math.floor(random.next() * below);

/** Bytes that a parser stumbles over: ends of varints, tags, lengths. */
const nasty = [0x00, 0x01, 0x02, 0x0a, 0x0b, 0x0c, 0x12, 0x32, 0x4a, 0x7f, 0x80, 0x81, 0xff];

function mutated(random: Random): Uint8Array {
  const pick = (): Uint8Array => corpus[int(random, corpus.length)]?.bytes ?? new Uint8Array(0);
  let bytes = Uint8Array.from(pick());
  for (let count = 1 + int(random, 4); count > 0; count--) {
    const at = int(random, bytes.length + 1);
    const kind = int(random, 7);
    if (kind === 0 && at < bytes.length) bytes[at] = (bytes[at] ?? 0) ^ (1 << int(random, 8));
    else if (kind === 1 && at < bytes.length) bytes[at] = nasty[int(random, nasty.length)] ?? 0;
    else if (kind === 2) bytes = bytes.slice(0, at);
    else if (kind === 3) {
      const more = random.fill(new Uint8Array(1 + int(random, 12)));
      bytes = Uint8Array.from([...bytes.subarray(0, at), ...more, ...bytes.subarray(at)]);
    } else if (kind === 4) {
      const end = at + int(random, 30);
      bytes = Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(end)]);
    } else if (kind === 5) {
      const other = pick();
      const from = int(random, other.length + 1);
      bytes = Uint8Array.from([...bytes.subarray(0, at), ...other.subarray(from)]);
    } else {
      const part = bytes.subarray(at, at + int(random, 200));
      bytes = Uint8Array.from([...bytes, ...part, ...part]);
    }
  }
  return bytes;
}

/** Seconds of CPU that are spent on fuzzing. */
function budgetSeconds(): number {
  if (process.env["MORNING_SIZE"] === "soak") return 600;
  return process.env["MORNING_CI"] === "1" ? 20 : 2;
}

const cpuSeconds = (): number => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1e6;
};

describe("malformed requests", () => {
  it.each(corpus.map(({ name, bytes }) => [name, bytes]))("in the corpus: %s", (name, bytes) => {
    const { signal, outcome } = outcomes[name as string] ?? { signal: "logs", outcome: "unlisted" };
    expect(outcomeOf(signal, bytes as Uint8Array)).toBe(outcome);
  });

  it("cut at any byte are refused or taken, never anything else", () => {
    for (const { bytes } of corpus) {
      for (let end = 0; end < bytes.length; end++) {
        for (const signal of everySignal) outcomeOf(signal, bytes.subarray(0, end));
      }
    }
  });

  it(
    "made at random neither crash nor hang, and leave nothing behind",
    { timeout: 1_200_000 },
    () => {
      const seed = Number(process.env["MORNING_SEED"] ?? Date.now() % 2 ** 31);
      const random = seededRandom(seed);
      const counts = new Map<string, number>();
      const untilSeconds = cpuSeconds() + budgetSeconds();
      const resident: number[] = [];
      let slowestMs = 0;
      let runs = 0;
      for (; cpuSeconds() < untilSeconds; runs++) {
        const bytes = mutated(random);
        const startMs = performance.now();
        for (const signal of everySignal) {
          let outcome: string;
          try {
            outcome = outcomeOf(signal, bytes);
          } catch (error) {
            const hex = Buffer.from(bytes).toString("hex");
            throw new Error(`seed ${seed}, run ${runs}, ${signal}: ${hex}`, { cause: error });
          }
          counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
        }
        slowestMs = Math.max(slowestMs, performance.now() - startMs);
        if (runs % 1_000 === 0) resident.push(process.memoryUsage().rss / 2 ** 20);
      }
      const told = [...counts].map(([reason, count]) => `${reason} ${count}`).join(", ");
      console.log(`seed ${seed}: ${runs} requests, slowest ${slowestMs.toFixed(1)} ms; ${told}`);
      expect(runs).toBeGreaterThan(1_000);
      for (const reason of ["taken", "truncated", "length", "wire-type", "group", "varint"]) {
        expect(counts.get(reason) ?? 0).toBeGreaterThan(0);
      }
      // Nothing of a few hundred bytes is worth more than a moment, a collection of garbage
      // included.
      expect(slowestMs).toBeLessThan(500);
      const half = resident.slice(Math.floor(resident.length / 2));
      expect(Math.max(...half) - (half[0] ?? 0)).toBeLessThan(128);
    },
  );

  it("in JSON made at random are refused by name too", () => {
    const seed = Number(process.env["MORNING_SEED"] ?? Date.now() % 2 ** 31);
    const random = seededRandom(seed);
    const text =
      '{"resourceLogs":[{"resource":{"attributes":[{"key":"a","value":{"intValue":"7"}}]},' +
      '"scopeLogs":[{"logRecords":[{"timeUnixNano":"1","traceId":"00","body":{"stringValue":"x"},' +
      '"attributes":[{"key":"k","value":{"kvlistValue":{"values":[]}}}]}]}]}]}';
    const counts = new Map<string, number>();
    for (let run = 0; run < 5_000; run++) {
      const bytes = Buffer.from(text);
      for (let count = 1 + int(random, 3); count > 0; count--) {
        const at = int(random, bytes.length);
        bytes[at] = Buffer.from('{}[]",:0xé7-en')[int(random, 14)] ?? 0;
      }
      let outcome = "taken";
      try {
        outcomeOf("logs", protobufOfJson("logs", bytes));
      } catch (error) {
        if (!MorningError.is(error, "MOR_INGEST_MALFORMED")) {
          throw new Error(`seed ${seed}, run ${run}: ${bytes.toString()}`, { cause: error });
        }
        outcome = String(error.details["reason"]);
      }
      counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
    }
    for (const reason of ["taken", "json", "type"])
      expect(counts.get(reason) ?? 0).toBeGreaterThan(0);
  });
});
