import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { seededRandom } from "../../core/ids.ts";
import { Sketch } from "./sketch.ts";

const seed = Number(process.env["MORNING_SEED"] ?? 20_261_126);
const values = fc.array(
  fc.oneof(
    fc.double({ min: 1e-6, max: 1e9, noNaN: true }),
    fc.double({ min: -1e6, max: -1e-3, noNaN: true }),
    fc.constant(0),
  ),
  { minLength: 1, maxLength: 300 },
);

/** The exact value at the lower nearest rank. */
function exact(sorted: readonly number[], q: number): number {
  return sorted[Math.floor(q * (sorted.length - 1))] as number;
}

describe(`sketch, seed ${seed}`, () => {
  it("answers quantiles within 1 %", () => {
    fc.assert(
      fc.property(values, fc.double({ min: 0, max: 1, noNaN: true }), (list, q) => {
        const sketch = new Sketch();
        for (const value of list) sketch.add(value);
        const wanted = exact(
          [...list].sort((a, b) => a - b),
          q,
        );
        const got = sketch.quantile(q) as number;
        expect(Math.abs(got - wanted)).toBeLessThanOrEqual(Math.abs(wanted) * 0.01);
      }),
      { seed, numRuns: 300 },
    );
  });

  it("is the same whether added at once or merged from parts", () => {
    fc.assert(
      fc.property(values, fc.nat(300), (list, cut) => {
        const whole = new Sketch();
        for (const value of list) whole.add(value);
        const merged = new Sketch();
        for (const part of [list.slice(0, cut), list.slice(cut)]) {
          const sketch = new Sketch();
          for (const value of part) sketch.add(value);
          merged.merge(sketch.data());
        }
        expect(merged.data()).toEqual(whole.data());
        expect(merged.weight).toBe(list.length);
      }),
      { seed, numRuns: 200 },
    );
  });

  it("counts a weight as that many values", () => {
    const random = seededRandom(seed);
    const once = new Sketch();
    const weighted = new Sketch();
    for (let i = 0; i < 500; i++) {
      const value = random.next() * 1000;
      const weight = 1 + Math.floor(random.next() * 5);
      weighted.add(value, weight);
      for (let n = 0; n < weight; n++) once.add(value);
    }
    expect(weighted.quantiles([0, 0.5, 0.99, 1])).toEqual(once.quantiles([0, 0.5, 0.99, 1]));
  });

  it("has no answer of nothing, and leaves out what is no number", () => {
    const sketch = new Sketch();
    sketch.add(Number.NaN);
    sketch.add(Number.POSITIVE_INFINITY);
    expect(sketch.quantile(0.5)).toBeUndefined();
  });
});
