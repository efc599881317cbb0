import * as Sentry from "@sentry/node";
import { brotliCompressSync, gzipSync, zstdCompressSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import type { Records } from "../../../export/read.ts";
import { foreignStage } from "../stage.contract.ts";
import type { ForeignStage } from "../stage.contract.ts";
import { sentryEndpoint } from "./endpoint.ts";

const services = { "7": "storefront" };
const stageFor = (options: Parameters<typeof foreignStage>[1] = {}): Promise<ForeignStage> =>
  foreignStage((intake) => [sentryEndpoint({ intake, services })], options);

const path = "/compat/sentry/api/7/envelope/";
const envelope = (...items: (readonly [header: object, payload: unknown])[]): string =>
  [{ event_id: "a".repeat(32) }, ...items.flat()].map((one) => JSON.stringify(one)).join("\n");

const traceId = "0af7651916cd43dd8448eb211c80319c";
const spanId = "b7ad6b7169203331";

function init(stage: ForeignStage, options: Partial<Sentry.NodeOptions> = {}): void {
  Sentry.init({
    dsn: `http://key1@127.0.0.1:${stage.port}/compat/sentry/7`,
    release: "shop@3.1.0",
    environment: "test",
    serverName: "host-a",
    tracesSampleRate: 1,
    registerEsmLoaderHooks: false,
    ...options,
  } as Sentry.NodeOptions);
}

describe("Sentry's SDK for Node", () => {
  afterEach(() => Sentry.close(2_000));

  it.each(["stream", "static"] as const)("reports errors and spans (%s)", async (lifecycle) => {
    const stage = await stageFor();
    init(stage, { traceLifecycle: lifecycle } as Partial<Sentry.NodeOptions>);
    Sentry.setUser({ id: "u-9", email: "ann@example.org" });
    Sentry.addBreadcrumb({ category: "cart", message: "card was chosen" });
    Sentry.startSpan({ name: "GET /orders", op: "http.server" }, () => {
      Sentry.startSpan({ name: "SELECT orders", op: "db.query" }, () => undefined);
      Sentry.setTag("tenant", "acme");
      Sentry.captureException(new TypeError("no price", { cause: new Error("row is gone") }));
    });
    await Sentry.flush(5_000);
    const { errors, spans }: Records = stage.stored();
    expect(errors).toHaveLength(1);
    const [error] = errors;
    expect(error).toMatchObject({
      type: "TypeError",
      message: "no price",
      source: "sentry",
      handled: true,
      release: "shop@3.1.0",
      user: "u-9",
      attributes: { tenant: "acme", "user.email": "ann@example.org" },
    });
    expect(error?.fingerprint).toMatch(/^[0-9a-f]{16}$/);
    expect(error?.stack).toMatch(/^TypeError: no price\n {4}at .*sentry\.test\.ts:\d+:\d+/);
    expect(error?.stack).toContain("Caused by: Error: row is gone");
    expect(error?.breadcrumbs).toContain("card was chosen");
    expect(error?.origin.resource).toMatchObject({
      "service.name": "storefront",
      "deployment.environment.name": "test",
    });
    const root = spans.find(({ name }) => name === "GET /orders");
    const child = spans.find(({ name }) => name === "SELECT orders");
    expect(root).toMatchObject({ kind: 2, parentSpanId: "", traceId: error?.traceId });
    expect(child).toMatchObject({ kind: 3, parentSpanId: root?.spanId, traceId: root?.traceId });
    expect(root?.origin.resource).toMatchObject({ "service.version": "shop@3.1.0" });
    expect((root?.durationNs ?? 0n) >= (child?.durationNs ?? 1n)).toBe(true);
    expect(stage.asked[0]).toMatchObject({ authorization: "Bearer key1" });
  });

  it("sends logs and messages", async () => {
    const stage = await stageFor();
    init(stage, { enableLogs: true } as Partial<Sentry.NodeOptions>);
    Sentry.logger.warn("stock is low", { sku: "a-1", left: 2 });
    Sentry.captureMessage("a message", "info");
    await Sentry.flush(5_000);
    await expect.poll(() => stage.stored().logs.length).toBe(2);
    const byBody = new Map(stage.stored().logs.map((log) => [log.body, log]));
    expect(byBody.get("stock is low")).toMatchObject({
      severity: 13,
      attributes: { sku: "a-1", left: 2 },
    });
    expect(byBody.get("a message")).toMatchObject({ severity: 9 });
  });
});

describe("the Sentry endpoint", () => {
  const event = {
    platform: "python",
    timestamp: 1_700_000_000.25,
    level: "fatal",
    fingerprint: ["pay", "{{ default }}"],
    tags: [["region", "eu"]],
    exception: {
      values: [
        { type: "KeyError", value: "'sku'", stacktrace: { frames: [frame("load", 3)] } },
        {
          type: "PayError",
          value: "could not pay",
          mechanism: { handled: false },
          stacktrace: { frames: [frame("main", 1), frame("pay", 9)] },
        },
      ],
    },
    contexts: { trace: { trace_id: traceId, span_id: spanId } },
  };
  function frame(name: string, lineno: number): object {
    return { function: name, filename: "shop.py", abs_path: "/app/shop.py", lineno };
  }

  it.each([
    ["plain", (text: string) => Buffer.from(text), undefined],
    ["gzip", (text: string) => gzipSync(text), "gzip"],
    ["br", (text: string) => brotliCompressSync(text), "br"],
    ["zstd", (text: string) => zstdCompressSync(text), "zstd"],
  ] as const)("reads an event sent as %s", async (_name, pack, coding) => {
    const stage = await stageFor();
    const headers = coding === undefined ? {} : { "content-encoding": coding };
    const answer = await stage.post(path, pack(envelope([{ type: "event" }, event])), headers);
    expect([answer.status, await answer.json()]).toEqual([200, { id: "a".repeat(32) }]);
    const [error] = stage.stored().errors;
    expect(error).toMatchObject({
      type: "PayError",
      handled: false,
      timeNs: 1_700_000_000_250_000_000n,
      traceId,
      spanId,
      attributes: { region: "eu" },
    });
    // Python tells the cause first and the innermost call last.
    expect(error?.stack.split("\n").filter((line) => line.includes("File"))).toEqual([
      '  File "/app/shop.py", line 3, in load',
      '  File "/app/shop.py", line 1, in main',
      '  File "/app/shop.py", line 9, in pay',
    ]);
  });

  it("weighs sampled spans, and turns a status into an error", async () => {
    const stage = await stageFor();
    const header = JSON.stringify({ trace: { sample_rate: "0.1" } });
    const transaction = {
      transaction: "GET /",
      start_timestamp: 10,
      timestamp: 12,
      contexts: { trace: { trace_id: traceId, span_id: spanId, status: "internal_error" } },
    };
    const body = `${header}\n{"type":"transaction"}\n${JSON.stringify(transaction)}`;
    await stage.post(path, body);
    expect(stage.stored().spans).toMatchObject([
      { weight: 10, status: 2, statusMessage: "internal_error", durationNs: 2_000_000_000n },
    ]);
  });

  it("counts what it does not keep, and keeps the rest", async () => {
    const stage = await stageFor();
    const discarded = [{ reason: "queue_overflow", category: "error", quantity: 4 }];
    const body = envelope(
      [{ type: "session" }, {}],
      [{ type: "client_report" }, { discarded_events: discarded }],
      [{ type: "event" }, "no object"],
      [{ type: "event" }, { level: "error" }],
      [{ type: "span" }, { items: [1, { trace_id: "x" }] }],
      [{ type: "event" }, event],
    );
    expect((await stage.post(path, body)).status).toBe(200);
    expect(stage.stored().errors).toHaveLength(1);
    const reasons = stage.dropped.list().map(({ signal, reason }) => `${signal} ${reason}`);
    expect(reasons.toSorted()).toEqual([
      "errors discarded-by-client",
      "errors empty",
      "errors malformed",
      "errors unsupported",
      "spans invalid-id",
      "spans malformed",
    ]);
  });

  it.each([
    ["nothing", ""],
    ["no JSON", "{"],
    ["a list as header", "[]\n"],
    ["a length past the end", '{}\n{"type":"event","length":99}\n{}'],
    ["a length in the middle", '{}\n{"type":"event","length":1}\n{}'],
    ["a negative length", '{}\n{"type":"event","length":-1}\n{}'],
    ["bytes that are no UTF-8", Buffer.from([0xff, 0xfe, 10])],
    ["a long header", `{"a":"${"x".repeat(70_000)}"}`],
  ])("refuses %s", async (_name, body) => {
    const stage = await stageFor();
    expect((await stage.post(path, body)).status).toBe(400);
    expect(stage.dropped.list()).toMatchObject([{ source: "sentry", reason: "malformed" }]);
    expect(stage.intake.figures().heldBytes).toBe(0);
  });

  it("stays upright on what is nested deeply, huge or a bomb", async () => {
    const stage = await stageFor();
    const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
    const body = `{}\n{"type":"event"}\n{"message":"m","extra":{"a":${deep}}}`;
    expect((await stage.post(path, body)).status).toBe(200);
    expect(stage.stored().logs).toHaveLength(1);
    const bomb = brotliCompressSync(Buffer.alloc(17 * 1024 * 1024));
    const refused = await stage.post(path, bomb, { "content-encoding": "br" });
    expect(refused.status).toBe(413);
    const large = `{}\n{"type":"event"}\n"${"x".repeat(9_000_000)}"`;
    expect((await stage.post(path, large)).status).toBe(200);
    expect(stage.dropped.list().map(({ reason }) => reason)).toEqual(["too-large", "too-large"]);
  });

  it("tells an SDK when to come again", async () => {
    const stage = await stageFor({ limits: { budgetBytes: 10_000 } });
    const answer = await stage.post(path, "x".repeat(20_000));
    expect(answer.status).toBe(429);
    expect(answer.headers.get("retry-after")).toMatch(/^\d+$/);
    expect(answer.headers.get("x-sentry-rate-limits")).toMatch(/^\d+::organization$/);
  });
});
