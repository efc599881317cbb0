import { describe, expect, it } from "vitest";
import { simulatedClock } from "../../testing/clock.ts";
import { dropCounter } from "./dropped.ts";

describe("the count of what was dropped", () => {
  it("is by source, signal and reason, with the last sample, redacted", () => {
    const clock = simulatedClock(1_000);
    const counter = dropCounter({ clock, redact: (text) => text.replace("secret", "[redacted]") });
    counter.drop("loki", "logs", "malformed", 2, "first");
    clock.advance(5);
    counter.drop("loki", "logs", "malformed", 3, "the secret one");
    counter.drop("loki", "logs", "malformed", 1);
    counter.drop("loki", "logs", "overload", 0, "nothing");
    expect(counter.list()).toEqual([
      {
        source: "loki",
        signal: "logs",
        reason: "malformed",
        count: 6,
        sample: "the [redacted] one",
        lastAtMs: 1_005,
      },
    ]);
  });

  it("is bounded: in samples, and in kinds", () => {
    const counter = dropCounter({ clock: simulatedClock(), redact: (text) => text });
    for (let index = 0; index < 5_000; index++) {
      counter.drop(`s${index}`, "logs", "malformed", 1, "x".repeat(10_000));
    }
    const listed = counter.list();
    expect(listed.length).toBeLessThanOrEqual(1_001);
    expect(listed.reduce((sum, { count }) => sum + count, 0)).toBe(5_000);
    expect(Math.max(...listed.map(({ sample }) => sample.length))).toBe(2_000);
  });
});
