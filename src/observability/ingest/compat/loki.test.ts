import { createRequire } from "node:module";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import winston from "winston";
import LokiTransport from "winston-loki";
import { ProtoWriter } from "../../export/wire.ts";
import { snappy } from "../../export/snappy.ts";
import { readLabels } from "./loki-proto.ts";
import { lokiEndpoint } from "./loki.ts";
import { unsnappy } from "./snappy.ts";
import { foreignStage } from "./stage.contract.ts";
import type { ForeignStage } from "./stage.contract.ts";

// The package has no types.
const { compress } = createRequire(join(process.cwd(), "package.json"))("snappyjs") as {
  readonly compress: (bytes: Uint8Array) => Uint8Array;
};

const stageFor = (): Promise<ForeignStage> => foreignStage((intake) => [lokiEndpoint(intake)]);
const path = "/loki/api/v1/push";
const json = { "content-type": "application/json" };

describe("Loki's push", () => {
  it.each([true, false])("comes from winston-loki (JSON: %s)", async (isJson) => {
    const stage = await stageFor();
    const transport = new LokiTransport({
      host: `${stage.url}/compat/loki`,
      json: isJson,
      labels: { app: "stock", env: "test" },
      basicAuth: "any:key-1",
      batching: false,
      format: winston.format.simple(),
    });
    const logger = winston.createLogger({ transports: [transport] });
    logger.warn("stock of 訂單 is low");
    await expect.poll(() => stage.stored().logs.length).toBe(1);
    logger.close();
    const [log] = stage.stored().logs;
    expect(log).toMatchObject({ severity: 13, severityText: "warn" });
    expect(log?.body).toContain("stock of 訂單 is low");
    expect(log?.origin.resource).toMatchObject({
      "service.name": "stock",
      "deployment.environment.name": "test",
    });
  });

  it("keeps metadata, trace and level of JSON lines, and counts what is no entry", async () => {
    const stage = await stageFor();
    const traceId = "0af7651916cd43dd8448eb211c80319c";
    const values = [
      ["1700000000000000001", "a", { trace_id: traceId, user: "u" }],
      ["1700000000000000002", 'time=1 level=error msg="no"'],
      ["yesterday", "b"],
      ["99999999999999999999", "b"],
      [1, 2],
      "c",
    ];
    const streams = [{ stream: { job: "j", __proto__: "x" }, values }, { stream: {} }, 7];
    const answer = await stage.post(path, JSON.stringify({ streams }), json);
    expect(answer.status).toBe(204);
    expect(stage.stored().logs).toMatchObject([
      { timeNs: 1_700_000_000_000_000_001n, body: "a", traceId, attributes: { user: "u" } },
      { severity: 17, origin: { resource: { "service.name": "j" } } },
    ]);
    expect(stage.dropped.list()).toMatchObject([
      { source: "loki", signal: "logs", reason: "malformed", count: 6 },
    ]);
  });

  it("reads labels with whatever they hold", () => {
    expect(readLabels(String.raw`{a="x, y=\"1\"\n", b_c="" ,}`)).toEqual({
      a: 'x, y="1"\n',
      b_c: "",
    });
    expect(readLabels("{}")).toEqual({});
    for (const wrong of ["", "{a}", "a=1", '{a="}', `{${'a="1",'.repeat(1_000)}b}`]) {
      expect(() => readLabels(wrong)).toThrow(/labels/);
    }
  });

  it("refuses what is cut, of the wrong type or a bomb", async () => {
    const stage = await stageFor();
    const writer = new ProtoWriter();
    const mark = writer.begin(1);
    writer.text(1, '{a="b"}');
    writer.end(mark);
    const protobuf = { "content-type": "application/x-protobuf" };
    const good = snappy(writer.written());
    expect((await stage.post(path, good, protobuf)).status).toBe(204);
    const bomb = Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f, 0]);
    for (const [body, headers, status] of [
      [good.subarray(0, good.length - 1), protobuf, 400],
      [snappy(Buffer.from([0x0a, 0x7f])), protobuf, 400],
      [new Uint8Array(0), protobuf, 400],
      [bomb, protobuf, 413],
      ["{}", json, 400],
      ["[", json, 400],
      ["a", { "content-type": "text/plain" }, 415],
    ] as const) {
      expect((await stage.post(path, body, headers)).status).toBe(status);
    }
    expect(stage.intake.figures().heldBytes).toBe(0);
  });

  it("inflates what another's snappy deflates", () => {
    const text = Buffer.from("to be or not to be, ".repeat(5_000) + "x".repeat(200_000));
    const packed = compress(text);
    expect(Buffer.from(unsnappy(packed, 1_000_000)).equals(text)).toBe(true);
    for (let cut = 0; cut < Math.min(60, packed.length); cut++) {
      expect(() => unsnappy(packed.subarray(0, cut), 1_000_000)).toThrow(/snappy/);
    }
  });
});
