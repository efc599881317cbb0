import { expect } from "vitest";
import type { Filter } from "../../signals/filter.ts";
import { everything } from "../../signals/filter.ts";
import type { SpanRecord } from "../../signals/records.ts";
import type { ObservedEdge, TraceSummary } from "../../signals/store.ts";
import { memoryReader } from "../../testing/memory-reader.ts";
import { edgesOf } from "../../topology/edges.ts";
import { originOf } from "./world.ts";
import type { Case, World } from "./world.ts";

const root = "GET /orders";

/** Traces of four spans in three services; every fifth fails, trace N takes N * 10 ms. */
function tracesOf({ at, span, ids }: World, total: number): SpanRecord[][] {
  return Array.from({ length: total }, (_, trace) => {
    const [traceId, startMs] = [ids.hex(16), trace * 5000];
    const spanIds = Array.from({ length: 4 }, () => ids.hex(8));
    const make = (index: number, service: string, more: Partial<SpanRecord>): SpanRecord =>
      span({
        origin: originOf(service),
        traceId,
        spanId: spanIds[index] ?? "",
        parentSpanId: spanIds[index - 1] ?? "",
        startNs: at(startMs + index),
        durationNs: BigInt(trace + 1) * 10_000_000n - BigInt(index) * 2_000_000n,
        ...more,
      });
    const failed = trace % 5 === 0 ? 2 : 0;
    return [
      make(0, "gateway", { name: root, status: failed }),
      make(1, "gateway", { name: "call", kind: 3, attributes: { "server.address": "orders" } }),
      make(2, "orders", { name: "POST /pay", attributes: { trace } }),
      make(3, "orders", {
        name: "select",
        kind: 3,
        status: failed,
        attributes: { "db.system.name": "postgresql", "db.namespace": "shop" },
      }),
    ];
  });
}

const ids = (list: readonly TraceSummary[]): string[] => list.map(({ traceId }) => traceId);

const edgeLine = ({ from, to, type, calls, errors }: ObservedEdge): string =>
  `${from} ${to} ${type} ${calls} ${errors}`;

/** Traces. */
export const tracing: readonly Case[] = [
  {
    name: "a trace is found whole, whichever batches it came in",
    async run(world) {
      const { at, error, log, store, write } = world;
      const traces = tracesOf(world, 20);
      const [wanted = []] = traces;
      const traceId = wanted[0]?.traceId ?? "";
      const line = log({ traceId, timeNs: at(3), body: "of the trace" });
      const failure = error({ traceId, timeNs: at(4) });
      await write({ spans: [...traces.slice(1).flat(), ...wanted.slice(2)] });
      await write({ spans: wanted.slice(0, 2), logs: [line, log({ body: "of none" })] });
      await write({ errors: [failure, error({})] });
      const found = await store.trace(traceId);
      expect(found?.spans.map(({ spanId }) => spanId)).toEqual(wanted.map(({ spanId }) => spanId));
      expect(found?.spans[2]).toEqual(wanted[2]);
      expect(found?.logs.map(({ body }) => body)).toEqual(["of the trace"]);
      expect(found?.errors.map(({ type }) => type)).toEqual([failure.type]);
      expect(found).toMatchObject({ traceId, spansLeftOut: 0 });
    },
  },
  {
    name: "a trace that nothing bears is none, nor is what is no id; one of lines alone is one",
    async run({ ids: make, log, store, write }) {
      const traceId = make.hex(16);
      await write({ logs: [log({ traceId })] });
      expect(await store.trace(make.hex(16))).toBeUndefined();
      for (const wrong of ["0".repeat(32), "", "nothing", "' or 1=1"]) {
        expect(await store.trace(wrong).catch(() => undefined)).toBeUndefined();
      }
      expect(await store.trace(traceId)).toMatchObject({ spans: [], spansLeftOut: 0 });
    },
  },
  {
    name: "traces are found by their spans, newest or longest first, and told in one line",
    async run(world) {
      const { range, store, write } = world;
      const traces = tracesOf(world, 30);
      await write({ spans: traces.slice(0, 13).flat() });
      await write({ spans: traces.slice(13).flat() });
      const memory = memoryReader({ spans: traces.flat() });
      const failed: Filter = { op: "eq", field: "status", value: "error" };
      const one: Filter = { op: "eq", field: "attributes.trace", value: 7 };
      for (const more of [
        { filter: everything, limit: 7 },
        { filter: failed, limit: 100 },
        { filter: one, limit: 10 },
        { filter: everything, limit: 5, orderBy: "duration" as const },
        { filter: failed, limit: 100, durationMinMs: 60, durationMaxMs: 200 },
        { filter: everything, limit: 3, durationMinMs: 200, orderBy: "start" as const },
        { filter: { op: "eq", field: "service", value: "no" } as const, limit: 10 },
      ]) {
        const query = { ...range, ...more };
        const [found, wanted] = [await store.traces(query), await memory.traces(query)];
        expect({ more, ids: ids(found) }).toEqual({ more, ids: ids(wanted) });
        expect(found.map(withoutOrder)).toEqual(wanted.map(withoutOrder));
      }
    },
  },
  {
    name: "spans outside of the range count to a trace that has one inside",
    async run({ at, span, store, write }) {
      const spanOf = (ms: number, spanId: string): SpanRecord =>
        span({ traceId: "a".repeat(32), spanId: spanId.repeat(16), startNs: at(ms) });
      await write({ spans: [spanOf(0, "1"), spanOf(10_000, "2")] });
      const found = await store.traces({
        fromNs: at(9000),
        toNs: at(11_000),
        filter: everything,
        limit: 10,
      });
      expect(found).toMatchObject([{ spans: 2, startNs: at(0), durationNs: 10_010_000_000n }]);
    },
  },
  {
    name: "the edges of the service map are those of the rule",
    needs: "edges",
    async run(world) {
      const { range, store, write } = world;
      const traces = tracesOf(world, 40);
      const spans = traces.flat();
      // A trace's spans come in several batches, a child before its parent among them.
      await write({ spans: spans.filter((_, index) => index % 4 !== 1) });
      await write({ spans: spans.filter((_, index) => index % 4 === 1) });
      const [found, wanted] = [await store.edges(range), edgesOf(spans, range)];
      const calls = (list: readonly ObservedEdge[]): string[] =>
        list
          .filter(({ to }) => !to.startsWith("external/"))
          .map(edgeLine)
          .toSorted();
      expect(calls(found)).toEqual(calls(wanted));
      for (const edge of wanted) {
        const own = found.find(({ from, to }) => from === edge.from && to === edge.to);
        if (own === undefined) continue;
        for (const name of ["p50Ms", "p95Ms", "p99Ms"] as const) {
          expect(Math.abs(own[name] - edge[name])).toBeLessThanOrEqual(edge[name] * 0.03);
        }
      }
    },
  },
];

/** Services of as many spans come in any order. */
function withoutOrder({ services, ...rest }: TraceSummary): unknown {
  return { ...rest, services: services.toSorted((a, b) => (a.name < b.name ? -1 : 1)) };
}
