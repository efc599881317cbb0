import { createRequire } from "node:module";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { simulatedClock } from "../../../testing/clock.ts";
import { checkDestination } from "../destination.ts";
import type { Destination } from "../destination.ts";
import { faultyServer, reply } from "../faults.contract.ts";
import type { FaultyServer } from "../faults.contract.ts";
import { openProtocol } from "../open.ts";
import type { AnyRecord, Outcome } from "../protocol.ts";
import { epochNs, pointsOfEveryKind, samples } from "../records.contract.ts";
import { snappy } from "../snappy.ts";
import type { Signal } from "../../signals/records.ts";
import { parseDsn } from "./sentry.ts";
import { parseStack } from "./sentry-stack.ts";
import { prometheusName, samplesOf } from "./prometheus-series.ts";

// It brings no types.
const { uncompress } = createRequire(join(process.cwd(), "package.json"))("snappyjs") as {
  readonly uncompress: (input: Uint8Array) => Uint8Array;
};

const made = samples(11);
const clock = simulatedClock();
const never = new AbortController().signal;

let server: FaultyServer;
beforeEach(async () => {
  server = await faultyServer();
});
afterEach(() => server.close());

async function send(
  destination: Omit<Destination, "name">,
  signal: Signal,
  records: readonly AnyRecord[],
): Promise<Outcome> {
  const checked = checkDestination({ name: "peer", compression: "none", ...destination });
  const protocol = await openProtocol({ destination: checked, clock });
  try {
    return await protocol.send(signal, protocol.encode(signal, records), never);
  } finally {
    await protocol.close();
  }
}

const body = (index = 0): unknown => JSON.parse(server.got[index]?.body.toString("utf8") ?? "");

describe("zipkin", () => {
  it("writes what the OpenTelemetry specification says of each span", async () => {
    const client = made.span({
      kind: 3,
      status: 0,
      statusMessage: "",
      attributes: { "peer.service": "payments", retries: 2 },
      parentSpanId: "",
      events: [],
      durationNs: 10n,
    });
    const failed = made.span({ weight: 10 });
    const to = { kind: "zipkin", url: `${server.url}/api/v2/spans` } as const;
    expect(await send(to, "spans", [client, failed])).toMatchObject({ type: "delivered" });
    expect(server.got[0]?.headers["content-type"]).toBe("application/json");
    const [first, second] = body() as Record<string, unknown>[];
    expect(first).toEqual({
      traceId: client.traceId,
      id: client.spanId,
      name: client.name,
      kind: "CLIENT",
      timestamp: Number(client.startNs / 1000n),
      duration: 1,
      localEndpoint: { serviceName: "orders" },
      remoteEndpoint: { serviceName: "payments" },
      annotations: [],
      tags: {
        "peer.service": "payments",
        retries: "2",
        "otel.scope.name": "shop",
        "otel.scope.version": "1",
      },
    });
    expect(second).toMatchObject({
      parentId: failed.parentSpanId,
      kind: "SERVER",
      annotations: [{ value: 'retry: {"attempt":2}' }],
      tags: {
        error: "the payment failed",
        "otel.status_code": "ERROR",
        "http.response.status_code": "503",
        "morning.weight": "10",
      },
    });
  });
});

describe("loki", () => {
  it("makes a stream a service and level, and keeps the rest beside the line", async () => {
    const to = { kind: "loki", url: `${server.url}/loki/api/v1/push` } as const;
    const logs = [
      made.log({ body: "one", severity: 9 }),
      made.log({ body: "two", timeNs: 0n, observedNs: 42n, attributes: { "a.b": 1 } }),
      made.log({ body: "three", traceId: "", spanId: "", attributes: {} }),
    ];
    await send(to, "logs", logs);
    const labels = { service_name: "orders", deployment_environment: "test" };
    expect(body()).toMatchObject({
      streams: [
        {
          stream: { ...labels, level: "info" },
          values: [[String(logs[0]?.timeNs), "one", { trace_id: logs[0]?.traceId }]],
        },
        {
          stream: { ...labels, level: "error" },
          values: [
            ["42", "two", { a_b: "1", trace_id: logs[1]?.traceId, span_id: logs[1]?.spanId }],
            [String(logs[2]?.timeNs), "three", {}],
          ],
        },
      ],
    });
  });
});

describe("sentry", () => {
  const dsn = (): string => server.url.replace("://", "://key@") + "/sub/42";

  it("sends an envelope an error to the project of the DSN", async () => {
    const errors = [made.error(), made.error({ handled: true, breadcrumbs: '[{"message":"x"}]' })];
    const outcome = await send({ kind: "sentry", url: dsn() }, "errors", errors);
    expect(outcome).toEqual({ type: "delivered", rejected: 0, message: "" });
    expect(server.got).toHaveLength(2);
    const [got] = server.got;
    expect(got?.path).toBe("/sub/api/42/envelope/");
    expect(got?.headers["x-sentry-auth"]).toContain("sentry_key=key");
    const [header, item, payload] = (got?.body.toString("utf8") ?? "").split("\n");
    const event = JSON.parse(payload ?? "") as Record<string, unknown>;
    expect(JSON.parse(item ?? "")).toEqual({
      type: "event",
      length: Buffer.byteLength(payload ?? ""),
    });
    expect(JSON.parse(header ?? "")).toEqual({ event_id: event["event_id"] });
    expect(event).toMatchObject({
      level: "fatal",
      release: "7",
      environment: "test",
      user: { id: "u1" },
      fingerprint: ["0123456789abcdef"],
      contexts: { trace: { trace_id: errors[0]?.traceId } },
      exception: {
        values: [
          {
            type: "TypeError",
            value: "x is not a function",
            mechanism: { handled: false },
            stacktrace: {
              frames: [
                { filename: "node:internal/x", in_app: false },
                {
                  function: "place",
                  filename: "/app/orders.js",
                  lineno: 10,
                  colno: 5,
                  in_app: true,
                },
              ],
            },
          },
        ],
      },
    });
  });

  it("gives a repeated error the id that it had", async () => {
    const error = made.error();
    await send({ kind: "sentry", url: dsn() }, "errors", [error]);
    await send({ kind: "sentry", url: dsn() }, "errors", [{ ...error }]);
    expect(server.got[0]?.body).toEqual(server.got[1]?.body);
  });

  it("sends the rest later when Sentry asks for a rest", async () => {
    server.replies.push(
      reply(200),
      reply(400),
      reply(429, { "x-sentry-rate-limits": "60:error:organization, 2700:replay:org" }),
    );
    const errors = [made.error(), made.error(), made.error(), made.error()];
    expect(await send({ kind: "sentry", url: dsn() }, "errors", errors)).toMatchObject({
      type: "retry",
      only: [2, 3],
      rejected: 1,
      afterMs: 60_000,
    });
  });

  it("reads a DSN", () => {
    expect(parseDsn("https://k@o1.ingest.sentry.io/7")).toEqual({
      key: "k",
      envelopeUrl: "https://o1.ingest.sentry.io/api/7/envelope/",
    });
  });

  it("reads the stacks of other languages", () => {
    const python =
      'Traceback (most recent call last):\n  File "/app/a.py", line 3, in run\n    x()';
    expect(parseStack(python)).toMatchObject([{ function: "run", lineno: 3, in_app: true }]);
    const java =
      "E: x\n\tat com.shop.Orders.place(Orders.java:42)\n\tat java.lang.Thread.run(T.java:1)";
    expect(parseStack(java).map(({ function: name }) => name)).toEqual([
      "java.lang.Thread.run",
      "com.shop.Orders.place",
    ]);
  });
});

describe("opensearch", () => {
  const ok = { errors: false, items: [{ create: { status: 201 } }, { create: { status: 409 } }] };

  it("makes templates once, then documents with ids of their own, an index a day", async () => {
    const records = [made.span(), made.span({ startNs: epochNs + 86_400_000_000_000n })];
    server.replies.push(
      reply(200, {}, "{}"),
      reply(403, {}, "{}"),
      reply(200, {}, JSON.stringify(ok)),
    );
    const to = { kind: "opensearch", url: server.url, index: "shop" } as const;
    expect(await send(to, "spans", records)).toEqual({
      type: "delivered",
      rejected: 0,
      message: "",
    });
    expect(server.got.map(({ path }) => path)).toEqual([
      "/_index_template/shop-spans",
      "/_index_template/shop-logs",
      "/_bulk",
    ]);
    const lines = (server.got[2]?.body.toString("utf8") ?? "").trim().split("\n");
    const heads = lines.filter((_, index) => index % 2 === 0).map((line) => JSON.parse(line));
    expect(heads).toEqual([
      {
        create: {
          _index: "shop-spans-2026-01-01",
          _id: `${records[0]?.traceId}-${records[0]?.spanId}`,
        },
      },
      {
        create: {
          _index: "shop-spans-2026-01-02",
          _id: `${records[1]?.traceId}-${records[1]?.spanId}`,
        },
      },
    ]);
  });

  it("tries only those documents again that may pass", async () => {
    const statuses = [201, 429, 400, 409, 503];
    const items = statuses.map((status) => ({
      create: { status, ...(status === 400 ? { error: { type: "mapper", reason: "no" } } : {}) },
    }));
    server.replies.push(
      reply(200, {}, "{}"),
      reply(200, {}, "{}"),
      reply(200, {}, JSON.stringify({ items })),
    );
    const logs = statuses.map(() => made.log());
    const outcome = await send({ kind: "opensearch", url: server.url }, "logs", logs);
    expect(outcome).toMatchObject({ type: "retry", only: [1, 4], rejected: 1 });
  });

  it.each([
    [429, { "retry-after": "9" }, { type: "retry", afterMs: 9000 }],
    [503, {}, { type: "retry" }],
    [413, {}, { type: "too-large" }],
    [401, {}, { type: "refused", status: 401 }],
  ])("knows what %i to a whole request means", async (status, headers, expected) => {
    server.replies.push(
      reply(200, {}, "{}"),
      reply(200, {}, "{}"),
      reply(status, headers as Record<string, string>, '{"error":{"type":"x","reason":"y"}}'),
    );
    const outcome = await send({ kind: "opensearch", url: server.url }, "logs", [made.log()]);
    expect(outcome).toMatchObject(expected);
  });
});

describe("prometheus", () => {
  it.each([
    [{ name: "http.server.duration", unit: "ms", kind: 2 }, "http_server_duration_milliseconds"],
    [{ name: "orders", unit: "{order}", kind: 1 }, "orders_total"],
    [{ name: "orders_total", unit: "1", kind: 1 }, "orders_total"],
    [{ name: "disk.io", unit: "By/s", kind: 0 }, "disk_io_bytes_per_second"],
    [{ name: "cpu", unit: "1", kind: 0 }, "cpu_ratio"],
    [{ name: "9lives", unit: "", kind: 0 }, "_9lives"],
  ])("names %j", (more, name) => {
    expect(prometheusName(made.point({ monotonic: more.kind === 1, ...more }))).toBe(name);
  });

  it("has cumulative buckets that end with the count, and one series a quantile", () => {
    const samplesOfAll = pointsOfEveryKind(made).map((point) =>
      samplesOf(point)?.map(({ labels, value }) => {
        const { __name__: name, le, quantile } = Object.fromEntries(labels);
        return [name, le ?? quantile, value];
      }),
    );
    expect(samplesOfAll[2]).toEqual([
      ["latency_milliseconds_bucket", "1", 1],
      ["latency_milliseconds_bucket", "10", 3],
      ["latency_milliseconds_bucket", "+Inf", 6],
      ["latency_milliseconds_count", undefined, 6],
      ["latency_milliseconds_sum", undefined, 66],
    ]);
    // Scale -1: base 4; offset -3 covers (4^-3, 4^-2].
    expect(samplesOfAll[3]?.slice(0, 4)).toEqual([
      ["latency_exp_seconds_bucket", "0", 5],
      ["latency_exp_seconds_bucket", "0.0625", 6],
      ["latency_exp_seconds_bucket", "0.25", 6],
      ["latency_exp_seconds_bucket", "1", 306],
    ]);
    expect(samplesOfAll[4]?.[0]).toEqual(["sizes_bytes", "0.5", 9]);
  });

  it("has no form for deltas, and says so", async () => {
    const checked = checkDestination({ name: "p", kind: "prometheus", url: server.url });
    const protocol = await openProtocol({ destination: checked, clock });
    const points = [made.point(), made.point({ temporality: "delta" })];
    expect(protocol.encode("points", points)).toMatchObject({ count: 1, unsupported: 1 });
  });
});

describe("snappy", () => {
  it("is read back by another implementation", () => {
    const seed = 5;
    const texts = fc.array(fc.constantFrom("abcd", "order ", "x", "1234567890", "訂"), {
      maxLength: 3000,
    });
    fc.assert(
      fc.property(
        fc.oneof(
          texts.map((parts) => Buffer.from(parts.join(""))),
          fc.uint8Array(),
        ),
        (input) => {
          const output = uncompress(snappy(input));
          expect(Buffer.from(output).equals(Buffer.from(input))).toBe(true);
        },
      ),
      { seed, numRuns: 100 },
    );
  });

  it("is smaller where the input repeats, over its blocks too", () => {
    const input = Buffer.from("orders_total{country=TW} 1\n".repeat(10_000));
    const output = snappy(input);
    expect(output.length).toBeLessThan(input.length / 10);
    expect(Buffer.from(uncompress(output)).equals(input)).toBe(true);
  });
});
