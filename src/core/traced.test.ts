import { expect, test } from "vitest";
import { systemClock } from "./clock.ts";
import { withContext } from "./context.ts";
import { makeIds, seededRandom } from "./ids.ts";
import { storeForms, tracedHeld } from "./traced.ts";
import { contextAt, noTracing } from "./tracing.ts";
import type { Span, SpanForm, Tracer } from "./tracing.ts";

const positions = noTracing(makeIds(systemClock, seededRandom(1))).tracerFor("orders");
const forms = storeForms("sqlite", "table", "orders", ["get", "put"]);

/** A tracer that tells what begins, fails and ends. */
function telling(): { told: string[]; tracer: Tracer } {
  const told: string[] = [];
  const start = (form: SpanForm, parent: Parameters<Tracer["start"]>[1]): Span => {
    told.push(`begin ${form.name}`);
    return Object.assign(positions.start(form, parent), {
      setAttribute: (key: string, value: unknown) => told.push(`${key} ${String(value)}`),
      end: () => void told.push(`end ${form.name}`),
    }) as unknown as Span;
  };
  return { told, tracer: { recording: true, start } };
}

const context = contextAt(
  positions.start({ name: "work", kind: 0, attributes: {} }, undefined),
  undefined,
);

test("a call has a span until it is over, however it ends, and answers as it did", async () => {
  const { told, tracer } = telling();
  const held = {
    get: (key: string) => (told.push(`get ${key}`), Promise.resolve(key)),
    put: () => Promise.reject(new RangeError("full")),
    close: () => "closed",
  };
  const traced = tracedHeld(held, tracer, forms);
  await withContext(context, async () => {
    expect(await traced.get("a")).toBe("a");
    await expect(traced.put()).rejects.toThrow("full");
  });
  expect(told).toEqual([
    "begin get orders",
    "get a",
    "end get orders",
    "begin put orders",
    "error.type RangeError",
    "end put orders",
  ]);
  expect(traced.close).toBe(held.close);
});

test("a call that throws at once ends its span; one outside of any work has none", async () => {
  const { told, tracer } = telling();
  const held = {
    get(): Promise<string> {
      throw new TypeError("no key");
    },
    put: () => Promise.resolve(),
  };
  const traced = tracedHeld(held, tracer, forms);
  expect(() => withContext(context, () => traced.get())).toThrow("no key");
  await traced.put();
  expect(told).toEqual(["begin get orders", "error.type TypeError", "end get orders"]);
  expect(tracedHeld(held, positions, forms)).toBe(held);
});
