import fc from "fast-check";
import { expect, test } from "vitest";
import {
  childContext,
  currentContext,
  extract,
  formatBaggage,
  formatTraceparent,
  inject,
  parseBaggage,
  parseTraceparent,
  withContext,
} from "./context.ts";
import { simulatedClock } from "../testing/clock.ts";
import { makeIds, seededRandom } from "./ids.ts";

const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
const spanId = "00f067aa0ba902b7";
const ids = makeIds(simulatedClock(), seededRandom(1));

test("reads the example of the W3C recommendation", () => {
  expect(parseTraceparent(`00-${traceId}-${spanId}-01`)).toEqual({
    traceId,
    spanId,
    sampled: true,
  });
  expect(parseTraceparent(`00-${traceId}-${spanId}-00`)?.sampled).toBe(false);
});

test("reads a future version with more fields, as the recommendation demands", () => {
  expect(parseTraceparent(`cc-${traceId}-${spanId}-01-what-the-future`)?.traceId).toBe(traceId);
});

test.each([
  ["nothing", undefined],
  ["an empty header", ""],
  ["version ff", `ff-${traceId}-${spanId}-01`],
  ["version 00 with more fields", `00-${traceId}-${spanId}-01-x`],
  ["a trace of zeros", `00-${"0".repeat(32)}-${spanId}-01`],
  ["a span of zeros", `00-${traceId}-${"0".repeat(16)}-01`],
  ["capitals", `00-${traceId.toUpperCase()}-${spanId}-01`],
  ["a short trace", `00-${traceId.slice(1)}-${spanId}-01`],
  ["no flags", `00-${traceId}-${spanId}`],
  ["a line break", `00-${traceId}-${spanId}-01\r\nx: y`],
  ["a megabyte", "0".repeat(2 ** 20)],
])("refuses %s as a traceparent", (_, text) => {
  expect(parseTraceparent(text)).toBeUndefined();
});

test("baggage survives its header for any text", () => {
  const key = fc.stringMatching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,20}$/);
  const baggage = fc.dictionary(key, fc.string({ unit: "grapheme", maxLength: 40 }), {
    maxKeys: 10,
  });
  fc.assert(
    fc.property(baggage, (given) => {
      const text = formatBaggage(given);
      expect(new Headers({ baggage: text || "x" })).toBeDefined();
      expect({ ...parseBaggage(text) }).toEqual({ ...given });
    }),
  );
});

test("hostile baggage is left out, member by member", () => {
  const read = (text: string): object => ({ ...parseBaggage(text) });
  expect(read("a=1;meta=x, =2,b,c c=3,d=%E0%A4%A, e = 5 ")).toEqual({ a: "1", e: "5" });
  expect(read(`a=${"x".repeat(8192)}`)).toEqual({});
  expect(Object.keys(read(Array.from({ length: 100 }, (_, n) => `k${n}=v`).join()))).toHaveLength(
    64,
  );
  const polluted = parseBaggage("__proto__=x,constructor=y");
  expect(Object.getPrototypeOf(polluted)).toBeNull();
  expect(({} as Record<string, unknown>)["x"]).toBeUndefined();
});

test("what is written stays within the limits of the recommendation", () => {
  const many = Object.fromEntries(
    Array.from({ length: 200 }, (_, n) => [`key${n}`, "v".repeat(500)]),
  );
  const text = formatBaggage(many);
  expect(text.length).toBeLessThanOrEqual(8192);
  expect(Object.keys(parseBaggage(text)).length).toBeGreaterThan(10);
  expect(formatBaggage({ "no token": "x", ok: "\ud800" })).toBe("ok=%EF%BF%BD");
});

test("a hostile tracestate or identity is not passed on", () => {
  const traceparent = `00-${traceId}-${spanId}-01`;
  expect(extract({ traceparent, tracestate: "vendor=1" })?.trace.state).toBe("vendor=1");
  for (const tracestate of ["a=1\r\nx: y", "ü=1", "x".repeat(513), ""]) {
    expect(extract({ traceparent, tracestate })?.trace).not.toHaveProperty("state");
  }
  expect(extract({ traceparent, identity: "x".repeat(257) })).not.toHaveProperty("identity");
  expect(extract({ tracestate: "a=1", baggage: "a=1" })).toBeUndefined();
});

test("a child keeps trace, state, baggage and identity, and has a span of its own", () => {
  const parent = extract({
    traceparent: `00-${traceId}-${spanId}-01`,
    tracestate: "v=1",
    baggage: "tenant=acme",
    identity: "user-7",
  });
  const child = childContext(ids, parent);
  expect(child.trace).toMatchObject({ traceId, state: "v=1", sampled: true });
  expect(child.trace.spanId).not.toBe(spanId);
  expect(inject(child)).toEqual({
    traceparent: formatTraceparent(child.trace),
    tracestate: "v=1",
    baggage: "tenant=acme",
    identity: "user-7",
  });
});

test("work without a parent begins a trace; outside of work there is no context", async () => {
  expect(currentContext()).toBeUndefined();
  expect(inject()).toEqual({});
  const context = childContext(ids);
  expect(parseTraceparent(formatTraceparent(context.trace))).toEqual(context.trace);
  await withContext(context, async () => {
    await Promise.resolve();
    expect(currentContext()).toBe(context);
    expect(childContext(ids).trace.traceId).toBe(context.trace.traceId);
  });
  expect(currentContext()).toBeUndefined();
});
