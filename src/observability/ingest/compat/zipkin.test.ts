import { ZipkinExporter } from "@opentelemetry/exporter-zipkin";
import { TracerProvider, SimpleSpanProcessor } from "@opentelemetry/sdk-trace";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { SpanKind, SpanStatusCode, trace, ROOT_CONTEXT } from "@opentelemetry/api";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { foreignStage } from "./stage.contract.ts";
import type { ForeignStage } from "./stage.contract.ts";
import { zipkinEndpoint } from "./zipkin.ts";

const stageFor = (): Promise<ForeignStage> => foreignStage((intake) => [zipkinEndpoint(intake)]);
const json = { "content-type": "application/json" };
const path = "/api/v2/spans";
const span = { traceId: "463ac35c9f6413ad", id: "a2fb4a1d1a96d312", name: "get /" };

describe("Zipkin's spans", () => {
  it("come from OpenTelemetry's exporter as they were", async () => {
    const stage = await stageFor();
    const exporter = new ZipkinExporter({ url: `${stage.url}/compat/zipkin/api/v2/spans` });
    const provider = new TracerProvider({
      resource: resourceFromAttributes({ "service.name": "orders", "service.version": "2" }),
      spanProcessors: [new SimpleSpanProcessor({ exporter })],
    });
    const tracer = provider.getTracer("shop", "1.2");
    const root = tracer.startSpan("GET /orders", { kind: SpanKind.SERVER });
    const within = trace.setSpan(ROOT_CONTEXT, root);
    const attributes = { "server.address": "db", rows: 3 };
    const child = tracer.startSpan("SELECT", { kind: SpanKind.CLIENT, attributes }, within);
    child.addEvent("first row");
    child.setStatus({ code: SpanStatusCode.ERROR, message: "no table" });
    child.end();
    root.setStatus({ code: SpanStatusCode.OK });
    root.end();
    await provider.forceFlush();
    await provider.shutdown();
    const [select, get] = stage.stored().spans;
    expect(get).toMatchObject({
      name: "GET /orders",
      kind: 2,
      status: 1,
      parentSpanId: "",
      traceId: root.spanContext().traceId,
      spanId: root.spanContext().spanId,
    });
    expect(select).toMatchObject({
      kind: 3,
      status: 2,
      statusMessage: "no table",
      traceId: get?.traceId,
      parentSpanId: get?.spanId,
      attributes: { "server.address": "db", rows: "3" },
      events: [{ name: "first row" }],
      origin: {
        resource: { "service.name": "orders", "service.version": "2" },
      },
    });
    expect(stage.dropped.list()).toEqual([]);
  });

  it("are read with ids of 64 bits, packed, with the two halves of a shared span", async () => {
    const stage = await stageFor();
    const local = { serviceName: "a", ipv4: "10.0.0.1" };
    const remote = { serviceName: "b", port: 80 };
    const halves = [
      { ...span, kind: "CLIENT", timestamp: 5, duration: 7, localEndpoint: local },
      { ...span, kind: "SERVER", shared: true, timestamp: 6, remoteEndpoint: remote },
      {
        ...span,
        id: "1",
        parentId: span.id,
        tags: { error: "true", "otel.scope.name": "shop", "otel.scope.version": "1.2" },
      },
    ];
    const headers = { ...json, "content-encoding": "gzip" };
    const answer = await stage.post(path, gzipSync(JSON.stringify(halves)), headers);
    expect(answer.status).toBe(202);
    const traceId = `0000000000000000${span.traceId}`;
    const [client, server, child] = stage.stored().spans;
    expect(client).toMatchObject({ traceId, spanId: span.id, startNs: 5_000n, durationNs: 7_000n });
    expect(client?.origin.resource).toEqual({ "service.name": "a", "host.ip": "10.0.0.1" });
    expect(server).toMatchObject({
      parentSpanId: span.id,
      attributes: { "zipkin.shared": true, "network.peer.port": 80, "peer.service": "b" },
    });
    expect(server?.spanId).not.toBe(span.id);
    expect(child?.origin).toMatchObject({ scopeName: "shop", scopeVersion: "1.2" });
    expect(child).toMatchObject({ spanId: "0000000000000001", parentSpanId: span.id, status: 2 });
  });

  it("are left out where they have no id, and counted", async () => {
    const stage = await stageFor();
    const bad = [1, null, [], {}, { ...span, id: "zz" }, { ...span, traceId: "0".repeat(32) }];
    const odd = { ...span, tags: [], annotations: 3, timestamp: "x", localEndpoint: "y" };
    await stage.post(path, JSON.stringify([...bad, odd]), json);
    expect(stage.stored().spans).toHaveLength(1);
    expect(stage.dropped.list()).toMatchObject([
      { source: "zipkin", signal: "spans", reason: "invalid-id", count: bad.length },
    ]);
  });

  it.each([
    ["an object", "{}", json, 400],
    ["half a list", "[{", json, 400],
    ["thrift", "\f", { "content-type": "application/x-thrift" }, 415],
    ["deep nesting", "[".repeat(100_000), json, 400],
    ["no gzip", "[]", { ...json, "content-encoding": "gzip" }, 400],
  ])("are refused as %s", async (_name, body, headers, status) => {
    const stage = await stageFor();
    expect((await stage.post(path, body, headers)).status).toBe(status);
    expect(stage.intake.figures().heldBytes).toBe(0);
  });
});
