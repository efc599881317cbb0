import { expect } from "vitest";
import { MorningError } from "../../../core/errors.ts";
import {
  call,
  decode,
  line,
  logsRequest,
  span,
  statusFrom,
  tracesRequest,
} from "./requests.contract.ts";
import { asJson, goodSpan, json, jsonLogs, jsonSpans, limit, protobuf } from "./rules.contract.ts";
import type { Rule } from "./rules.contract.ts";

/** What OTLP says of answers: success, partial success, failures and throttling. */
export const outcomeRules: readonly Rule[] = [
  {
    section: "OTLP/HTTP Full Success",
    rule: "an empty request is a success",
    async prove({ stage, post }) {
      const answer = await post("/v1/logs", new Uint8Array(0));
      expect([answer.status, answer.bytes.length]).toEqual([200, 0]);
      expect((await post("/v1/logs", "{}", asJson)).text).toBe("{}");
      expect(await call(stage.grpc, "logs", new Uint8Array(0))).toMatchObject({ code: 0 });
    },
  },
  {
    section: "Full Success",
    rule: "partial_success is unset when all was taken",
    async prove({ stage, post }) {
      const answer = await post("/v1/traces", tracesRequest([span()]));
      expect(decode("LogsResponse", answer.bytes)).toEqual({});
      expect((await call(stage.grpc, "traces", tracesRequest([span()]))).body).toHaveLength(0);
    },
  },
  {
    section: "Partial Success",
    rule: "bad records are counted with a message in English, the others are taken",
    async prove({ stage, post }) {
      const bytes = tracesRequest([
        span({ trace_id: Buffer.alloc(16) }),
        span(),
        span({ span_id: "" }),
      ]);
      const answer = await post("/v1/traces", bytes);
      expect(answer.status).toBe(200);
      const { partial_success: partial } = decode("LogsResponse", answer.bytes) as {
        partial_success: { rejected_log_records: string; error_message: string };
      };
      expect(partial.rejected_log_records).toBe("2");
      expect(partial.error_message).toContain(
        "resource_spans[0].scope_spans[0].spans[0]: trace_id",
      );
      expect(stage.stored().spans).toHaveLength(1);
      const overGrpc = await call(stage.grpc, "traces", bytes);
      expect(overGrpc.body).toEqual(Buffer.from(answer.bytes));
      expect(overGrpc.code).toBe(0);
    },
  },
  {
    section: "Partial Success",
    rule: "in JSON the counts are rejectedLogRecords, rejectedSpans and rejectedDataPoints",
    async prove({ post }) {
      const spans = await post("/v1/traces", jsonSpans({ ...goodSpan, traceId: "" }), asJson);
      expect(JSON.parse(spans.text).partialSuccess.rejectedSpans).toBe("1");
      const logs = await post(
        "/v1/logs",
        jsonLogs({ timeUnixNano: "18446744073709551615" }),
        asJson,
      );
      expect(JSON.parse(logs.text).partialSuccess.rejectedLogRecords).toBe("1");
      const point = { gauge: { dataPoints: [{ timeUnixNano: "1", asInt: "1" }] } };
      const metrics = { resourceMetrics: [{ scopeMetrics: [{ metrics: [point] }] }] };
      const points = await post("/v1/metrics", JSON.stringify(metrics), asJson);
      expect(JSON.parse(points.text).partialSuccess.rejectedDataPoints).toBe("1");
    },
  },
  {
    section: "Partial Success",
    rule: "a warning has a message and nothing rejected",
    async prove({ stage, post }) {
      const attributes = Array.from({ length: 300 }, (_, index) => ({
        key: `k${index}`,
        value: { int_value: index },
      }));
      const answer = await post("/v1/logs", logsRequest([{ ...line("wide"), attributes }]));
      const { partial_success: partial } = decode("LogsResponse", answer.bytes);
      expect(partial).toEqual({ error_message: expect.stringContaining("attributes") });
      expect(Object.keys(stage.stored().logs[0]?.attributes ?? {})).toHaveLength(256);
    },
  },
  {
    section: "Partial Success",
    rule: "what is past the number of records of one request is rejected",
    async prove({ stage, post }) {
      const answer = await post("/v1/logs", logsRequest(Array(60).fill(line("a"))));
      const { partial_success: partial } = decode("LogsResponse", answer.bytes);
      expect(partial).toMatchObject({ rejected_log_records: "10" });
      expect(stage.stored().logs).toHaveLength(50);
    },
  },
  {
    section: "Failures",
    rule: "every refusal is a Status in the encoding of the request",
    async prove({ post }) {
      for (const [body, headers] of [
        [new Uint8Array([0xff]), { "content-type": protobuf }],
        [new Uint8Array(0), { "content-type": protobuf, authorization: "Bearer wrong" }],
        [new Uint8Array(0), { "content-type": protobuf, authorization: "Bearer viewer" }],
      ] as const) {
        const answer = await post("/v1/logs", body, headers);
        expect(answer.status).toBeGreaterThanOrEqual(400);
        expect(statusFrom(answer.bytes).message).not.toBe("");
        const inJson = await post("/v1/logs", "[", { ...headers, "content-type": json });
        expect(JSON.parse(inJson.text)).toMatchObject({
          code: expect.any(Number),
          message: expect.any(String),
        });
      }
    },
  },
  {
    section: "Failures",
    rule: "401 and 403 are those of a key, in gRPC UNAUTHENTICATED and PERMISSION_DENIED",
    async prove({ stage, post }) {
      for (const [key, status, code] of [
        ["Bearer wrong", 401, 16],
        ["Bearer viewer", 403, 7],
      ] as const) {
        const headers = { "content-type": protobuf, authorization: key };
        const answer = await post("/v1/logs", logsRequest([line("a")]), headers);
        expect(answer.status).toBe(status);
        expect(answer.headers.has("www-authenticate")).toBe(status === 401);
        const ended = await call(stage.grpc, "logs", new Uint8Array(0), { authorization: key });
        expect(ended.code).toBe(code);
      }
      expect(stage.stored().logs).toHaveLength(0);
    },
  },
  {
    section: "Bad Data",
    rule: "bytes that are no such message are 400 INVALID_ARGUMENT with BadRequest; all is refused",
    async prove({ stage, post }) {
      const good = logsRequest([line("good")]);
      const bad = Buffer.concat([good, Buffer.from([0x0a, 0x7f, 0x01])]);
      const answer = await post("/v1/logs", bad);
      expect(answer.status).toBe(400);
      const { code, details } = statusFrom(answer.bytes);
      expect(code).toBe(3);
      expect(details["BadRequest"]?.["field_violations"]).toMatchObject([
        { description: expect.stringContaining("past the end") },
      ]);
      const ended = await call(stage.grpc, "logs", bad);
      expect(ended.code).toBe(3);
      expect(ended.status?.details["BadRequest"]).toBeDefined();
      expect(stage.stored().logs).toHaveLength(0);
    },
  },
  {
    section: "Bad Data",
    rule: "in JSON the violation names the field",
    async prove({ post }) {
      const answer = await post("/v1/traces", jsonSpans({ ...goodSpan, traceId: "xyz" }), asJson);
      expect(answer.status).toBe(400);
      expect(JSON.parse(answer.text)).toMatchObject({
        code: 3,
        details: [
          {
            "@type": "type.googleapis.com/google.rpc.BadRequest",
            fieldViolations: [{ field: "resourceSpans[0].scopeSpans[0].spans[0].traceId" }],
          },
        ],
      });
    },
  },
  {
    section: "OTLP/HTTP Throttling",
    rule: "no room is 429 with Retry-After, in gRPC RESOURCE_EXHAUSTED with RetryInfo",
    async prove({ stage, post }) {
      // A grant that is held stands for requests of the same client that are on their way.
      const grant = stage.intake.admit("Bearer hog", 0);
      grant.grow(2 * limit - 2_048);
      const headers = { "content-type": protobuf, authorization: "Bearer hog" };
      const answer = await post("/v1/logs", logsRequest([line("a")]), headers);
      expect(answer.status).toBe(429);
      expect(Number(answer.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
      expect(statusFrom(answer.bytes).details["RetryInfo"]).toBeDefined();
      const ended = await call(stage.grpc, "logs", logsRequest([line("a")]), {
        authorization: "Bearer hog",
      });
      expect(ended.code).toBe(8);
      expect(ended.status?.details["RetryInfo"]).toBeDefined();
      expect((await post("/v1/logs", logsRequest([line("other")]))).status).toBe(200);
      grant.release();
    },
  },
  {
    section: "OTLP/HTTP Throttling",
    rule: "a store that fails is 503 with Retry-After, in gRPC UNAVAILABLE with RetryInfo",
    async prove({ stage, post, failWith }) {
      failWith(new Error("the disk is full"));
      const answer = await post("/v1/logs", logsRequest([line("a")]));
      expect(answer.status).toBe(503);
      expect(answer.headers.get("retry-after")).toBe("5");
      const ended = await call(stage.grpc, "logs", logsRequest([line("a")]));
      expect(ended.code).toBe(14);
      expect(ended.status?.details["RetryInfo"]).toEqual({ retry_delay: { seconds: "5" } });
    },
  },
  {
    section: "OTLP/gRPC Throttling",
    rule: "a store whose buffer stays full is UNAVAILABLE, not a loss",
    async prove({ stage, failWith }) {
      const spec = { status: 429, title: "", fix: "" };
      failWith(
        new MorningError("MOR_TELEMETRY_BUSY", spec, "full", {
          details: { retryAfterMs: 10 },
        }),
      );
      expect((await call(stage.grpc, "logs", logsRequest([line("a")]))).code).toBe(14);
    },
  },
  {
    section: "OTLP/gRPC Request",
    rule: "a message past the limit is RESOURCE_EXHAUSTED without RetryInfo: not retryable",
    async prove({ stage }) {
      const ended = await call(stage.grpc, "logs", Buffer.alloc(limit + 1));
      expect(ended.code).toBe(8);
      expect(ended.status?.details).toEqual({});
    },
  },
  {
    section: "OTLP/gRPC Request",
    rule: "an unknown method is UNIMPLEMENTED",
    async prove({ stage }) {
      const path = "/opentelemetry.proto.collector.profiles.v1development.ProfilesService/Export";
      expect((await call(stage.grpc, path, new Uint8Array(0))).code).toBe(12);
    },
  },
];
