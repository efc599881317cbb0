import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "../../../core/clock.ts";
import { seededRandom } from "../../../core/ids.ts";
import type { Store } from "../../../core/store.ts";
import { openSqlite } from "../../../engines/sqlite/store.ts";
import { openEngine } from "./engine.ts";
import type { Engine } from "./engine.ts";
import { openReader } from "./read/reader.ts";
import type { OpenReader } from "./read/reader.ts";
import { candidates, rowsIn } from "./read/source.ts";
import { batchOf, engineOptions, lineOf } from "./rig.contract.ts";
import { sealedGroupRows } from "./seal-sql.ts";
import { BlockBuilder, encodeBlocks, readBlocks, wantedOf } from "./text-blocks.ts";
import type { TextBlocks } from "./text-blocks.ts";

function blocksOf(texts: readonly (readonly string[])[]): TextBlocks {
  const blocks = texts.map((each) => {
    const builder = new BlockBuilder();
    builder.add(Buffer.from(each.join("\n")));
    return builder.block();
  });
  return readBlocks(encodeBlocks(100, blocks));
}

describe("blocks of texts", () => {
  const piece = fc.oneof(
    fc.string({ unit: "grapheme", maxLength: 12 }),
    fc.constantFrom("card", "Declined", "訂單成立", "餘額不足", "ſtar", "KELVIN", "İx", "-", " "),
    fc.stringMatching(/^[0-9a-fA-F]{4,20}$/),
  );
  const line = fc.array(piece, { maxLength: 6 }).map((parts) => parts.join(""));

  it("never deny what is there, whatever its case", () => {
    fc.assert(
      fc.property(
        fc.array(line, { minLength: 1, maxLength: 8 }),
        fc.nat(),
        fc.nat(),
        (lines, a, b) => {
          const blocks = blocksOf([lines]);
          const text = lines[a % lines.length] ?? "";
          const from = b % (text.length + 1);
          const part = text.slice(from, from + 1 + (a % 30));
          for (const wanted of [part, part.toLowerCase(), part.toUpperCase()]) {
            if (!text.toLowerCase().includes(wanted.toLowerCase())) continue;
            expect(blocks.mayHave(0, wantedOf(wanted))).toBe(true);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });

  it("deny most of what is not there, and are small", () => {
    const random = seededRandom(4);
    const hex = (): string => Buffer.from(random.fill(new Uint8Array(7))).toString("hex");
    const lines = Array.from({ length: sealedGroupRows }, (_, at) => `order ${hex()} line ${at}`);
    const blocks = blocksOf([lines]);
    const ids = Array.from({ length: 1000 }, hex);
    const perhaps = (texts: readonly string[]): number =>
      texts.filter((text) => blocks.mayHave(0, wantedOf(text))).length;
    expect(perhaps(ids)).toBeLessThan(60);
    expect(perhaps(ids.map((id) => id.slice(0, 9)))).toBeLessThan(300);
    expect(perhaps(["refused", "upstream", "付款失敗"])).toBe(0);
    const builder = new BlockBuilder();
    builder.add(Buffer.from(lines.join("\n")));
    const { words, ids: idBits } = builder.block();
    expect((words.length + idBits.length) / lines.length).toBeLessThan(4.2);
  });

  it("refuse bytes that are none", () => {
    const encoded = encodeBlocks(10, [new BlockBuilder().block()]);
    expect(() => readBlocks(Buffer.alloc(12))).toThrow("not ours");
    expect(() => readBlocks(encoded.subarray(0, encoded.length - 1))).toThrow("cut off");
  });
});

describe("a store with blocks of texts", () => {
  const folder = mkdtempSync(join(tmpdir(), "morning-texts-"));
  const rows = sealedGroupRows * 4;
  const random = seededRandom(11);
  const bodies = Array.from({ length: rows }, (_, at) => {
    const id = Buffer.from(random.fill(new Uint8Array(6))).toString("hex");
    const rare = at % 20_001 === 7 ? " Quota exceeded" : "";
    return at % 9 === 0 ? `付款失敗 ${id}${rare}` : `order ${id} paid by user_${at}${rare}`;
  });
  const range = { fromNs: 0n, toNs: BigInt(rows) };
  let store: Store;
  let engine: Engine;
  let reader: OpenReader;

  beforeAll(async () => {
    store = await openSqlite({ path: join(folder, "state.db"), clock: systemClock });
    engine = await openEngine(engineOptions(folder, store, systemClock));
    // Out of order, as records come: sealing sorts them.
    for (let first = 0; first < 16; first++) {
      const numbers = bodies.keys().filter((at) => at % 16 === first);
      const lines = [...numbers].map((at) => ({
        ...lineOf(at, BigInt(at)),
        body: bodies[at] ?? "",
      }));
      await engine.write(batchOf(lines));
    }
    await engine.seal();
    reader = openReader({ engine, clock: systemClock, folder });
  }, 60_000);

  afterAll(async () => {
    await reader.close();
    await engine.close();
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const candidateRows = async (text: string): Promise<number> => {
    const view = engine.view();
    const files = await candidates(engine, view, "logs", range, { op: "text", text });
    view.release();
    return files.reduce((sum, file) => sum + rowsIn(file), 0);
  };

  it(
    "reads the blocks alone that may have a text, and finds all of it",
    { timeout: 60_000 },
    async () => {
      const ids = Array.from({ length: 12 }, (_, at) => bodies[at * 5003]?.split(" ")[1] ?? "");
      for (const text of [...ids, "QUOTA exceed", "user_12345", "付款失", "no such words", "x9"]) {
        const found = await reader.searchLogs({
          ...range,
          filter: { op: "text", text },
          limit: 10_000,
        });
        const expected = bodies.filter((body) => body.toLowerCase().includes(text.toLowerCase()));
        expect(found.records.map(({ record }) => record.body).toSorted()).toEqual(
          expected.toSorted(),
        );
      }
      const wanted = ids[3] ?? "";
      expect(await candidateRows(wanted)).toBeLessThanOrEqual(sealedGroupRows * 2);
      expect(await candidateRows("never written 77b1x9")).toBe(0);
      expect(await candidateRows("paid")).toBe(rows);
    },
  );

  it("answers filters of several texts alike", { timeout: 60_000 }, async () => {
    const [one = "", other = ""] = [bodies[100]?.split(" ")[1], bodies[40_000]?.split(" ")[1]];
    const text = (given: string) => ({ op: "text", text: given }) as const;
    const either = { op: "or", of: [text(one), text(other)] } as const;
    const page = await reader.searchLogs({ ...range, filter: either, limit: 10 });
    expect(page.records.map(({ record }) => record.body)).toEqual([bodies[40_000], bodies[100]]);
    const both = { op: "and", of: [text(one), text(other)] } as const;
    const none = await reader.searchLogs({ ...range, filter: both, limit: 10 });
    expect(none.records).toEqual([]);
    const without = { op: "and", of: [text("quota"), { op: "not", of: text("order") }] } as const;
    const rest = await reader.searchLogs({ ...range, filter: without, limit: 10 });
    const expected = bodies.filter((body) => body.includes("Quota") && !body.includes("order"));
    expect(rest.records.length).toBe(expected.length);
  });
});
