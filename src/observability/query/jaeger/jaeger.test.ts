import { describe, expect, it } from "vitest";
import { memoryReader } from "../../testing/memory-reader.ts";
import { epochNs, span } from "../../testing/spans.ts";
import { dependenciesOf, jaegerApi, jaegerPrefix } from "./api.ts";
import { goDuration } from "./search.ts";

const epochUs = Number(epochNs / 1000n);

const spans = [
  span({
    id: "a",
    service: "web",
    name: "GET /",
    kind: 2,
    ms: 120,
    resource: { "host.name": "h1" },
    attributes: { "http.response.status_code": 500, ok: false, share: 0.5 },
  }),
  span({
    id: "b",
    parent: "a",
    service: "api",
    name: "work",
    kind: 2,
    atMs: 10,
    ms: 100.5,
    status: 2,
    statusMessage: "broke",
    events: [
      { timeNs: epochNs + 20_000_000n, name: "exception", attributes: { "exception.type": "E" } },
    ],
    links: [{ traceId: "9".padStart(32, "0"), spanId: "9".padStart(16, "0"), attributes: {} }],
  }),
  span({
    id: "c",
    traceId: "2".padStart(32, "0"),
    service: "web",
    name: "GET /other",
    kind: 2,
    atMs: 500,
    ms: 3,
  }),
];

const api = jaegerApi({
  reader: memoryReader({ spans }),
  clock: { now: () => epochUs / 1000 + 60_000 },
});

async function ask(path: string): Promise<{
  status: number;
  data: never;
  errors: { code: number; msg: string }[] | null;
  total: number;
}> {
  const response = await api(new Request(`http://localhost${jaegerPrefix}${path}`));
  const body = (await response.json()) as { data: never; errors: never; total: number };
  return { status: response.status, ...body };
}

const ids = (answer: { data: unknown }): string[] =>
  (answer.data as { traceID: string }[]).map(({ traceID }) => traceID.replace(/^0+/, ""));

describe("Jaeger's query API", () => {
  it("lists services and operations", async () => {
    expect((await ask("services")).data).toEqual(["api", "web"]);
    expect((await ask("services/web/operations")).data).toEqual(["GET /", "GET /other"]);
    expect(await ask("operations?service=api&spanKind=server")).toMatchObject({
      data: [{ name: "work", spanKind: "server" }],
      total: 1,
      errors: null,
    });
  });

  it("shows a trace with typed tags, references, logs and processes", async () => {
    const { data } = await ask("traces/1");
    expect((data as unknown[])[0]).toEqual({
      traceID: "1".padStart(32, "0"),
      warnings: null,
      processes: {
        p1: { serviceName: "web", tags: [{ key: "host.name", type: "string", value: "h1" }] },
        p2: { serviceName: "api", tags: [] },
      },
      spans: [
        {
          traceID: "1".padStart(32, "0"),
          spanID: "a".padStart(16, "0"),
          operationName: "GET /",
          references: [],
          startTime: epochUs,
          duration: 120_000,
          tags: [
            { key: "http.response.status_code", type: "int64", value: 500 },
            { key: "ok", type: "bool", value: false },
            { key: "share", type: "float64", value: 0.5 },
            { key: "span.kind", type: "string", value: "server" },
          ],
          logs: [],
          processID: "p1",
          warnings: null,
        },
        {
          traceID: "1".padStart(32, "0"),
          spanID: "b".padStart(16, "0"),
          operationName: "work",
          references: [
            { refType: "CHILD_OF", traceID: "1".padStart(32, "0"), spanID: "a".padStart(16, "0") },
            {
              refType: "FOLLOWS_FROM",
              traceID: "9".padStart(32, "0"),
              spanID: "9".padStart(16, "0"),
            },
          ],
          startTime: epochUs + 10_000,
          duration: 100_500,
          tags: [
            { key: "error", type: "bool", value: true },
            { key: "otel.status_code", type: "string", value: "ERROR" },
            { key: "otel.status_description", type: "string", value: "broke" },
            { key: "span.kind", type: "string", value: "server" },
          ],
          logs: [
            {
              timestamp: epochUs + 20_000,
              fields: [
                { key: "event", type: "string", value: "exception" },
                { key: "exception.type", type: "string", value: "E" },
              ],
            },
          ],
          processID: "p2",
          warnings: null,
        },
      ],
    });
  });

  it.each([
    ["service=web", ["2", "1"]],
    ["service=web&operation=GET%20%2F", ["1"]],
    ["service=web&tag=http.response.status_code:500", ["1"]],
    [`service=web&tags=${encodeURIComponent('{"http.response.status_code":"500"}')}`, ["1"]],
    [`service=api&tags=${encodeURIComponent('{"error":"true"}')}`, ["1"]],
    ["service=web&tag=host.name:h1", ["1"]],
    ["service=web&minDuration=100ms", ["1"]],
    ["service=web&maxDuration=3500us", ["2"]],
    ["service=web&limit=1", ["2"]],
    [`service=web&start=${epochUs + 400_000}`, ["2"]],
    ["traceID=1&traceID=2", ["1", "2"]],
    ["service=nobody", []],
  ])("finds traces by %s", async (query, wanted) => {
    const range = query.includes("start=") ? "" : `&start=${epochUs - 1000}`;
    expect(ids(await ask(`traces?${query}${range}&end=${epochUs + 1_000_000}`))).toEqual(wanted);
  });

  it.each([
    ["traces", 400],
    ["traces?service=web&minDuration=x", 400],
    ["traces?service=web&tags=x", 400],
    ["traces?service=web&tag=x", 400],
    ["traces?service=web&limit=x", 400],
    ["traces?service=web&start=x", 400],
    ["traces/xyz", 400],
    ["traces/77", 404],
    ["operations", 400],
    ["dependencies?endTs=x", 400],
    ["nothing", 404],
  ])("refuses %s with %d", async (path, status) => {
    expect(await ask(path)).toMatchObject({ status, data: null, errors: [{ code: status }] });
  });

  it("counts dependencies, over queues too", async () => {
    const answer = await ask(`dependencies?endTs=${epochUs / 1000 + 5000}&lookback=10000`);
    expect(answer.data).toEqual([{ parent: "web", child: "api", callCount: 1 }]);
    const edge = (from: string, to: string, calls: number) => ({
      from,
      to,
      type: "",
      calls,
      errors: 0,
      p50Ms: 0,
      p95Ms: 0,
      p99Ms: 0,
    });
    const edges = [
      edge("service/a", "queue/q", 30),
      edge("service/b", "queue/q", 10),
      edge("queue/q", "service/c", 20),
    ];
    expect(dependenciesOf(edges)).toEqual([
      { parent: "a", child: "c", callCount: 15 },
      { parent: "b", child: "c", callCount: 5 },
    ]);
  });

  it("reads durations as Go writes them", () => {
    expect(
      ["1.5s", "250us", "10ns", "1h2m", "2m3.5s", "5ms", "x", ""].map((text) => goDuration(text)),
    ).toEqual([1500, 0.25, 0.000_01, 3_720_000, 123_500, 5, undefined, undefined]);
  });
});
