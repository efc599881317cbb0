import { SpanKind, SpanStatusCode } from "@opentelemetry/api";
import { ProtobufTraceSerializer } from "@opentelemetry/otlp-transformer";
import { resourceFromAttributes } from "@opentelemetry/resources";
import type { ReadableSpan } from "@opentelemetry/sdk-trace";
import type { Message, Type } from "protobufjs";
import { describe, expect, it } from "vitest";
import { otlpMessages } from "../ingest/otlp/proto.contract.ts";
import { encodeLogs, encodePoints, encodeSpans, errorAsLog } from "./otlp.ts";
import { partialSuccess } from "./protocols/otlp.ts";
import { readBatch } from "./read.ts";
import { batchOf, epochNs, pointsOfEveryKind, samples } from "./records.contract.ts";

const root = otlpMessages();
const plain = { longs: String, bytes: String } as const;

function decode(name: string, bytes: Uint8Array): Record<string, unknown> {
  const type: Type = root.lookupType(name);
  const message: Message = type.decode(bytes);
  return type.toObject(message, plain) as Record<string, unknown>;
}

const base64 = (hex: string): string => Buffer.from(hex, "hex").toString("base64");

const value = (of: object): object => expect.objectContaining({ value: of }) as object;

describe("OTLP protobuf, read by protobufjs", () => {
  const made = samples(1);

  it("writes every field of a span", () => {
    const span = made.span({ weight: 4 });
    expect(decode("TracesRequest", encodeSpans([span]))).toMatchObject({
      resource_spans: [
        {
          resource: {
            attributes: expect.arrayContaining([
              { key: "service.name", value: { string_value: "orders" } },
            ]),
          },
          scope_spans: [
            {
              scope: {
                name: "shop",
                version: "1",
                attributes: [{ key: "part", value: { string_value: "checkout" } }],
              },
              spans: [
                {
                  trace_id: base64(span.traceId),
                  span_id: base64(span.spanId),
                  parent_span_id: base64(span.parentSpanId),
                  trace_state: "vendor=1",
                  name: span.name,
                  kind: 2,
                  start_time_unix_nano: String(span.startNs),
                  end_time_unix_nano: String(span.startNs + span.durationNs),
                  attributes: expect.arrayContaining([
                    value({ int_value: "503" }),
                    value({ double_value: 12.5 }),
                    value({ int_value: String(2n ** 60n) }),
                    value({ bool_value: true }),
                    value({ bytes_value: "AP8B" }),
                    value({
                      array_value: {
                        values: [
                          { string_value: "茶壺" },
                          { int_value: "2" },
                          {
                            kvlist_value: {
                              values: [{ key: "gift", value: { bool_value: true } }],
                            },
                          },
                        ],
                      },
                    }),
                    { key: "morning.weight", value: { int_value: "4" } },
                  ]),
                  events: [{ time_unix_nano: String(span.events[0]?.timeNs), name: "retry" }],
                  links: [{ trace_id: base64(span.links[0]?.traceId ?? "") }],
                  status: { code: 2, message: "the payment failed" },
                },
              ],
            },
          ],
        },
      ],
    });
  });

  it("writes every field of a log record, and an error as one", () => {
    const log = made.log({ eventName: "order.failed" });
    const error = made.error();
    const decoded = decode("LogsRequest", encodeLogs([log, errorAsLog(error)]));
    expect(decoded).toMatchObject({
      resource_logs: [
        {
          scope_logs: [
            {
              log_records: [
                {
                  time_unix_nano: String(log.timeNs),
                  observed_time_unix_nano: String(log.observedNs),
                  severity_number: 17,
                  severity_text: "ERROR",
                  body: { string_value: log.body },
                  trace_id: base64(log.traceId),
                  span_id: base64(log.spanId),
                  event_name: "order.failed",
                },
                {
                  event_name: "exception",
                  attributes: expect.arrayContaining([
                    { key: "exception.type", value: { string_value: "TypeError" } },
                    { key: "exception.stacktrace", value: { string_value: error.stack } },
                  ]),
                },
              ],
            },
          ],
        },
      ],
    });
  });

  it("writes all kinds of metrics, points of one metric together", () => {
    const points = [...pointsOfEveryKind(made), made.point({ name: "orders", value: 8 })];
    const decoded = decode("MetricsRequest", encodePoints(points)) as {
      resource_metrics: { scope_metrics: { metrics: Record<string, unknown>[] }[] }[];
    };
    const metrics = decoded.resource_metrics[0]?.scope_metrics[0]?.metrics ?? [];
    expect(metrics).toMatchObject([
      { name: "depth", gauge: { data_points: [{ as_double: 0 }] } },
      {
        name: "orders",
        unit: "{order}",
        description: "orders taken",
        sum: {
          aggregation_temporality: 2,
          is_monotonic: true,
          data_points: [
            {
              start_time_unix_nano: String(epochNs),
              exemplars: [{ as_double: 3, trace_id: base64("ab".repeat(16)) }],
              attributes: [{ key: "country", value: { string_value: "TW" } }],
            },
            { as_double: 8 },
          ],
        },
      },
      {
        histogram: {
          aggregation_temporality: 2,
          data_points: [
            {
              count: "6",
              sum: 66,
              bucket_counts: ["1", "2", "3"],
              explicit_bounds: [1, 10],
              min: 0.5,
              max: 40,
            },
          ],
        },
      },
      {
        exponential_histogram: {
          data_points: [
            {
              scale: -1,
              zero_count: "1",
              positive: { offset: -3, bucket_counts: ["1", "0", "300"] },
              negative: { offset: 2, bucket_counts: ["4"] },
              min: -2,
              max: 9,
            },
          ],
        },
      },
      {
        summary: {
          data_points: [{ count: "5", sum: 50, quantile_values: [{ quantile: 0.5, value: 9 }] }],
        },
      },
    ]);
  });

  it("puts each resource and scope once, whichever object bears it", () => {
    const other = samples(2, "payments");
    const same = samples(3);
    const spans = [made.span(), other.span(), same.span(), made.span()];
    const decoded = decode("TracesRequest", encodeSpans(spans)) as {
      resource_spans: { scope_spans: { spans: unknown[] }[] }[];
    };
    const sizes = decoded.resource_spans.map(({ scope_spans: of }) =>
      of.map(({ spans: list }) => list.length),
    );
    expect(sizes).toEqual([[3], [1]]);
  });

  it("writes texts and messages of every length of their length", () => {
    for (const size of [0, 1, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152]) {
      const body = "é".repeat(size >> 1) + "x".repeat(size & 1);
      const decoded = decode("LogsRequest", encodeLogs([made.log({ body, attributes: {} })]));
      // Compared by whether it is in there: a difference of megabytes would not be read.
      const found = JSON.stringify(decoded).includes(JSON.stringify(body));
      expect({ size, found }).toEqual({ size, found: true });
    }
  });

  it("says what the SDK's own serialiser says of the same span", () => {
    const span = made.span({ traceState: "", attributes: { a: 1, b: "x", c: [true, 2.5] } });
    const time = (ns: bigint): [number, number] => [Number(ns / 10n ** 9n), Number(ns % 10n ** 9n)];
    const context = { traceId: span.traceId, spanId: span.spanId, traceFlags: 1 };
    const readable = {
      name: span.name,
      kind: SpanKind.SERVER,
      spanContext: () => context,
      parentSpanContext: { ...context, spanId: span.parentSpanId },
      startTime: time(span.startNs),
      endTime: time(span.startNs + span.durationNs),
      duration: time(span.durationNs),
      status: { code: SpanStatusCode.ERROR, message: span.statusMessage },
      attributes: { a: 1, b: "x", c: [true, 2.5] },
      links: [],
      events: [
        { time: time(span.events[0]?.timeNs ?? 0n), name: "retry", attributes: { attempt: 2 } },
      ],
      ended: true,
      resource: resourceFromAttributes({ "service.name": "orders" }),
      instrumentationScope: { name: "shop", version: "1" },
      droppedAttributesCount: 0,
      droppedEventsCount: 0,
      droppedLinksCount: 0,
    } as unknown as ReadableSpan;
    const theirs = decode(
      "TracesRequest",
      ProtobufTraceSerializer.serializeRequest([readable]) ?? new Uint8Array(0),
    );
    const origin = { ...made.origin, resource: { "service.name": "orders" }, scopeAttributes: {} };
    const ours = decode("TracesRequest", encodeSpans([{ ...span, origin, links: [] }]));
    const spanIn = (request: Record<string, unknown>): object =>
      (request as { resource_spans: { scope_spans: { spans: object[] }[] }[] }).resource_spans[0]
        ?.scope_spans[0]?.spans[0] ?? {};
    // Flags are not kept with the spans.
    expect(spanIn(theirs)).toMatchObject(spanIn(ours));
    expect(Object.keys(spanIn(theirs)).filter((key) => !(key in spanIn(ours)))).toEqual(["flags"]);
  });
});

describe("a batch", () => {
  it("is read back as the records that it was written from", () => {
    const made = samples(4);
    const other = samples(5, "payments");
    const records = {
      logs: [made.log(), other.log({ traceId: "", spanId: "", attributes: {} })],
      spans: [made.span(), other.span({ events: [], links: [], parentSpanId: "" })],
      points: pointsOfEveryKind(made),
      errors: [made.error(), other.error({ handled: true, source: "sentry" })],
    };
    const read = readBatch(batchOf(records));
    expect(read).toEqual(records);
    expect(read.logs[0]?.origin).toBe(read.spans[0]?.origin);
  });

  it("that is damaged is refused, not misread", () => {
    expect(() => readBatch(batchOf({ logs: [samples(6).log()] }).subarray(0, 60))).toThrow(
      RangeError,
    );
  });
});

describe("the answer to a request", () => {
  const type = root.lookupType("LogsResponse");
  const answer = (partial: object): Uint8Array =>
    type.encode(type.create({ partial_success: partial })).finish();

  it.each([
    [new Uint8Array(0), { rejected: 0, message: "" }],
    [
      answer({ rejected_log_records: 3, error_message: "too old" }),
      { rejected: 3, message: "too old" },
    ],
    [answer({ error_message: "slow down" }), { rejected: 0, message: "slow down" }],
    [answer({ rejected_log_records: 900 }), { rejected: 10, message: "" }],
    [new Uint8Array([0xff, 0xff]), { rejected: 0, message: "" }],
  ])("%# is read for its partial success", (body, expected) => {
    expect(partialSuccess(body, 10)).toEqual({ type: "delivered", ...expected });
  });
});
