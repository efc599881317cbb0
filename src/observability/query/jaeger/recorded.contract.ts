import type { SpanRecord } from "../../signals/records.ts";
import { epochNs, originOf, span } from "../../testing/spans.ts";

const web = { "host.name": "h1", "service.version": "7" };
const trace = (digit: string): string => digit.repeat(32);
const id = (digit: string): string => digit.repeat(16);

/** The spans that Jaeger was sent before its answers were recorded. */
export const sentSpans: readonly SpanRecord[] = [
  span({
    id: id("a"),
    traceId: trace("1"),
    service: "web",
    resource: web,
    name: "GET /",
    kind: 2,
    ms: 120,
    attributes: {
      "http.response.status_code": 500,
      ok: false,
      share: 0.5,
      list: ["a", 1],
      wide: 2 ** 40,
    },
  }),
  {
    ...span({
      id: id("b"),
      parent: id("a"),
      traceId: trace("1"),
      name: "work",
      kind: 3,
      atMs: 10,
      ms: 100.5,
      status: 2,
      statusMessage: "broke",
      traceState: "k=v",
      events: [
        { timeNs: epochNs + 20_000_000n, name: "exception", attributes: { "exception.type": "E" } },
      ],
      links: [{ traceId: trace("9"), spanId: id("9"), attributes: {} }],
    }),
    origin: { ...originOf("api"), scopeName: "lib", scopeVersion: "1.2" },
  },
  span({
    id: id("d"),
    parent: id("b"),
    traceId: trace("1"),
    service: "db",
    name: "",
    status: 1,
    atMs: 11,
  }),
  span({
    id: id("c"),
    traceId: trace("2"),
    service: "web",
    resource: web,
    name: "GET /other",
    kind: 2,
    atMs: 500,
    ms: 3,
  }),
  span({
    id: id("e"),
    parent: id("c"),
    traceId: trace("2"),
    service: "api",
    name: "job",
    kind: 5,
    atMs: 501,
    ms: 0.7,
  }),
];

/**
 * Answers of Jaeger v1.76 (its binary of version 2, memory storage) to those spans: path below
 * `/api/`, status, and `data`; of searches the ids of the traces. `RANGE` stands for start and end.
 * Left out is what its memory storage does not search (error, kind, status, scope) and the
 * attributes of events, which our stores do not search.
 */
export const recordedAnswers: readonly (readonly [path: string, status: number, data: unknown])[] =
  [
    ["services", 200, ["web", "api", "db"]],
    ["services/web/operations", 200, ["GET /", "GET /other"]],
    ["services/api/operations", 200, ["work", "job"]],
    [
      "operations?service=web",
      200,
      [
        { name: "GET /", spanKind: "server" },
        { name: "GET /other", spanKind: "server" },
      ],
    ],
    ["operations?service=api&spanKind=client", 200, [{ name: "work", spanKind: "client" }]],
    ["operations?service=api&spanKind=server", 200, []],
    ["traces/33333333333333333333333333333333", 404, null],
    ["traces/xyz", 400, null],
    [
      "traces?service=web&RANGE",
      200,
      ["22222222222222222222222222222222", "11111111111111111111111111111111"],
    ],
    ["traces?service=web&operation=GET%20%2F&RANGE", 200, ["11111111111111111111111111111111"]],
    ["traces?service=web&minDuration=100ms&RANGE", 200, ["11111111111111111111111111111111"]],
    ["traces?service=web&maxDuration=3500us&RANGE", 200, ["22222222222222222222222222222222"]],
    [
      "traces?service=web&tags=%7B%22http.response.status_code%22%3A%22500%22%7D&RANGE",
      200,
      ["11111111111111111111111111111111"],
    ],
    [
      "traces?service=web&tags=%7B%22ok%22%3A%22false%22%7D&RANGE",
      200,
      ["11111111111111111111111111111111"],
    ],
    [
      "traces?service=web&tags=%7B%22host.name%22%3A%22h1%22%7D&RANGE",
      200,
      ["22222222222222222222222222222222", "11111111111111111111111111111111"],
    ],
    ["traces?service=web&limit=1&RANGE", 200, ["22222222222222222222222222222222"]],
    ["traces?service=none&RANGE", 200, []],
    ["traces", 400, null],
    ["traces?service=web&minDuration=x&RANGE", 400, null],
    ["traces?service=web&tags=x&RANGE", 400, null],
    ["traces?service=web&tag=x&RANGE", 400, null],
    ["traces?service=web&limit=x&RANGE", 400, null],
    ["traces?service=web&start=x", 400, null],
    ["operations", 400, null],
    [
      "dependencies?endTs=1767225605000&lookback=10000",
      200,
      [
        { parent: "web", child: "api", callCount: 2 },
        { parent: "api", child: "db", callCount: 1 },
      ],
    ],
    ["dependencies?endTs=x", 400, null],
    [
      "traces?traceID=11111111111111111111111111111111&traceID=22222222222222222222222222222222",
      200,
      ["11111111111111111111111111111111", "22222222222222222222222222222222"],
    ],
  ];

/** Traces as Jaeger answered them: spans by id, tags by key, each span with its process. */
export const recordedTraces: readonly (readonly [path: string, trace: unknown])[] = [
  [
    "traces/11111111111111111111111111111111",
    {
      traceID: "11111111111111111111111111111111",
      spans: [
        {
          traceID: "11111111111111111111111111111111",
          spanID: "aaaaaaaaaaaaaaaa",
          operationName: "GET /",
          references: [],
          startTime: 1767225600000000,
          duration: 120000,
          tags: [
            { key: "http.response.status_code", type: "int64", value: 500 },
            { key: "list", type: "string", value: '["a",1]' },
            { key: "ok", type: "bool", value: false },
            { key: "share", type: "float64", value: 0.5 },
            { key: "span.kind", type: "string", value: "server" },
            { key: "wide", type: "int64", value: 1099511627776 },
          ],
          logs: [],
          warnings: null,
          process: {
            serviceName: "web",
            tags: [
              { key: "host.name", type: "string", value: "h1" },
              { key: "service.version", type: "string", value: "7" },
            ],
          },
        },
        {
          traceID: "11111111111111111111111111111111",
          spanID: "bbbbbbbbbbbbbbbb",
          operationName: "work",
          references: [
            {
              refType: "CHILD_OF",
              traceID: "11111111111111111111111111111111",
              spanID: "aaaaaaaaaaaaaaaa",
            },
            {
              refType: "FOLLOWS_FROM",
              traceID: "99999999999999999999999999999999",
              spanID: "9999999999999999",
            },
          ],
          startTime: 1767225600010000,
          duration: 100500,
          tags: [
            { key: "error", type: "bool", value: true },
            { key: "otel.scope.name", type: "string", value: "lib" },
            { key: "otel.scope.version", type: "string", value: "1.2" },
            { key: "otel.status_code", type: "string", value: "ERROR" },
            { key: "otel.status_description", type: "string", value: "broke" },
            { key: "span.kind", type: "string", value: "client" },
            { key: "w3c.tracestate", type: "string", value: "k=v" },
          ],
          logs: [
            {
              timestamp: 1767225600020000,
              fields: [
                { key: "event", type: "string", value: "exception" },
                { key: "exception.type", type: "string", value: "E" },
              ],
            },
          ],
          warnings: null,
          process: { serviceName: "api", tags: [] },
        },
        {
          traceID: "11111111111111111111111111111111",
          spanID: "dddddddddddddddd",
          operationName: "",
          references: [
            {
              refType: "CHILD_OF",
              traceID: "11111111111111111111111111111111",
              spanID: "bbbbbbbbbbbbbbbb",
            },
          ],
          startTime: 1767225600011000,
          duration: 1000,
          tags: [
            { key: "otel.status_code", type: "string", value: "OK" },
            { key: "span.kind", type: "string", value: "internal" },
          ],
          logs: [],
          warnings: null,
          process: { serviceName: "db", tags: [] },
        },
      ],
      warnings: null,
    },
  ],
  [
    "traces/22222222222222222222222222222222",
    {
      traceID: "22222222222222222222222222222222",
      spans: [
        {
          traceID: "22222222222222222222222222222222",
          spanID: "cccccccccccccccc",
          operationName: "GET /other",
          references: [],
          startTime: 1767225600500000,
          duration: 3000,
          tags: [{ key: "span.kind", type: "string", value: "server" }],
          logs: [],
          warnings: null,
          process: {
            serviceName: "web",
            tags: [
              { key: "host.name", type: "string", value: "h1" },
              { key: "service.version", type: "string", value: "7" },
            ],
          },
        },
        {
          traceID: "22222222222222222222222222222222",
          spanID: "eeeeeeeeeeeeeeee",
          operationName: "job",
          references: [
            {
              refType: "CHILD_OF",
              traceID: "22222222222222222222222222222222",
              spanID: "cccccccccccccccc",
            },
          ],
          startTime: 1767225600501000,
          duration: 700,
          tags: [{ key: "span.kind", type: "string", value: "consumer" }],
          logs: [],
          warnings: null,
          process: { serviceName: "api", tags: [] },
        },
      ],
      warnings: null,
    },
  ],
];
