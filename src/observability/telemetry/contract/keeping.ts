import { expect } from "vitest";
import { everything } from "../../signals/filter.ts";
import type { Attributes, ErrorRecord, LogRecord, SpanRecord } from "../../signals/records.ts";
import type { Page } from "../../signals/store.ts";
import { codeOf, originOf } from "./world.ts";
import type { Case, World } from "./world.ts";

/** Keys and values that are easily lost on the way. */
const awkward: Attributes = {
  text: "plain",
  empty: "",
  chinese: "訂單成立，請稍候",
  emoji: "🍵 tea",
  quotes: `it's "so" \`quoted\` \\ and % and _`,
  lines: "a\r\nb\tc",
  integer: 42,
  negative: -7,
  large: 9_007_199_254_740_993n,
  fraction: 0.1,
  tiny: 5e-324,
  yes: true,
  no: false,
  none: null,
  list: ["a", 1, true, null, ["deep"]],
  map: { a: { b: [1, 2] }, "c.d": "e" },
  bytes: new Uint8Array([0, 1, 254, 255]),
  looksLikeNumber: "0042",
  "key with spaces": "s",
  鍵: "key in Chinese",
  "http.request.method": "POST",
  "http.response.status_code": 201,
  Case: "upper",
  case: "lower",
  "it's": "quoted key",
  'a"b': "double-quoted key",
  constructor: "own",
  body: "an attribute that is called as a field is",
};

/** Buffers are bytes too. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return { bytes: [...value] };
  if (Array.isArray(value)) return value.map(plain);
  if (value !== null && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, plain(one)]));
  }
  return value;
}

const recordsOf = <T>(page: Page<T>): unknown[] => page.records.map(({ record }) => plain(record));

/** Whether what was found says all that was written; engines may add to it. */
function expectSame(found: readonly unknown[], written: readonly unknown[]): void {
  expect(found).toHaveLength(written.length);
  for (const [at, one] of written.entries()) expect(found[at]).toMatchObject(plain(one) as object);
  const attributes = (list: readonly unknown[]): unknown[] =>
    list.map((one) => (one as { attributes: unknown }).attributes);
  expect(attributes(found)).toEqual(attributes(written.map(plain)));
}

const trace = "0af7651916cd43dd8448eb211c80319c";
const span = "b7ad6b7169203331";

async function logsOf({ store, range }: World): Promise<unknown[]> {
  const query = { ...range, filter: everything, limit: 100, ascending: true };
  return recordsOf<LogRecord>(await store.searchLogs(query));
}

/** What is written comes back. */
export const keeping: readonly Case[] = [
  {
    name: "a log record comes back with each field as it was",
    async run(world) {
      const { at, log, write } = world;
      const full = log({
        origin: {
          resource: { ...awkward, "service.name": "訂單" },
          scopeName: "範圍",
          scopeVersion: "2",
          scopeAttributes: { a: 1, b: "二" },
        },
        timeNs: at(1) + 1n,
        observedNs: at(2) + 3n,
        severity: 17,
        severityText: "ERROR",
        body: `訂單 42 it's "done" \\ 100%`,
        eventName: "order.placed",
        traceId: trace,
        spanId: span,
        attributes: awkward,
      });
      const bare = log({
        origin: { resource: {}, scopeName: "", scopeVersion: "", scopeAttributes: {} },
        timeNs: at(5),
        observedNs: 0n,
        severity: 0,
        severityText: "",
        body: "",
      });
      await write({ logs: [full, bare] });
      expectSame(await logsOf(world), [full, bare]);
    },
  },
  {
    name: "a span comes back with each field as it was",
    async run({ at, range, span: make, store, write }) {
      const full = make({
        origin: originOf("支付", awkward),
        traceId: trace,
        spanId: span,
        parentSpanId: "00f067aa0ba902b7",
        traceState: "vendor=a,other=b",
        name: "POST /訂單/:id",
        kind: 3,
        startNs: at(1) + 7n,
        durationNs: 123_456_789n,
        status: 2,
        statusMessage: "card declined: 卡被拒絕",
        attributes: awkward,
        events: [
          { timeNs: at(1) + 9n, name: "retry", attributes: { attempt: 2, why: "逾時" } },
          { timeNs: at(1) + 8n, name: "", attributes: {} },
        ],
        links: [{ traceId: "f".repeat(32), spanId: "e".repeat(16), attributes: { kind: "batch" } }],
        weight: 2.5,
      });
      const bare = make({ traceId: trace, startNs: at(2), durationNs: 0n, name: "", kind: 0 });
      await write({ spans: [full, bare] });
      const query = { ...range, filter: everything, limit: 10, ascending: true };
      expectSame(recordsOf<SpanRecord>(await store.searchSpans(query)), [full, bare]);
    },
  },
  {
    name: "an error comes back with each field as it was",
    async run({ at, error, range, store, write }) {
      const full = error({
        timeNs: at(1) + 1n,
        type: "CardError",
        message: "卡被拒絕 '\"",
        source: "sentry",
        handled: true,
        user: "ada@example.com",
        traceId: trace,
        spanId: span,
        attributes: awkward,
        breadcrumbs: '[{"message":"按下送出"}]',
      });
      const bare = error({ timeNs: at(2), stack: "", release: "", fingerprint: "" });
      await write({ errors: [full, bare] });
      const query = { ...range, filter: everything, limit: 10, ascending: true };
      expectSame(recordsOf<ErrorRecord>(await store.searchErrors(query)), [full, bare]);
    },
  },
  {
    name: "an attribute keeps its type where others of its key have another",
    async run(world) {
      const { at, log, write } = world;
      const values = ["5", 5, 5.5, true, null, ["5"], "five", 2n ** 62n];
      const logs = values.map((value, index) =>
        log({ timeNs: at(index), attributes: { "order.total": value } }),
      );
      await write({ logs: logs.slice(0, 3) });
      await write({ logs: logs.slice(3) });
      expectSame(await logsOf(world), logs);
    },
  },
  {
    name: "what was acknowledged is seen by the next read",
    async run({ at, log, range, store, write }) {
      for (let count = 1; count <= 3; count++) {
        await write({ logs: [log({ timeNs: at(count), body: `line ${count}` })] });
        const page = await store.searchLogs({ ...range, filter: everything, limit: 10 });
        expect(page.records).toHaveLength(count);
      }
    },
  },
  {
    name: "a batch that is written twice is there twice",
    async run({ at, log, range, span: make, store, write }) {
      const batch = { logs: [log({ timeNs: at(1) })], spans: [make({ startNs: at(1) })] };
      await write(batch);
      await write(batch);
      const query = { ...range, filter: everything, limit: 10 };
      expect((await store.searchLogs(query)).records).toHaveLength(2);
      expect((await store.searchSpans(query)).records).toHaveLength(2);
    },
  },
  {
    name: "batches that are written at the same time are all there",
    async run({ at, log, range, store, write }) {
      const each = Array.from({ length: 20 }, (_, index) => index);
      await Promise.all(
        each.map((index) => write({ logs: [log({ timeNs: at(index), body: String(index) })] })),
      );
      const page = await store.searchLogs({ ...range, filter: everything, limit: 100 });
      const bodies = page.records.map(({ record }) => Number(record.body));
      expect(bodies).toEqual(each.toReversed());
    },
  },
  {
    name: "bytes that are no batch are refused, and nothing of them is kept",
    async run({ range, store }) {
      expect(await codeOf(store.write(new Uint8Array([9, 9, 9])))).not.toBe("none");
      const page = await store.searchLogs({ ...range, filter: everything, limit: 10 });
      expect(page.records).toHaveLength(0);
    },
  },
];
