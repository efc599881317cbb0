import fc from "fast-check";
import { expect, test } from "vitest";
import { simulatedClock } from "../testing/clock.ts";
import { makeIds, seededRandom, systemRandom } from "./ids.ts";

const form = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const timeOf = (uuid: string): number => Number.parseInt(uuid.replaceAll("-", "").slice(0, 12), 16);

test("a UUIDv7 has the form of RFC 9562 and its maker's time", () => {
  const clock = simulatedClock();
  const uuid = makeIds(clock, systemRandom).uuid();
  expect(uuid).toMatch(form);
  expect(timeOf(uuid)).toBe(clock.now());
});

test("identifiers sort in the order of their making, whatever the clock does", () => {
  const moves = fc.array(fc.integer({ min: -5_000, max: 5_000 }), { maxLength: 200 });
  fc.assert(
    fc.property(moves, fc.integer(), (jumps, seed) => {
      const clock = simulatedClock();
      const ids = makeIds(clock, seededRandom(seed));
      const made = jumps.map((jump) => {
        clock.jump(jump);
        return ids.uuid();
      });
      expect(made).toEqual([...new Set(made)].sort());
    }),
  );
});

test("a counter that overflows in a millisecond runs ahead of the clock and keeps order", () => {
  const clock = simulatedClock();
  const ids = makeIds(clock, seededRandom(1));
  const made = Array.from({ length: 10_000 }, () => ids.uuid());
  expect(made).toEqual([...new Set(made)].sort());
  expect(timeOf(made.at(-1) ?? "")).toBe(clock.now() + 2);
  clock.advance(1);
  expect(ids.uuid() > (made.at(-1) ?? "")).toBe(true);
});

test("hexadecimal identifiers have the asked length and do not repeat", () => {
  const ids = makeIds(simulatedClock(), seededRandom(1));
  const made = Array.from({ length: 5_000 }, () => ids.hex(8));
  expect(new Set(made).size).toBe(5_000);
  for (const bytes of [1, 16, 4096, 4097, 10_000]) {
    expect(ids.hex(bytes)).toMatch(new RegExp(`^[0-9a-f]{${bytes * 2}}$`));
  }
});

test("the same seed replays, another one does not", () => {
  const draw = (seed: number): string => makeIds(simulatedClock(), seededRandom(seed)).uuid();
  expect(draw(7)).toBe(draw(7));
  expect(draw(7)).not.toBe(draw(8));
});

test("seeded numbers fill [0, 1) evenly", () => {
  const random = seededRandom(42);
  const buckets = Array.from({ length: 10 }, () => 0);
  for (let n = 0; n < 100_000; n++) {
    const value = random.next();
    expect(value >= 0 && value < 1).toBe(true);
    const bucket = Math.floor(value * 10);
    buckets[bucket] = (buckets[bucket] ?? 0) + 1;
  }
  for (const count of buckets) expect(Math.abs(count - 10_000)).toBeLessThan(500);
});
