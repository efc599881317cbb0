import { gzipSync, zstdCompressSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { MorningError } from "../../../core/errors.ts";
import { openStage } from "../stage.contract.ts";
import type { Stage } from "../stage.contract.ts";
import {
  call,
  decode,
  encode,
  line,
  logsRequest,
  span,
  statusFrom,
  tracesRequest,
} from "./requests.contract.ts";

let stage: Stage;
/** What the store does with the next writes. */
let failure: Error | undefined;

const limit = 64 * 1024;

beforeAll(async () => {
  stage = await openStage({
    authorize: (headers, address) => {
      const key = headers["authorization"];
      if (key === "Bearer wrong") return { status: 401, message: "the key is not known" };
      if (key === "Bearer viewer") return { status: 403, message: "the key may not ingest" };
      return { client: key ?? address };
    },
    write: async () => {
      if (failure !== undefined) throw failure;
    },
    limits: { budgetBytes: 4 * limit, holdMsMax: 0 },
    ingest: {
      bodyBytesMax: limit,
      origins: ["https://shop.example"],
      otlpLimits: { recordsMax: 50 },
    },
  });
});
afterAll(() => stage.close());
beforeEach(() => {
  stage.clear();
  failure = undefined;
});

const protobuf = "application/x-protobuf";
const json = "application/json";

async function post(
  path: string,
  body: Uint8Array | string,
  headers: Readonly<Record<string, string>> = { "content-type": protobuf },
  method = "POST",
) {
  const response = await fetch(`http://127.0.0.1:${stage.http}${path}`, {
    method,
    headers,
    ...(method === "GET" ? {} : { body: typeof body === "string" ? body : Buffer.from(body) }),
  });
  const bytes = new Uint8Array(await response.arrayBuffer());
  const type = response.headers.get("content-type");
  return {
    status: response.status,
    headers: response.headers,
    type,
    bytes,
    text: Buffer.from(bytes).toString(),
  };
}

const jsonLogs = (record: object): string =>
  JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords: [record] }] }] });
const jsonSpans = (record: object): string =>
  JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [record] }] }] });
const asJson = { "content-type": json };

const goodSpan = {
  traceId: "5B8EFFF798038103D269B633813FC60C",
  spanId: "EEE19B7EC3C1B174",
  name: "I'm a server span",
  startTimeUnixNano: "1544712660000000000",
  endTimeUnixNano: "1544712661000000000",
  kind: 2,
};

interface Rule {
  /** Section of docs/specification.md of opentelemetry-proto. */
  readonly section: string;
  readonly rule: string;
  prove(): Promise<void>;
}

const transport: readonly Rule[] = [
  {
    section: "OTLP/HTTP Request",
    rule: "the default paths take POST; logs, traces and metrics each have one",
    async prove() {
      for (const path of ["/v1/logs", "/v1/traces", "/v1/metrics"]) {
        expect((await post(path, new Uint8Array(0))).status).toBe(200);
      }
    },
  },
  {
    section: "OTLP/HTTP Request",
    rule: "a path that is not served, profiles among them, is 404 with a Status",
    async prove() {
      for (const path of ["/v1development/profiles", "/v1/log", "/", "/v1/logs/"]) {
        const answer = await post(path, logsRequest([line("a")]));
        expect(answer.status).toBe(404);
        expect(statusFrom(answer.bytes).code).toBe(5);
      }
    },
  },
  {
    section: "OTLP/HTTP Request",
    rule: "another method is 405, and the answer says which is allowed",
    async prove() {
      for (const method of ["GET", "PUT", "DELETE"]) {
        const answer = await post("/v1/logs", "", { "content-type": protobuf }, method);
        expect(answer.status).toBe(405);
        expect(answer.headers.get("allow")).toBe("POST");
        expect(statusFrom(answer.bytes).message).toContain("POST");
      }
    },
  },
  {
    section: "OTLP/HTTP Request",
    rule: "another content type is 415 with a Status",
    async prove() {
      const answer = await post("/v1/logs", "<a/>", { "content-type": "application/xml" });
      expect(answer.status).toBe(415);
      expect(JSON.parse(answer.text)).toMatchObject({ code: 3 });
    },
  },
  {
    section: "OTLP/HTTP Request",
    rule: "parameters of the content type do not matter; a charset other than UTF-8 does",
    async prove() {
      const body = jsonLogs({ body: { stringValue: "a" } });
      const headers = { "content-type": "Application/JSON; Charset=UTF-8" };
      expect((await post("/v1/logs", body, headers)).status).toBe(200);
      const other = { "content-type": "application/json; charset=latin1" };
      expect((await post("/v1/logs", body, other)).status).toBe(415);
    },
  },
  {
    section: "OTLP/HTTP Request",
    rule: "bodies with gzip, zstd, deflate or no compression are taken",
    async prove() {
      const body = logsRequest([line("compressed")]);
      for (const [coding, bytes] of [
        ["gzip", gzipSync(body)],
        ["zstd", zstdCompressSync(body)],
        ["identity", body],
      ] as const) {
        const headers = { "content-type": protobuf, "content-encoding": coding };
        expect((await post("/v1/logs", bytes, headers)).status).toBe(200);
      }
      expect(stage.stored().logs.map((log) => log.body)).toEqual(Array(3).fill("compressed"));
    },
  },
  {
    section: "OTLP/HTTP Request",
    rule: "an unknown coding is 415 and names those that are known; a broken one is 400",
    async prove() {
      const headers = { "content-type": protobuf, "content-encoding": "br" };
      const unknown = await post("/v1/logs", new Uint8Array([1]), headers);
      expect(unknown.status).toBe(415);
      expect(unknown.headers.get("accept-encoding")).toContain("gzip");
      for (const coding of ["gzip", "zstd"]) {
        const broken = { "content-type": protobuf, "content-encoding": coding };
        const answer = await post("/v1/logs", Buffer.from("not compressed"), broken);
        expect(answer.status).toBe(400);
        expect(statusFrom(answer.bytes).code).toBe(3);
      }
      const cut = gzipSync(logsRequest([line("cut")])).subarray(0, -12);
      const gzip = { "content-type": protobuf, "content-encoding": "gzip" };
      expect((await post("/v1/logs", cut, gzip)).status).toBe(400);
    },
  },
  {
    section: "OTLP/HTTP Request",
    rule: "a body past the limit is 413, which is not retryable",
    async prove() {
      const answer = await post("/v1/logs", Buffer.alloc(limit + 1));
      expect(answer.status).toBe(413);
      expect(answer.headers.get("retry-after")).toBeNull();
      expect(statusFrom(answer.bytes)).toMatchObject({ code: 8, details: {} });
    },
  },
  {
    section: "OTLP/HTTP Request",
    rule: "the limit holds after decompression: a bomb is 413",
    async prove() {
      for (const [coding, bomb] of [
        ["gzip", gzipSync(Buffer.alloc(32 * 1024 * 1024))],
        ["zstd", zstdCompressSync(Buffer.alloc(32 * 1024 * 1024))],
      ] as const) {
        const headers = { "content-type": protobuf, "content-encoding": coding };
        expect((await post("/v1/logs", bomb, headers)).status).toBe(413);
      }
      expect(stage.intake.figures().heldBytes).toBe(0);
    },
  },
  {
    section: "OTLP/HTTP Response",
    rule: "the answer has the content type of the request",
    async prove() {
      expect((await post("/v1/logs", logsRequest([line("a")]))).type).toBe(protobuf);
      const body = jsonLogs({ body: { stringValue: "a" } });
      expect((await post("/v1/logs", body, asJson)).type).toBe(json);
      expect((await post("/v1/logs", new Uint8Array([0xff]))).type).toBe(protobuf);
      expect((await post("/v1/logs", "{", asJson)).type).toBe(json);
    },
  },
  {
    section: "OTLP/HTTP Connection",
    rule: "connections are kept alive over many requests, refused ones too",
    async prove() {
      const sent = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          post("/v1/logs", index % 4 === 3 ? new Uint8Array([0xff]) : logsRequest([line("a")])),
        ),
      );
      expect(sent.filter(({ status }) => status === 200)).toHaveLength(15);
      expect(sent.every(({ headers }) => headers.get("connection") !== "close")).toBe(true);
    },
  },
  {
    section: "OTLP/HTTP Request",
    rule: "a browser may send from the configured origins only",
    async prove() {
      const asked = { origin: "https://shop.example", "access-control-request-method": "POST" };
      const yes = await post("/v1/traces", "", asked, "OPTIONS");
      expect(yes.status).toBe(204);
      expect(yes.headers.get("access-control-allow-origin")).toBe("https://shop.example");
      expect(yes.headers.get("access-control-allow-headers")).toContain("content-type");
      const no = await post(
        "/v1/traces",
        "",
        { ...asked, origin: "https://evil.example" },
        "OPTIONS",
      );
      expect(no.status).toBe(403);
      expect(no.headers.get("access-control-allow-origin")).toBeNull();
      const sent = { "content-type": protobuf, origin: "https://evil.example" };
      expect((await post("/v1/traces", tracesRequest([span()]), sent)).status).toBe(403);
      const allowed = { "content-type": protobuf, origin: "https://shop.example" };
      const answer = await post("/v1/traces", tracesRequest([span()]), allowed);
      expect(answer.status).toBe(200);
      expect(answer.headers.get("access-control-allow-origin")).toBe("https://shop.example");
    },
  },
];

const outcomes: readonly Rule[] = [
  {
    section: "OTLP/HTTP Full Success",
    rule: "an empty request is a success",
    async prove() {
      const answer = await post("/v1/logs", new Uint8Array(0));
      expect([answer.status, answer.bytes.length]).toEqual([200, 0]);
      expect((await post("/v1/logs", "{}", asJson)).text).toBe("{}");
      expect(await call(stage.grpc, "logs", new Uint8Array(0))).toMatchObject({ code: 0 });
    },
  },
  {
    section: "Full Success",
    rule: "partial_success is unset when all was taken",
    async prove() {
      const answer = await post("/v1/traces", tracesRequest([span()]));
      expect(decode("LogsResponse", answer.bytes)).toEqual({});
      expect((await call(stage.grpc, "traces", tracesRequest([span()]))).body).toHaveLength(0);
    },
  },
  {
    section: "Partial Success",
    rule: "bad records are counted with a message in English, the others are taken",
    async prove() {
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
    async prove() {
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
    async prove() {
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
    async prove() {
      const answer = await post("/v1/logs", logsRequest(Array(60).fill(line("a"))));
      const { partial_success: partial } = decode("LogsResponse", answer.bytes);
      expect(partial).toMatchObject({ rejected_log_records: "10" });
      expect(stage.stored().logs).toHaveLength(50);
    },
  },
  {
    section: "Failures",
    rule: "every refusal is a Status in the encoding of the request",
    async prove() {
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
    async prove() {
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
    async prove() {
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
    async prove() {
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
    async prove() {
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
    async prove() {
      failure = new Error("the disk is full");
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
    async prove() {
      const spec = { status: 429, title: "", fix: "" };
      failure = new MorningError("MOR_TELEMETRY_BUSY", spec, "full", {
        details: { retryAfterMs: 10 },
      });
      expect((await call(stage.grpc, "logs", logsRequest([line("a")]))).code).toBe(14);
    },
  },
  {
    section: "OTLP/gRPC Request",
    rule: "a message past the limit is RESOURCE_EXHAUSTED without RetryInfo: not retryable",
    async prove() {
      const ended = await call(stage.grpc, "logs", Buffer.alloc(limit + 1));
      expect(ended.code).toBe(8);
      expect(ended.status?.details).toEqual({});
    },
  },
  {
    section: "OTLP/gRPC Request",
    rule: "an unknown method is UNIMPLEMENTED",
    async prove() {
      const path = "/opentelemetry.proto.collector.profiles.v1development.ProfilesService/Export";
      expect((await call(stage.grpc, path, new Uint8Array(0))).code).toBe(12);
    },
  },
];

const encodings: readonly Rule[] = [
  {
    section: "Binary Protobuf Encoding",
    rule: "fields that are not known are passed over",
    async prove() {
      const unknown = Buffer.from([
        0xf8, 0x3f, 0x05, 0xfa, 0x3f, 0x01, 0x61, 0xfd, 0x3f, 1, 2, 3, 4,
      ]);
      const record = Buffer.concat([unknown, encode("LogRecord", line("kept")), unknown]);
      const wrap = (bytes: Uint8Array, field: number): Uint8Array =>
        Buffer.concat([Buffer.from([(field << 3) | 2, bytes.length]), bytes]);
      const bytes = Buffer.concat([unknown, wrap(wrap(wrap(record, 2), 2), 1)]);
      expect((await post("/v1/logs", bytes)).bytes).toHaveLength(0);
      expect(stage.stored().logs).toMatchObject([{ body: "kept" }]);
    },
  },
  {
    section: "JSON Protobuf Encoding",
    rule: "ids are hex digits of either case, not base64",
    async prove() {
      await post("/v1/traces", jsonSpans(goodSpan), asJson);
      const lower = { ...goodSpan, traceId: goodSpan.traceId.toLowerCase() };
      await post("/v1/traces", jsonSpans(lower), asJson);
      const ids = stage.stored().spans.map(({ traceId }) => traceId);
      expect(ids).toEqual(Array(2).fill("5b8efff798038103d269b633813fc60c"));
      const base64 = Buffer.alloc(16, 0xff).toString("base64");
      const answer = await post("/v1/traces", jsonSpans({ ...goodSpan, traceId: base64 }), asJson);
      expect(answer.status).toBe(400);
    },
  },
  {
    section: "JSON Protobuf Encoding",
    rule: "enums are integers only",
    async prove() {
      const named = await post(
        "/v1/traces",
        jsonSpans({ ...goodSpan, kind: "SPAN_KIND_SERVER" }),
        asJson,
      );
      expect(named.status).toBe(400);
      const text = await post("/v1/traces", jsonSpans({ ...goodSpan, kind: "2" }), asJson);
      expect(text.status).toBe(400);
      await post("/v1/traces", jsonSpans(goodSpan), asJson);
      expect(stage.stored().spans).toMatchObject([{ kind: 2 }]);
    },
  },
  {
    section: "JSON Protobuf Encoding",
    rule: "names are lowerCamelCase only; others are unknown",
    async prove() {
      const record = { severity_number: 9, severityText: "INFO", body: { string_value: "a" } };
      await post("/v1/logs", jsonLogs(record), asJson);
      expect(stage.stored().logs).toMatchObject([{ severity: 0, severityText: "INFO", body: "" }]);
      const snake = JSON.stringify({ resource_logs: [{ scope_logs: [{ log_records: [{}] }] }] });
      expect((await post("/v1/logs", snake, asJson)).text).toBe("{}");
      expect(stage.stored().logs).toHaveLength(1);
    },
  },
  {
    section: "JSON Protobuf Encoding",
    rule: "unknown fields are passed over, null is absent",
    async prove() {
      const record = { body: { stringValue: "a" }, attributes: null, $new: { traceId: 7 } };
      expect((await post("/v1/logs", jsonLogs(record), asJson)).text).toBe("{}");
      expect(stage.stored().logs).toHaveLength(1);
    },
  },
  {
    section: "JSON Protobuf Encoding",
    rule: "64-bit integers are strings or numbers, exact in both",
    async prove() {
      const ns = "1767225600123456789";
      const body = jsonLogs({ timeUnixNano: ns, body: { intValue: "9223372036854775807" } });
      await post("/v1/logs", body, asJson);
      await post("/v1/logs", body.replaceAll(/"(\d{5,})"/g, "$1"), asJson);
      const { logs } = stage.stored();
      expect(logs.map(({ timeNs }) => timeNs)).toEqual([BigInt(ns), BigInt(ns)]);
      expect(logs.map((log) => log.body)).toEqual(Array(2).fill("9223372036854775807"));
    },
  },
  {
    section: "JSON Protobuf Encoding",
    rule: "bytes are base64, and what is no value of its type is 400",
    async prove() {
      await post("/v1/logs", jsonLogs({ body: { bytesValue: "AAH/" } }), asJson);
      expect(stage.stored().logs).toMatchObject([{ body: "AAH/" }]);
      for (const record of [
        { body: { boolValue: "true" } },
        { body: { doubleValue: "x" } },
        { body: { intValue: 1.5 } },
        { body: { bytesValue: "%" } },
        { body: "text" },
        { attributes: {} },
        { timeUnixNano: "-1" },
        { severityText: 5 },
      ]) {
        expect((await post("/v1/logs", jsonLogs(record), asJson)).status).toBe(400);
      }
    },
  },
];

describe("the OTLP specification", () => {
  it.each([...transport, ...outcomes, ...encodings].map((rule) => [rule.section, rule.rule, rule]))(
    "%s: %s",
    async (_section, _name, rule) => (rule as Rule).prove(),
  );

  it("counts everything that was refused, with a sample", () => {
    const reasons = new Set(stage.dropped.list().map(({ reason }) => reason));
    for (const reason of ["malformed", "too-large", "media-type", "unauthorized", "overload"]) {
      expect(reasons).toContain(reason);
    }
    for (const reason of ["unknown-path", "unavailable", "invalid-id", "limit", "attributes"]) {
      expect(reasons).toContain(reason);
    }
    expect(stage.dropped.list().every(({ count, sample }) => count > 0 && sample !== "")).toBe(
      true,
    );
  });
});
