import { gzipSync, zstdCompressSync } from "node:zlib";
import { expect } from "vitest";
import { line, logsRequest, span, statusFrom, tracesRequest } from "./requests.contract.ts";
import { asJson, json, jsonLogs, limit, protobuf } from "./rules.contract.ts";
import type { Rule } from "./rules.contract.ts";

/** What OTLP says of requests and connections over HTTP. */
export const transportRules: readonly Rule[] = [
  {
    section: "OTLP/HTTP Request",
    rule: "the default paths take POST; logs, traces and metrics each have one",
    async prove({ post }) {
      for (const path of ["/v1/logs", "/v1/traces", "/v1/metrics"]) {
        expect((await post(path, new Uint8Array(0))).status).toBe(200);
      }
    },
  },
  {
    section: "OTLP/HTTP Request",
    rule: "a path that is not served, profiles among them, is 404 with a Status",
    async prove({ post }) {
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
    async prove({ post }) {
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
    async prove({ post }) {
      const answer = await post("/v1/logs", "<a/>", { "content-type": "application/xml" });
      expect(answer.status).toBe(415);
      expect(JSON.parse(answer.text)).toMatchObject({ code: 3 });
    },
  },
  {
    section: "OTLP/HTTP Request",
    rule: "parameters of the content type do not matter; a charset other than UTF-8 does",
    async prove({ post }) {
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
    async prove({ stage, post }) {
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
    async prove({ post }) {
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
    async prove({ post }) {
      const answer = await post("/v1/logs", Buffer.alloc(limit + 1));
      expect(answer.status).toBe(413);
      expect(answer.headers.get("retry-after")).toBeNull();
      expect(statusFrom(answer.bytes)).toMatchObject({ code: 8, details: {} });
    },
  },
  {
    section: "OTLP/HTTP Request",
    rule: "the limit holds after decompression: a bomb is 413",
    async prove({ stage, post }) {
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
    async prove({ post }) {
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
    async prove({ post }) {
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
    async prove({ post }) {
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
