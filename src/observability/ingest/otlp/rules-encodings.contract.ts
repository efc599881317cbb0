import { expect } from "vitest";
import { encode, line } from "./requests.contract.ts";
import { asJson, goodSpan, jsonLogs, jsonSpans } from "./rules.contract.ts";
import type { Rule } from "./rules.contract.ts";

/** What OTLP says of its two encodings. */
export const encodingRules: readonly Rule[] = [
  {
    section: "Binary Protobuf Encoding",
    rule: "fields that are not known are passed over",
    async prove({ stage, post }) {
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
    async prove({ stage, post }) {
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
    async prove({ stage, post }) {
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
    async prove({ stage, post }) {
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
    async prove({ stage, post }) {
      const record = { body: { stringValue: "a" }, attributes: null, $new: { traceId: 7 } };
      expect((await post("/v1/logs", jsonLogs(record), asJson)).text).toBe("{}");
      expect(stage.stored().logs).toHaveLength(1);
    },
  },
  {
    section: "JSON Protobuf Encoding",
    rule: "64-bit integers are strings or numbers, exact in both",
    async prove({ stage, post }) {
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
    async prove({ stage, post }) {
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
