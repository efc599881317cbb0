import fc from "fast-check";
import { RE2JS } from "re2js";
import { describe, expect, it } from "vitest";
import { certainRuns } from "./literals.ts";

const seed = Math.floor(performance.now() * 1000) % 1_000_000_007;

describe(`certain runs of expressions (seed ${seed})`, () => {
  it("are what must be there", () => {
    expect(certainRuns("customer 43\\d1 was")).toEqual(["customer 43", "1 was"]);
    expect(certainRuns("(?i)card declined$")).toEqual(["card declined"]);
    expect(certainRuns("orders?")).toEqual(["order"]);
    expect(certainRuns("a{2}bcd[x-z]efg\\.h")).toEqual(["bcd", "efg.h"]);
    for (const open of ["abc|def", "(abc)?def", "\\x41bcd", "[[:alpha:]]bcd", "\\Qabc"]) {
      expect([open, ...certainRuns(open)]).toEqual([open]);
    }
  });

  it("are in every text that an expression matches", () => {
    const parts = ["abc", "a", "b", "\\d", "[ab]", "[^c]", "x?", "b*", "c+", "(ab)", "|", "."];
    const more = ["\\.", "^", "$", "a{2}", "c{0,1}", "(?i)", "\\w", "]", "訂單", "}"];
    const pattern = fc
      .array(fc.constantFrom(...parts, ...more), { maxLength: 8 })
      .map((list) => list.join(""));
    const text = fc.string({
      unit: fc.constantFrom(...Array.from("abcABCx1.訂單]}")),
      maxLength: 24,
    });
    fc.assert(
      fc.property(pattern, text, (expression, candidate) => {
        let compiled: RE2JS;
        try {
          compiled = RE2JS.compile(expression);
        } catch {
          return;
        }
        if (!compiled.test(candidate)) return;
        for (const run of certainRuns(expression)) {
          expect(candidate.toLowerCase()).toContain(run.toLowerCase());
        }
      }),
      { seed, numRuns: 5000 },
    );
  });
});
