import fc from "fast-check";
import { expect } from "vitest";
import { matches } from "../../logs/query/index.ts";
import type { Filter } from "../../signals/filter.ts";
import { everything } from "../../signals/filter.ts";
import type { ErrorRecord, LogRecord, SpanRecord } from "../../signals/records.ts";
import { codeOf, originOf, pagesOf } from "./world.ts";
import type { Case, World } from "./world.ts";

const words = ["card declined", "Card accepted", "訂單成立", "stock 10% low", "it's [a.b]_c\\d"];
const serviceNames = ["orders", "payments", "商店"];

/** Lines whose fields differ enough for filters to divide them. */
function linesOf({ at, log }: World, count: number): LogRecord[] {
  return Array.from({ length: count }, (_, index) =>
    log({
      origin: originOf(serviceNames[index % 3] ?? "", index % 2 === 0 ? { "host.name": "h1" } : {}),
      timeNs: at(index * 100),
      severity: [0, 1, 5, 9, 13, 17, 21, 24][index % 8] ?? 0,
      body: `${words[index % 5] ?? ""} ${index}`,
      eventName: index % 7 === 0 ? "order.placed" : "",
      traceId: index % 3 === 0 ? (index + 1).toString(16).padStart(32, "0") : "",
      spanId: index % 3 === 0 ? (index + 1).toString(16).padStart(16, "0") : "",
      attributes: {
        "http.route": ["/orders", "/orders/:id", "/付款"][index % 3] ?? "",
        ...(index % 2 === 0 ? { "http.response.status_code": index % 4 === 0 ? 500 : 200 } : {}),
        ...(index % 5 === 0 ? { amount: index / 4, name: `n${index % 4}` } : {}),
        ...(index % 6 === 0 ? { mixed: index % 12 === 0 ? "12" : "twelve" } : {}),
      },
    }),
  );
}

const fieldNames = `service level severity body event trace_id span_id instance http.route
  http.response.status_code amount name mixed missing attributes.name resource.host.name
  environment version scope`.split(/\s+/);
const filterTexts = `orders 商店 error warn 500 12 /付款 h1 n1 test order.placed 0000000000000004
  00000000000000000000000000000001`.split(/\s+/);
const filterValues: readonly (string | number)[] = [...filterTexts, "", 500, 12, 0.25, -1, 9];

/** Filters of every kind, nested. */
function filters(): fc.Arbitrary<Filter> {
  const field = fc.constantFrom(...fieldNames);
  const value = fc.constantFrom(...filterValues);
  const leaf = fc.oneof(
    fc.constant<Filter>(everything),
    fc
      .constantFrom("CARD", "訂單", "10%", "[a.b]_C\\", " 1", "nowhere")
      .map((text): Filter => ({ op: "text", text })),
    fc
      .tuple(fc.constantFrom("eq", "ne"), field, value)
      .map(([op, name, one]): Filter => ({ op, field: name, value: one })),
    fc
      .tuple(
        fc.constantFrom("lt", "lte", "gt", "gte"),
        fc.constantFrom("level", "severity", "amount", "http.response.status_code", "mixed"),
        fc.constantFrom("warn", "error", 9, 17, 0.25, 200, 12),
      )
      .filter(([, name, one]) => (name === "level") === (typeof one === "string"))
      .map(([op, name, one]): Filter => ({ op, field: name, value: one })),
    field.map((name): Filter => ({ op: "exists", field: name })),
    fc
      .tuple(field, fc.constantFrom("*", "ORD*", "*d*", "5*0", "%", "/付*", "*\\d *", "*_c*"))
      .map(([name, pattern]): Filter => ({ op: "like", field: name, pattern })),
    fc
      .tuple(field, fc.constantFrom("^o", "[0-9]+$", "單.*4$", "(card|stock)", "(?i)^CARD"))
      .map(([name, pattern]): Filter => ({ op: "regex", field: name, pattern })),
    fc
      .tuple(field, fc.array(value, { maxLength: 3 }))
      .map(([name, values]): Filter => ({ op: "in", field: name, values })),
  );
  return fc.letrec<{ filter: Filter }>((tie) => ({
    filter: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      leaf,
      fc
        .tuple(
          fc.constantFrom("and" as const, "or" as const),
          fc.array(tie("filter"), { maxLength: 3 }),
        )
        .map(([op, of]): Filter => ({ op, of })),
      tie("filter").map((of): Filter => ({ op: "not", of })),
    ),
  })).filter;
}

const spanFilters: readonly Filter[] = [
  { op: "eq", field: "kind", value: "server" },
  { op: "ne", field: "status", value: "error" },
  { op: "gt", field: "duration", value: 12.5 },
  { op: "lte", field: "duration", value: 12.5 },
  { op: "eq", field: "parent_span_id", value: "00000000000000aa" },
  { op: "not", of: { op: "exists", field: "parent_span_id" } },
  { op: "text", text: "ORDERS" },
  { op: "eq", field: "status_message", value: "no" },
  { op: "regex", field: "name", pattern: "/(orders|付款)$" },
  { op: "eq", field: "attributes.kind", value: "own" },
];

const errorFilters: readonly Filter[] = [
  { op: "eq", field: "group", value: "00000000000000ab" },
  { op: "eq", field: "type", value: "CardError" },
  { op: "text", text: "卡" },
  { op: "in", field: "source", values: ["log", "sentry"] },
  { op: "exists", field: "user" },
  { op: "like", field: "release", pattern: "2.*" },
];

const key = (values: readonly bigint[]): string => values.map(String).toSorted().join();

/** Records are found by what they say. */
export const searching: readonly Case[] = [
  {
    name: "a filter finds the lines that it holds for, and no others",
    async run(world) {
      const { range, store, write, random } = world;
      const lines = linesOf(world, 120);
      await write({ logs: lines.slice(0, 50) });
      await write({ logs: lines.slice(50) });
      const seed = Math.floor(random.next() * 2 ** 31);
      await fc.assert(
        fc.asyncProperty(filters(), async (filter) => {
          const page = await store.searchLogs({ ...range, filter, limit: 1000 });
          const wanted = lines.filter((line) => matches(filter, "logs", line));
          const found = page.records.map(({ record }) => record.timeNs);
          expect(key(found)).toBe(key(wanted.map(({ timeNs }) => timeNs)));
        }),
        { seed, numRuns: 40 },
      );
    },
  },
  {
    name: "a filter finds spans",
    async run({ at, range, span, store, write }) {
      const spans = Array.from({ length: 60 }, (_, index): SpanRecord =>
        span({
          spanId: (index + 1).toString(16).padStart(16, "0"),
          parentSpanId: index % 3 === 0 ? "" : "00000000000000aa",
          name: ["GET /orders", "POST /付款", "query"][index % 3] ?? "",
          kind: index % 6,
          startNs: at(index),
          durationNs: BigInt(index) * 500_000n,
          status: index % 3,
          statusMessage: index % 3 === 2 ? "no" : "",
          attributes: index % 4 === 0 ? { kind: "own" } : {},
        }),
      );
      await write({ spans });
      for (const filter of spanFilters) {
        const page = await store.searchSpans({ ...range, filter, limit: 1000 });
        const wanted = spans.filter((one) => matches(filter, "spans", one));
        expect(wanted.length).toBeGreaterThan(0);
        const found = page.records.map(({ record }) => record.startNs);
        expect({ filter, found: key(found) }).toEqual({
          filter,
          found: key(wanted.map(({ startNs }) => startNs)),
        });
      }
    },
  },
  {
    name: "a filter finds errors",
    async run({ at, error, range, store, write }) {
      const errors = Array.from({ length: 40 }, (_, index): ErrorRecord =>
        error({
          timeNs: at(index),
          type: index % 2 === 0 ? "CardError" : "TypeError",
          message: index % 3 === 0 ? "卡被拒絕" : "no",
          fingerprint: `00000000000000a${(index % 4).toString(16) === "1" ? "b" : "c"}`,
          source: (["span", "log", "sentry"] as const)[index % 3] ?? "span",
          release: `${index % 3}.0`,
          user: index % 5 === 0 ? "ada" : "",
        }),
      );
      await write({ errors });
      for (const filter of errorFilters) {
        const page = await store.searchErrors({ ...range, filter, limit: 1000 });
        const wanted = errors.filter((one) => matches(filter, "errors", one));
        expect(wanted.length).toBeGreaterThan(0);
        const found = page.records.map(({ record }) => record.timeNs);
        expect({ filter, found: key(found) }).toEqual({
          filter,
          found: key(wanted.map(({ timeNs }) => timeNs)),
        });
      }
    },
  },
  {
    name: "a range begins with its first nanosecond and ends before its last",
    async run({ at, log, range, store, write }) {
      const times = [at(10), at(10) + 1n, at(20) - 1n, at(20)];
      await write({ logs: times.map((timeNs) => log({ timeNs })) });
      const page = await store.searchLogs({
        fromNs: at(10) + 1n,
        toNs: at(20),
        filter: everything,
        limit: 10,
      });
      expect(page.records.map(({ record }) => record.timeNs)).toEqual([at(20) - 1n, at(10) + 1n]);
      const none = await store.searchLogs({
        fromNs: range.toNs,
        toNs: range.fromNs,
        filter: everything,
        limit: 10,
      });
      expect(none.records).toEqual([]);
    },
  },
  {
    name: "pages give each record once, in order, also of one instant and of the same words",
    async run({ at, log, range, store, write }) {
      // Of every instant several, some of which differ by an attribute alone, some by nothing.
      const lines = Array.from({ length: 90 }, (_, index) =>
        log({
          timeNs: at(Math.floor(index / 30)),
          body: `same ${index % 2}`,
          attributes: index % 3 === 0 ? {} : { "order.id": String(index) },
        }),
      );
      await write({ logs: lines.slice(0, 40) });
      await write({ logs: lines.slice(40) });
      const textOf = ({ timeNs, body, attributes }: LogRecord): string =>
        `${timeNs} ${body} ${JSON.stringify(attributes)}`;
      for (const ascending of [false, true]) {
        const query = { ...range, filter: everything, limit: 7, ascending };
        const pages = await pagesOf((asked) => store.searchLogs(asked), query);
        expect(pages).toHaveLength(Math.ceil(90 / 7));
        const records = pages.flatMap((page) => page.records);
        const found = records.map(({ record }) => textOf(record));
        expect(found.toSorted()).toEqual(lines.map(textOf).toSorted());
        const times = records.map(({ record }) => record.timeNs);
        const sorted = times.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
        expect(times).toEqual(ascending ? sorted : sorted.toReversed());
      }
    },
  },
  {
    name: "a page goes on where the last one ended, whatever came since",
    async run({ at, log, range, store, write }) {
      const line = (index: number): LogRecord => log({ timeNs: at(index), body: String(index) });
      const logs = Array.from({ length: 30 }, (_, index) => line(index));
      await write({ logs });
      const query = { ...range, filter: everything, limit: 10 };
      const first = await store.searchLogs(query);
      await write({ logs: [line(100), line(101)] });
      const { cursor } = first;
      expect(cursor).toBeDefined();
      const second = await store.searchLogs({ ...query, cursor: cursor ?? "" });
      expect(second.records.map(({ record }) => Number(record.body))).toEqual(
        Array.from({ length: 10 }, (_, index) => 19 - index),
      );
    },
  },
  {
    name: "a line keeps its id, by which it is opened with what its instance logged around it",
    async run({ at, log, range, store, write }) {
      const logs = Array.from({ length: 40 }, (_, index) =>
        log({
          origin: originOf(index % 2 === 0 ? "orders" : "payments"),
          timeNs: at(Math.floor(index / 4) * 10),
          body: String(index),
        }),
      );
      await write({ logs: logs.slice(0, 30) });
      const query = { ...range, filter: { op: "text", text: "20" } as const, limit: 1 };
      const [before] = (await store.searchLogs(query)).records;
      await write({ logs: logs.slice(30) });
      const [after] = (await store.searchLogs(query)).records;
      expect(after?.id).toBe(before?.id);
      const around = await store.logContext(after?.id ?? "", 4, 5);
      const bodies = around.records.map(({ record }) => Number(record.body));
      expect(bodies).toHaveLength(10);
      expect(bodies.every((body) => body % 2 === 0)).toBe(true);
      expect(new Set(bodies).size).toBe(10);
      const times = around.records.map(({ record }) => record.timeNs);
      expect(times).toEqual(times.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0)));
      expect(bodies[4]).toBe(20);
    },
  },
  {
    name: "what is asked for wrongly is an error of the asker",
    async run({ log, range, store, write }) {
      await write({ logs: [log({})] });
      const query = { ...range, filter: everything, limit: 10 };
      const bad: Filter = { op: "regex", field: "body", pattern: "(" };
      for (const wrong of [{ filter: bad }, { cursor: "no cursor" }]) {
        expect(await codeOf(store.searchLogs({ ...query, ...wrong }))).toMatch(
          /^MOR_(?:TELEMETRY_QUERY|INVALID)$/,
        );
      }
      const over = await store.searchLogs({ ...query, limit: 20_000 }).catch(() => undefined);
      expect(over?.records.length ?? 0).toBeLessThanOrEqual(10_000);
    },
  },
];
