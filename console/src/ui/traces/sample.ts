import type { SpanEvent, Trace, TraceSpan } from "./span.ts";

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const services = ["storefront", "orders", "payments", "stock", "users", "mail", "postgres"];
const operations = ["POST /orders", "reserve", "charge", "SELECT stock", "publish", "send", "GET"];
const kinds = ["server", "client", "internal", "producer", "consumer"];

const pick = <T>(all: readonly T[], random: () => number): T | undefined =>
  all[Math.floor(random() * all.length)];

function eventsOf(random: () => number, startMs: number, durationMs: number): SpanEvent[] {
  const count = random() < 0.15 ? 1 + Math.floor(random() * 3) : 0;
  return Array.from({ length: count }, (_, at) => ({
    atMs: startMs + durationMs * random(),
    name: at === 0 ? "exception" : `retry ${at}`,
  }));
}

/** A trace of so many spans as a seed makes it: for the design system and for measuring. */
export function sampleTrace(count: number, seed: number): Trace {
  const random = seeded(seed);
  const spans: TraceSpan[] = [];
  for (let at = 0; at < count; at++) {
    // Most hang below one of the last few, some anywhere: deep in places, wide in others.
    const near = random() < 0.7 ? Math.max(0, at - 1 - Math.floor(random() * 12)) : 0;
    const parent = at === 0 ? undefined : spans[random() < 0.5 ? near : Math.floor(random() * at)];
    const room = parent?.durationMs ?? 2400;
    const durationMs = at === 0 ? room : room * (0.05 + 0.85 * random() ** 2);
    const startMs = (parent?.startMs ?? 0) + (room - durationMs) * random();
    spans.push({
      spanId: (at + 1).toString(16).padStart(16, "0"),
      parentSpanId: parent?.spanId ?? null,
      name: at === 0 ? "POST /orders" : (pick(operations, random) ?? ""),
      service: at === 0 ? "storefront" : (pick(services, random) ?? ""),
      kind: pick(kinds, random) ?? "",
      startMs,
      durationMs,
      status: random() < 0.03 ? "error" : "unset",
      events: eventsOf(random, startMs, durationMs),
    });
  }
  return { spans };
}
