import fc from "fast-check";
import { expect, test } from "vitest";
import { MorningError } from "../../../core/errors.ts";
import type { LogRecord } from "../../signals/records.ts";
import { makeLogParser, severityOf, timeOf } from "./index.ts";
import type { Extraction, FormatName, ParsingRule } from "./index.ts";

const seed = 20_261_126;

const log = (body: string, more: Partial<LogRecord> = {}): LogRecord => ({
  origin: {
    resource: { "service.name": "shop" },
    scopeName: "",
    scopeVersion: "",
    scopeAttributes: {},
  },
  timeNs: 5n,
  observedNs: 5n,
  severity: 0,
  severityText: "",
  body,
  eventName: "",
  traceId: "",
  spanId: "",
  attributes: { kept: "old" },
  ...more,
});

const parsed = (body: string, extract: Extraction, more: Partial<ParsingRule> = {}): LogRecord =>
  makeLogParser([{ name: "r", extract, ...more }]).parse(log(body));
const inFormat = (body: string, format: FormatName): LogRecord =>
  parsed(body, { type: "format", format });

test("JSON becomes the record", () => {
  const trace = "4bf92f3577b34da6a3ce929d0e0e4736";
  const body = JSON.stringify({
    time: "2026-11-26T11:33:04.123456Z",
    level: 50,
    msg: "charge failed",
    trace_id: trace,
    spanId: "00f067aa0ba902b7",
    order: { id: "o-1", total: 12.5, lines: [1, 2] },
    ok: false,
    none: null,
    kept: "new",
  });
  expect(parsed(body, { type: "json" })).toMatchObject({
    body: "charge failed",
    severity: 17,
    severityText: "50",
    timeNs: 1_795_692_784_123_456_000n,
    traceId: trace,
    spanId: "00f067aa0ba902b7",
    attributes: {
      kept: "old",
      "order.id": "o-1",
      "order.total": 12.5,
      "order.lines": "[1,2]",
      ok: false,
    },
  });
});

test("logfmt becomes the record", () => {
  const record = parsed(
    'level=warn msg="slow \\"query\\"" took=12.5 rows=3 id=007 empty= tenant=a-1',
    { type: "logfmt" },
  );
  expect(record).toMatchObject({ body: 'slow "query"', severity: 13 });
  expect(record.attributes).toEqual({
    kept: "old",
    took: 12.5,
    rows: 3,
    id: "007",
    empty: "",
    tenant: "a-1",
  });
  expect(parsed("plain text a=b", { type: "logfmt" }).body).toBe("plain text a=b");
});

test("named groups of an expression become attributes", () => {
  const record = parsed(
    "W 2026-11-26 10:00:00 paid order=77 by ann",
    {
      type: "regex",
      pattern: "^(?P<level>\\w) (?P<time>\\S+ \\S+) (?P<body>.*order=(?P<order_id>\\d+).*)$",
    },
    { prefix: "shop." },
  );
  expect(record).toMatchObject({
    severity: 13,
    body: "paid order=77 by ann",
    attributes: { "shop.order_id": "77" },
  });
});

test("access logs of nginx and Apache", () => {
  const line =
    '203.0.113.7 - ann [10/Oct/2026:13:55:36 +0800] "GET /orders/7?x=1 HTTP/1.1" 503 2326 ' +
    '"-" "curl/8" 0.123';
  expect(inFormat(line, "nginx-access")).toMatchObject({
    body: line,
    severity: 17,
    timeNs: BigInt(Date.UTC(2026, 9, 10, 5, 55, 36)) * 1_000_000n,
    attributes: {
      "client.address": "203.0.113.7",
      "user.name": "ann",
      "http.request.method": "GET",
      "url.path": "/orders/7",
      "url.query": "x=1",
      "http.response.status_code": 503,
      "http.response.body.size": 2326,
      "user_agent.original": "curl/8",
      "http.server.request.duration": 0.123,
    },
  });
  expect(
    inFormat('::1 - - [10/Oct/2026:13:55:36 +0000] "\\x16" 400 -', "apache-access"),
  ).toMatchObject({
    severity: 13,
    attributes: { "client.address": "::1", "http.response.status_code": 400 },
  });
});

test("error logs of nginx and Apache", () => {
  expect(
    inFormat(
      "2026/11/26 10:00:00 [error] 12#34: *5 connect() failed (111: refused), " +
        "client: 10.0.0.1, server: a.example, " +
        'request: "GET /x?y HTTP/1.1", ' +
        'upstream: "http://10.0.0.2:80/x"',
      "nginx-error",
    ),
  ).toMatchObject({
    severity: 17,
    attributes: {
      "process.pid": 12,
      "client.address": "10.0.0.1",
      "url.path": "/x",
      "nginx.upstream": "http://10.0.0.2:80/x",
    },
  });
  expect(
    inFormat(
      "[Fri Sep 09 10:42:29.902022 2011] [core:error] [pid 35708:tid 4328636416] " +
        "[client 72.15.99.187:53] AH00128: File does not exist: /usr/x",
      "apache-error",
    ),
  ).toMatchObject({
    severity: 17,
    body: "File does not exist: /usr/x",
    attributes: {
      "apache.module": "core",
      "apache.code": "AH00128",
      "client.address": "72.15.99.187",
    },
  });
});

test("logs of PostgreSQL, also as RDS writes them", () => {
  expect(
    inFormat(
      "2026-11-26 10:00:00.123 UTC [77] app@shop LOG:  duration: 812.5 ms  statement: select 1",
      "postgres",
    ),
  ).toMatchObject({
    severity: 9,
    attributes: {
      "db.user": "app",
      "db.namespace": "shop",
      "db.duration_ms": 812.5,
      "db.query.text": "select 1",
    },
  });
  expect(
    inFormat(
      '2026-11-26 10:00:00 UTC:10.0.0.5(5432):app@shop:[77]:ERROR:  relation "x" does not exist',
      "postgres",
    ),
  ).toMatchObject({
    severity: 17,
    body: 'relation "x" does not exist',
    attributes: { "client.address": "10.0.0.5", "process.pid": 77 },
  });
});

test.each([
  ["ERROR", 17],
  ["warning", 13],
  ["Notice", 10],
  ["DEBUG3", 5],
  ["crit", 18],
  ["F", 21],
  [30, 9],
  ["60", 21],
  [3, 17],
  ["nonsense", undefined],
  [-1, undefined],
  [1.5, undefined],
] as const)("the severity of %s is %s", (level, severity) => {
  expect(severityOf(level)).toBe(severity);
});

test.each([
  ["2026-11-26T11:33:04Z", 1_795_692_784_000_000_000n],
  ["2026-11-26 11:33:04,5", 1_795_692_784_500_000_000n],
  ["2026-11-26T19:33:04.000000001+08:00", 1_795_692_784_000_000_001n],
  [1_795_692_784, 1_795_692_784_000_000_000n],
  [1_795_692_784_123, 1_795_692_784_123_000_000n],
  ["1795692784123456789", 1_795_692_784_123_456_789n],
  [1_795_692_784.25, 1_795_692_784_250_000_000n],
  ["2026-13-26T11:33:04Z", undefined],
  ["yesterday", undefined],
  [Number.NaN, undefined],
] as const)("the time %s is %s", (text, expected) => {
  expect(timeOf(text)).toBe(expected);
});

test("rules stand in order, match by query, and count", () => {
  const parser = makeLogParser([
    { name: "other", match: "service:other", extract: { type: "json" } },
    {
      name: "json",
      match: "service:shop",
      extract: { type: "json" },
      next: true,
      levels: { BAD: "fatal" },
    },
    { name: "inner", field: "inner", extract: { type: "logfmt" }, prefix: "in." },
  ]);
  const record = parser.parse(log('{"message":"m","level":"BAD","inner":"a=1 b=2"}'));
  expect(record).toMatchObject({ body: "m", severity: 21, attributes: { "in.a": 1, "in.b": 2 } });
  const plain = log("not json");
  expect(parser.parse(plain)).toBe(plain);
  expect(parser.counts()).toEqual({
    other: { read: 0, failed: 0 },
    json: { read: 1, failed: 1 },
    inner: { read: 1, failed: 1 },
  });
});

test("rules that are not valid are refused", () => {
  const json: Extraction = { type: "json" };
  const wrong: readonly ParsingRule[] = [
    { name: "", extract: json },
    { name: "a", extract: json, match: "level:" },
    { name: "a", extract: json, levels: { x: "loud" } },
    { name: "a", extract: { type: "regex", pattern: "(" } },
    { name: "a", extract: { type: "regex", pattern: "no group" } },
    { name: "a", extract: { type: "format", format: "iis" as FormatName } },
  ];
  for (const rule of wrong) expect(() => makeLogParser([rule])).toThrow(MorningError);
  const many = Array.from({ length: 101 }, (_, at) => ({ name: `r${at}`, extract: json }));
  expect(() => makeLogParser(many)).toThrow("more than 100");
});

test("no body breaks a rule", () => {
  const extracts: readonly Extraction[] = [
    { type: "json" },
    { type: "logfmt" },
    { type: "format", format: "nginx-access" },
    { type: "format", format: "nginx-error" },
    { type: "format", format: "apache-error" },
    { type: "format", format: "postgres" },
  ];
  const parsers = extracts.map((extract) => makeLogParser([{ name: "r", extract }]));
  const body = fc.oneof(
    fc.json(),
    fc.string({ unit: "grapheme" }),
    fc
      .array(
        fc.constantFrom(
          "a=b",
          '"',
          "\\",
          " ",
          "[",
          "]",
          "1",
          "GET",
          "2026-11-26 10:00:00 UTC [1] LOG:  ",
        ),
        { maxLength: 20 },
      )
      .map((parts) => parts.join("")),
  );
  fc.assert(
    fc.property(body, (text) => {
      for (const parser of parsers) expect(typeof parser.parse(log(text)).body).toBe("string");
    }),
    { seed, numRuns: 500 },
  );
});
