import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readBatch } from "../../export/read.ts";
import { Sheet } from "../sheet.ts";
import { plainFingerprint } from "../stage.contract.ts";
import { protobufOfJson } from "./json.ts";
import { encode } from "./requests.contract.ts";
import { otlpDecoder } from "./wire.ts";
import type { OtlpSignal } from "./wire.ts";

const decoder = otlpDecoder({ fingerprint: plainFingerprint });
const requests = { logs: "LogsRequest", traces: "TracesRequest", metrics: "MetricsRequest" };

function read(signal: OtlpSignal, bytes: Uint8Array): object {
  const sheet = new Sheet();
  sheet.mark();
  const taken = decoder.decode(signal, bytes, sheet, 1n);
  return { ...readBatch(sheet.take()), taken: { ...taken, problems: [] } };
}

/** OTLP/JSON of a message that is written with the names of the .proto files. */
function otlpJson(value: unknown, name = ""): unknown {
  if (value instanceof Uint8Array) {
    const coding = name === "bytes_value" ? "base64" : "hex";
    return Buffer.from(value).toString(coding);
  }
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  if (Array.isArray(value)) return value.map((one) => otlpJson(one, name));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [
      key.replaceAll(/_([a-z])/g, (_all, letter: string) => letter.toUpperCase()),
      otlpJson(one, key),
    ]),
  );
}

/** `JSON.stringify` has no -0. */
const double = fc.double().map((number) => (number === 0 ? 0 : number));
const text = fc.string({ unit: "grapheme", maxLength: 20 });
const key = text.filter((name) => name !== "__proto__");
const uint64 = fc.bigInt({ min: 1n, max: 2n ** 63n - 1n }).map(String);
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String);
const bytes = (size: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: size, maxLength: size });
const { value } = fc.letrec<{ value: object; pair: object }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, depthSize: "small" },
    text.map((string_value) => ({ string_value })),
    fc.boolean().map((bool_value) => ({ bool_value })),
    int64.map((int_value) => ({ int_value })),
    double.map((double_value) => ({ double_value })),
    fc.uint8Array({ maxLength: 9 }).map((bytes_value) => ({ bytes_value })),
    fc.constant({}),
    fc.array(tie("value"), { maxLength: 4 }).map((values) => ({ array_value: { values } })),
    fc.array(tie("pair"), { maxLength: 4 }).map((values) => ({ kvlist_value: { values } })),
  ),
  pair: fc.record({ key, value: tie("value") }),
}));
const attributes = fc.array(fc.record({ key, value }), { maxLength: 5 });
const scope = fc.record({ name: text, version: text, attributes });
const resource = fc.record({ attributes });

const log = fc.record(
  {
    time_unix_nano: uint64,
    severity_number: fc.integer({ min: 0, max: 24 }),
    body: value,
    attributes,
    trace_id: bytes(16),
    span_id: bytes(8),
    event_name: text,
    flags: fc.nat(),
  },
  { requiredKeys: [] },
);
const span = fc.record({
  trace_id: bytes(16),
  span_id: bytes(8),
  name: text,
  start_time_unix_nano: uint64,
  end_time_unix_nano: uint64,
  attributes,
  events: fc.array(fc.record({ time_unix_nano: uint64, name: text, attributes }), { maxLength: 2 }),
  status: fc.record({ code: fc.integer({ min: 0, max: 2 }), message: text }),
});
const exemplar = fc.record({ time_unix_nano: uint64, as_int: int64, trace_id: bytes(16) });
const exponential = fc.record({
  time_unix_nano: uint64,
  count: uint64,
  sum: double,
  scale: fc.integer({ min: -10, max: 20 }),
  zero_count: fc.nat(),
  positive: fc.record({
    offset: fc.integer(),
    bucket_counts: fc.array(fc.nat(), { maxLength: 9 }),
  }),
  exemplars: fc.array(exemplar, { maxLength: 2 }),
  attributes,
});
const quantile = fc.record({ quantile: fc.double({ min: 0, max: 1 }), value: double });
const summary = fc.record({
  time_unix_nano: uint64,
  quantile_values: fc.array(quantile, { maxLength: 3 }),
});
const number = fc.record({ time_unix_nano: uint64, as_double: double, attributes });
const metric = fc.oneof(
  fc.record({ name: text, gauge: fc.record({ data_points: fc.array(number) }) }),
  fc.record({
    name: text,
    exponential_histogram: fc.record({
      data_points: fc.array(exponential),
      aggregation_temporality: fc.integer({ min: 0, max: 2 }),
    }),
  }),
  fc.record({ name: text, summary: fc.record({ data_points: fc.array(summary) }) }),
);

describe("OTLP in JSON", () => {
  it.each([
    ["logs", "resource_logs", "scope_logs", "log_records", log],
    ["traces", "resource_spans", "scope_spans", "spans", span],
    ["metrics", "resource_metrics", "scope_metrics", "metrics", metric],
  ] as const)("says of %s what protobuf says", (signal, resources, scopes, records, record) => {
    const scoped = fc.record({ scope, [records]: fc.array<object>(record, { maxLength: 3 }) });
    const request = fc.record({
      [resources]: fc.array(fc.record({ resource, [scopes]: fc.array(scoped, { maxLength: 2 }) }), {
        maxLength: 2,
      }),
    });
    const seed = Number(process.env["MORNING_SEED"] ?? Date.now() % 2 ** 31);
    console.log(`seed ${seed}`);
    fc.assert(
      fc.property(request, (given) => {
        const json = Buffer.from(JSON.stringify(otlpJson(given)));
        const fromJson = read(signal, protobufOfJson(signal, json));
        expect(fromJson).toEqual(read(signal, encode(requests[signal], given)));
      }),
      { seed, numRuns: 200 },
    );
  });

  it.each([
    ["nested deeper than 32", `{"arrayValue":{"values":[`.repeat(40) + "]}}".repeat(40), "depth"],
    [
      "nested deeper than messages go",
      `{"arrayValue":{"values":[`.repeat(5_000) + "]}}".repeat(5_000),
      "depth",
    ],
  ])("refuses values %s", (_name, body, reason) => {
    const json = `{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":${body}}]}]}]}`;
    const refused = expect.objectContaining({ details: expect.objectContaining({ reason }) });
    expect(() => read("logs", protobufOfJson("logs", Buffer.from(json)))).toThrow(refused);
  });

  it("refuses what would take much more memory than it has bytes", () => {
    const json = Buffer.from(`{"resourceLogs":[${"{},".repeat(4_100_000)}{}]}`);
    const refused = expect.objectContaining({ code: "MOR_INGEST_TOO_LARGE" });
    expect(() => protobufOfJson("logs", json)).toThrow(refused);
  });

  it("refuses what is not UTF-8 or not JSON", () => {
    const refused = expect.objectContaining({ code: "MOR_INGEST_MALFORMED" });
    expect(() => protobufOfJson("logs", Buffer.from([0x7b, 0xff, 0x7d]))).toThrow(refused);
    for (const body of ["", "{", "[]", "null", '"a"', "7"]) {
      expect(() => protobufOfJson("logs", Buffer.from(body))).toThrow(refused);
    }
  });
});
