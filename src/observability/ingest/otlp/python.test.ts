import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openStage } from "../stage.contract.ts";
import type { Stage } from "../stage.contract.ts";

const python = process.env["MORNING_TEST_PYTHON"];
const script = fileURLToPath(new URL("sender.py", import.meta.url));

describe.skipIf(python === undefined)("OpenTelemetry Python [needs MORNING_TEST_PYTHON]", () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage();
  });
  afterAll(() => stage.close());
  beforeEach(() => stage.clear());

  it.each(["http", "http-gzip", "grpc", "grpc-gzip"])("sends every signal over %s", async (by) => {
    const port = by.startsWith("grpc") ? stage.grpc : stage.http;
    const { stderr } = await promisify(execFile)(python ?? "", [script, by, String(port)]);
    expect(stderr).toBe("");
    const { logs, spans, points, errors } = stage.stored();
    const resource = { "service.name": "stock", "service.version": "3.2", answer: 42 };
    for (const { origin } of [...logs, ...spans, ...points, ...errors]) {
      expect(origin.resource).toMatchObject(resource);
    }
    expect(logs).toMatchObject([
      { body: "stock of 訂單 is low", severity: 13, severityText: "WARN" },
      { body: "could not load", severity: 17, attributes: { "exception.type": "KeyError" } },
    ]);
    const [load, reserve] = spans;
    expect(reserve).toMatchObject({
      name: "reserve",
      kind: 2,
      parentSpanId: "",
      attributes: { sku: "訂單", count: 2 },
      origin: { scopeName: "stock", scopeVersion: "1" },
    });
    expect(load).toMatchObject({
      name: "load",
      status: 2,
      traceId: reserve?.traceId,
      parentSpanId: reserve?.spanId,
      events: [{ name: "exception" }],
    });
    expect(logs.every(({ traceId }) => traceId === reserve?.traceId)).toBe(true);
    expect(errors.map(({ source, type, release }) => [source, type, release])).toEqual(
      expect.arrayContaining([
        ["span", "KeyError", "3.2"],
        ["log", "KeyError", "3.2"],
      ]),
    );
    expect(points).toMatchObject([
      {
        name: "reserved",
        unit: "{item}",
        kind: 1,
        monotonic: true,
        value: 2,
        attributes: { sku: "a" },
      },
      { name: "latency", unit: "ms", kind: 2, value: 12.5, count: 1n },
    ]);
    expect(points[0]?.exemplars).toMatchObject([{ value: 2, traceId: reserve?.traceId }]);
    expect(stage.dropped.list()).toEqual([]);
  });
});
