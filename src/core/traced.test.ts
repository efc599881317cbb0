import { expect, test } from "vitest";
import { systemClock } from "./clock.ts";
import { makeIds, seededRandom } from "./ids.ts";
import { storeForms, tracedHeld } from "./traced.ts";
import { noTracing } from "./tracing.ts";
import type { SpanForm, Tracer } from "./tracing.ts";
import { transactional } from "./transaction.ts";
import type { Writes } from "./transaction.ts";

const positions = noTracing(makeIds(systemClock, seededRandom(1))).tracerFor("orders");
const tracer: Tracer = { ...positions, recording: true };
const forms = storeForms("sqlite", "table", "orders", ["put"]);

function heldCalls(): { told: unknown[]; held: { [transactional]: (writes: Writes) => object } } {
  const told: unknown[] = [];
  const call =
    (name: string) =>
    (...args: unknown[]) =>
      told.push([name, ...args]);
  return { told, held: { [transactional]: () => ({ put: call("put"), span: call("span") }) } };
}

test("a call inside a transaction tells of its form each time, taken from its face or not", () => {
  const { told, held } = heldCalls();
  const begun: SpanForm[] = [];
  const span = (form: SpanForm) => {
    begun.push(form);
    return positions.start(form, undefined);
  };
  const face = tracedHeld(held, tracer, forms)[transactional]({ add() {}, committed() {}, span });
  const { put, span: plain } = face as Record<string, (...args: unknown[]) => unknown>;
  put?.(1, 2);
  put?.(3);
  plain?.("any");
  expect(told).toEqual([
    ["put", 1, 2],
    ["put", 3],
    ["span", "any"],
  ]);
  expect(begun).toEqual([forms["put"], forms["put"]]);
});

test("a face is as it was where a transaction has no spans, or nobody records", () => {
  const writes: Writes = { add() {}, committed() {} };
  const { told, held } = heldCalls();
  const face = tracedHeld(held, tracer, forms)[transactional](writes) as { put(): void };
  face.put();
  expect(told).toEqual([["put"]]);
  expect(tracedHeld(held, positions, forms)).toBe(held);
});
