import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readBatch } from "../../export/read.ts";
import type { Records } from "../../export/read.ts";
import { Sheet } from "../sheet.ts";
import { plainFingerprint } from "../stage.contract.ts";
import type { Taken } from "../taken.ts";
import { attribute, attributes, bodyText, id, readBack, shuffled } from "./oracle.contract.ts";
import type { Given } from "./oracle.contract.ts";
import { encode, line, logsRequest, span, tracesRequest } from "./requests.contract.ts";
import { otlpDecoder } from "./wire.ts";
import type { OtlpSignal } from "./wire.ts";

const nowNs = 1_767_225_600_000_000_000n;
const decoder = otlpDecoder({ fingerprint: plainFingerprint });

function read(signal: OtlpSignal, bytes: Uint8Array): { taken: Taken; records: Records } {
  const sheet = new Sheet();
  sheet.mark();
  const taken = decoder.decode(signal, bytes, sheet, nowNs);
  return { taken, records: readBatch(sheet.take()) };
}

/** Length-delimited field of a message. */
function wrap(field: number, message: Uint8Array): Uint8Array {
  const size: number[] = [];
  let rest = message.length;
  for (; rest > 0x7f; rest >>>= 7) size.push((rest & 0x7f) | 0x80);
  return Buffer.concat([Buffer.from([(field << 3) | 2, ...size, rest]), message]);
}

const request = (records: readonly Uint8Array[]): Uint8Array =>
  wrap(1, wrap(2, Buffer.concat(records.map((record) => wrap(2, record)))));

const text = fc.string({ unit: "grapheme", maxLength: 40 });
const key = text.filter((name) => name !== "__proto__");
const uint64 = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }).map(String);
const int64 = fc.oneof(
  fc.integer().map(String),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String),
);
const { value: anyValue } = fc.letrec<{ value: Given; pair: Given }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, depthSize: "small" },
    text.map((string_value) => ({ string_value })),
    fc.boolean().map((bool_value) => ({ bool_value })),
    int64.map((int_value) => ({ int_value })),
    fc.double().map((double_value) => ({ double_value })),
    fc.uint8Array({ maxLength: 9 }).map((bytes_value) => ({ bytes_value })),
    fc.constant({}),
    fc.array(tie("value"), { maxLength: 4 }).map((values) => ({ array_value: { values } })),
    fc
      .uniqueArray(tie("pair"), { maxLength: 4, selector: (pair) => pair["key"] })
      .map((values) => ({ kvlist_value: { values } })),
  ),
  pair: fc.record({ key, value: tie("value") }),
}));
const pairs = fc.array(fc.record({ key, value: anyValue }), { maxLength: 8 });
const someId = (size: number): fc.Arbitrary<Uint8Array> =>
  fc.oneof(
    { weight: 5, arbitrary: fc.uint8Array({ minLength: size, maxLength: size }) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 20 }) },
  );
const order = fc.array(fc.nat(), { minLength: 20, maxLength: 20 });
const small = fc.integer({ min: -3, max: 30 });

const check = <T>(arbitrary: fc.Arbitrary<T>, holds: (value: T) => void): void => {
  const seed = Number(process.env["MORNING_SEED"] ?? Date.now() % 2 ** 31);
  console.log(`seed ${seed}`);
  fc.assert(fc.property(arbitrary, holds), { seed, numRuns: 400 });
};

describe("against protobufjs", () => {
  const record = fc.record(
    {
      time_unix_nano: uint64,
      observed_time_unix_nano: uint64,
      severity_number: small,
      severity_text: text,
      body: anyValue,
      attributes: pairs,
      dropped_attributes_count: fc.nat(),
      flags: fc.nat(),
      trace_id: someId(16),
      span_id: someId(8),
      event_name: text,
    },
    { requiredKeys: [] },
  );

  it("reads log records, in any order of fields", () => {
    check(fc.array(fc.tuple(record, order), { maxLength: 5 }), (given) => {
      const encoded = given.map(([one, by]) => shuffled("LogRecord", one, by));
      const { records, taken } = read("logs", request(encoded));
      expect(taken).toMatchObject({ accepted: given.length, rejected: 0 });
      records.logs.forEach((log, index) => {
        const expected = readBack("LogRecord", encoded[index]!);
        const time = BigInt((expected["time_unix_nano"] as string | undefined) ?? 0);
        const observed = BigInt((expected["observed_time_unix_nano"] as string | undefined) ?? 0);
        expect(log.timeNs).toBe(time || observed || nowNs);
        expect(log.observedNs).toBe(observed || nowNs);
        const severity = (expected["severity_number"] as number | undefined) ?? 0;
        expect(log.severity).toBe(severity < 0 || severity > 24 ? 0 : severity);
        expect(log.severityText).toBe(expected["severity_text"] ?? "");
        expect(log.eventName).toBe(expected["event_name"] ?? "");
        expect(log.traceId).toBe(id(expected["trace_id"], 16));
        expect(log.spanId).toBe(id(expected["span_id"], 8));
        expect(log.attributes).toEqual(attributes(expected["attributes"]));
        const body = bodyText(expected["body"] as Given | undefined);
        if (body !== "JSON") expect(log.body).toBe(body);
        else expect(JSON.parse(log.body)).toEqual(attribute(expected["body"] as Given));
      });
    });
  });

  const event = fc.record({ time_unix_nano: uint64, name: text, attributes: pairs });
  const valid = (size: number): fc.Arbitrary<Uint8Array> =>
    fc.uint8Array({ minLength: size, maxLength: size }).filter((bytes) => bytes.some(Boolean));
  const someSpan = fc.record(
    {
      trace_id: someId(16),
      span_id: someId(8),
      parent_span_id: fc.oneof(valid(8), fc.constant(new Uint8Array(0))),
      trace_state: text,
      name: text,
      kind: small,
      start_time_unix_nano: uint64,
      end_time_unix_nano: uint64,
      attributes: pairs,
      events: fc.array(event, { maxLength: 3 }),
      links: fc.array(fc.record({ trace_id: valid(16), span_id: valid(8), attributes: pairs }), {
        maxLength: 3,
      }),
      status: fc.record({ code: fc.integer({ min: 0, max: 2 }), message: text }),
      flags: fc.nat(),
    },
    { requiredKeys: ["start_time_unix_nano"] },
  );

  it("reads spans, rejecting exactly those without ids", () => {
    check(fc.array(fc.tuple(someSpan, order), { maxLength: 5 }), (given) => {
      const encoded = given.map(([one, by]) => shuffled("Span", one, by));
      const { records, taken } = read("traces", request(encoded));
      const usable = encoded
        .map((bytes) => readBack("Span", bytes))
        .filter((one) => id(one["trace_id"], 16) !== "" && id(one["span_id"], 8) !== "")
        .filter((one) => BigInt((one["start_time_unix_nano"] as string | undefined) ?? 0) > 0n);
      expect(taken).toMatchObject({
        accepted: usable.length,
        rejected: given.length - usable.length,
      });
      usable.forEach((expected, index) => {
        const found = records.spans[index]!;
        const start = BigInt(expected["start_time_unix_nano"] as string);
        const end = BigInt((expected["end_time_unix_nano"] as string | undefined) ?? 0);
        const kind = (expected["kind"] as number | undefined) ?? 0;
        const status = (expected["status"] ?? {}) as Given;
        expect(found).toMatchObject({
          traceId: id(expected["trace_id"], 16),
          spanId: id(expected["span_id"], 8),
          parentSpanId: id(expected["parent_span_id"], 8),
          traceState: expected["trace_state"] ?? "",
          name: expected["name"] ?? "",
          kind: kind < 0 || kind > 5 ? 0 : kind,
          startNs: start,
          durationNs: end > start ? end - start : 0n,
          status: status["code"] ?? 0,
          statusMessage: status["message"] ?? "",
        });
        expect(found.attributes).toEqual(attributes(expected["attributes"]));
        const events = (expected["events"] ?? []) as Given[];
        expect(found.events.map(({ name, timeNs }) => [name, timeNs])).toEqual(
          events.map((one) => [one["name"] ?? "", BigInt((one["time_unix_nano"] as string) ?? 0)]),
        );
        const links = (expected["links"] ?? []) as Given[];
        expect(found.links.map(({ traceId, spanId }) => traceId + spanId)).toEqual(
          links.map((one) => id(one["trace_id"], 16) + id(one["span_id"], 8)),
        );
      });
    });
  });

  const counts = fc.array(fc.nat({ max: 1_000 }), { minLength: 1, maxLength: 6 });
  const histogram = fc
    .record({
      bucket_counts: counts,
      sum: fc.double({ noNaN: true }),
      min: fc.float({ noNaN: true }),
    })
    .map((one) => ({
      ...one,
      time_unix_nano: "5",
      count: one.bucket_counts.reduce((sum, count) => sum + count, 0),
      explicit_bounds: one.bucket_counts.slice(1).map((_, index) => index * 1.5),
    }));

  it("reads histograms and numbers", () => {
    const number = fc.oneof(
      int64.map((as_int) => ({ as_int })),
      fc.double({ noNaN: true }).map((as_double) => ({ as_double })),
    );
    check(
      fc.tuple(fc.array(histogram), fc.array(number), pairs),
      ([histograms, numbers, given]) => {
        const sum = {
          name: "n",
          sum: {
            data_points: numbers.map((one) => ({ ...one, time_unix_nano: "5", attributes: given })),
            aggregation_temporality: 1,
            is_monotonic: true,
          },
        };
        const spread = { name: "h", unit: "s", histogram: { data_points: histograms } };
        const bytes = request([encode("Metric", sum), encode("Metric", spread)]);
        const { records, taken } = read("metrics", bytes);
        expect(taken).toMatchObject({ accepted: numbers.length + histograms.length, rejected: 0 });
        numbers.forEach((one, index) => {
          const point = records.points[index]!;
          const value = "as_int" in one ? Number(one.as_int) : one.as_double;
          expect(point.value).toBe(value);
          expect(point).toMatchObject({ temporality: "delta", monotonic: true, kind: 1 });
          const back = readBack(
            "NumberDataPoint",
            encode("NumberDataPoint", { attributes: given }),
          );
          expect(point.attributes).toEqual(attributes(back["attributes"]));
        });
        histograms.forEach((one, index) => {
          const point = records.points[numbers.length + index]!;
          expect(point.value).toBe(one.sum);
          expect(point.count).toBe(BigInt(one.count));
          expect(point.distribution).toMatchObject({
            type: "explicit",
            bounds: one.explicit_bounds,
            counts: one.bucket_counts,
          });
        });
      },
    );
  });
});

describe("a record that cannot be kept", () => {
  it("costs its request nothing else", () => {
    const invalid = { ...line("x"), severity_text: "\u0001\u0001\u0001" };
    const bytes = Buffer.from(logsRequest([line("before"), invalid, line("after")]));
    const at = bytes.indexOf("\u0001\u0001\u0001");
    bytes.set([0xff, 0xfe, 0xfd], at);
    const { taken, records } = read("logs", bytes);
    expect(records.logs.map(({ body }) => body)).toEqual(["before", "after"]);
    expect(taken.problems).toMatchObject([{ reason: "utf8", count: 1, rejected: true }]);
  });

  it("leaves no attributes behind", () => {
    const pair = (name: string): object => ({ key: name, value: { string_value: name } });
    const spans = [
      span({ attributes: [pair("a")] }),
      span({ trace_id: "", attributes: [pair("b"), pair("c")], events: [{ name: "e" }] }),
      span({ attributes: [pair("d")] }),
    ];
    const { records } = read("traces", tracesRequest(spans));
    expect(records.spans.map((one) => one.attributes)).toEqual([{ a: "a" }, { d: "d" }]);
    expect(records.spans.every(({ events }) => events.length === 0)).toBe(true);
  });

  it.each([
    ["a point without a value", { gauge: { data_points: [{ time_unix_nano: "1" }] } }, "no-value"],
    ["a point without a time", { gauge: { data_points: [{ as_int: "1" }] } }, "time"],
    [
      "buckets that do not fit the bounds",
      {
        histogram: {
          data_points: [{ time_unix_nano: "1", bucket_counts: [1, 2], explicit_bounds: [1, 2] }],
        },
      },
      "buckets",
    ],
    [
      "bounds that do not rise",
      {
        histogram: {
          data_points: [{ time_unix_nano: "1", bucket_counts: [1, 2, 3], explicit_bounds: [2, 1] }],
        },
      },
      "buckets",
    ],
  ])("is %s", (_name, data, reason) => {
    const bytes = request([encode("Metric", { name: "m", ...data })]);
    const { taken } = read("metrics", bytes);
    expect(taken).toMatchObject({ accepted: 0, rejected: 1, problems: [{ reason }] });
  });

  it("is none when a point says that nothing was recorded", () => {
    const gauge = { data_points: [{ time_unix_nano: "1", flags: 1 }] };
    const { records } = read("metrics", request([encode("Metric", { name: "m", gauge })]));
    expect(records.points[0]?.value).toBeNaN();
  });
});

describe("what is longer than a limit", () => {
  it("is cut between two characters, and told", () => {
    const long = "訂".repeat(40_000);
    const attribute = { key: "long", value: { string_value: long } };
    const list = { key: "list", value: { array_value: { values: [{ string_value: long }] } } };
    const { records, taken } = read("logs", logsRequest([{ attributes: [attribute, list] }]));
    const kept = records.logs[0]?.attributes["long"] as string;
    expect(Buffer.byteLength(kept)).toBeLessThanOrEqual(64 * 1024);
    expect(kept).toBe("訂".repeat(kept.length));
    expect(records.logs[0]?.attributes["list"]).toMatch(/^\["訂+$/);
    expect(taken.problems).toMatchObject([{ reason: "cut", rejected: false }]);
  });

  it("is left out of events, links and exemplars", () => {
    const events = Array.from({ length: 1_100 }, (_, index) => ({ name: `e${index}` }));
    const { records, taken } = read("traces", tracesRequest([span({ events })]));
    expect(records.spans[0]?.events).toHaveLength(1_024);
    expect(taken.problems).toMatchObject([{ reason: "events", rejected: false }]);
  });
});

describe("an exception", () => {
  const exception = [
    { key: "exception.type", value: { string_value: "KeyError" } },
    { key: "exception.message", value: { string_value: "'sku'" } },
    { key: "exception.stacktrace", value: { string_value: "Traceback" } },
  ];

  it("in a log record is an error too", () => {
    const { records } = read(
      "logs",
      encode("LogsRequest", {
        resource_logs: [
          {
            resource: { attributes: [{ key: "service.name", value: { string_value: "stock" } }] },
            scope_logs: [{ log_records: [{ ...line("failed"), attributes: exception }] }],
          },
        ],
      }),
    );
    expect(records.logs).toHaveLength(1);
    expect(records.errors).toMatchObject([
      {
        type: "KeyError",
        message: "'sku'",
        stack: "Traceback",
        source: "log",
        fingerprint: "stock/KeyError",
        handled: true,
        timeNs: 1_767_225_600_000_000_001n,
        attributes: {},
      },
    ]);
  });

  it("in a span event is an error, with what the span knows", () => {
    const path = { key: "url.path", value: { string_value: "/orders" } };
    const events = [{ name: "exception", time_unix_nano: "9", attributes: exception }];
    const { records } = read("traces", tracesRequest([span({ attributes: [path], events })]));
    expect(records.errors).toMatchObject([
      { source: "span", timeNs: 9n, handled: true, attributes: { "url.path": "/orders" } },
    ]);
  });
});
