import { describe, expect, it } from "vitest";
import { simulatedClock } from "../../testing/clock.ts";
import { everything } from "../signals/filter.ts";
import { Sheet } from "./sheet.ts";
import { tail } from "./tail.ts";
import type { TailPart } from "./tail.ts";

const origin = { resource: {}, scopeName: "", scopeVersion: "", scopeAttributes: {} };

function batch(count: number, severity = 9): Uint8Array {
  const sheet = new Sheet();
  const records = sheet.records();
  for (let index = 0; index < count; index++) {
    records.log({
      origin,
      timeNs: BigInt(index),
      observedNs: 0n,
      severity,
      severityText: "",
      body: `line ${index}`,
      eventName: "",
      traceId: "",
      spanId: "",
      attributes: {},
    });
  }
  return sheet.take();
}

describe("the live tail", () => {
  it("tells what matches, at most ten times a second", () => {
    const clock = simulatedClock();
    const made = tail(clock);
    const heard: TailPart<"logs">[] = [];
    const close = made.open("logs", { op: "eq", field: "level", value: "error" }, (part) =>
      heard.push(part),
    );
    for (let ms = 0; ms < 1_000; ms += 20) {
      made.offer(batch(2, 17));
      made.offer(batch(3, 9));
      clock.advance(20);
    }
    clock.advance(100);
    expect(heard.length).toBeLessThanOrEqual(11);
    expect(heard.flatMap(({ records }) => records)).toHaveLength(100);
    close();
    made.offer(batch(1, 17));
    clock.advance(1_000);
    expect(heard.flatMap(({ records }) => records)).toHaveLength(100);
    expect(made.size).toBe(0);
  });

  it("says how many it did not tell and how many it did not look at", () => {
    const clock = simulatedClock();
    const made = tail(clock);
    const heard: TailPart<"logs">[] = [];
    made.open("logs", everything, (part) => heard.push(part));
    for (let index = 0; index < 10; index++) made.offer(batch(1_000));
    clock.advance(100);
    expect(heard).toHaveLength(1);
    const [{ records, leftOut, unseen } = { records: [], leftOut: 0, unseen: 0 }] = heard;
    expect([records.length, leftOut, unseen]).toEqual([500, 4_500, 5_000]);
  });

  it("refuses more subscribers than the limit", () => {
    const made = tail(simulatedClock(), { subscribersMax: 1 });
    made.open("spans", everything, () => undefined);
    expect(() => made.open("spans", everything, () => undefined)).toThrow(RangeError);
  });
});
