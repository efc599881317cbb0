import { expect, test, vi } from "vitest";
import { rigConfig } from "./rig.child.ts";
import { startRig as startAny } from "./rig.contract.ts";
import type { Rig } from "./rig.contract.ts";

/** A rig that keeps telemetry. */
function startRig(options: Parameters<typeof startAny>[0] = {}): Promise<Rig> {
  return startAny({ config: rigConfig({ telemetry: "embedded" }), ...options });
}

const json = { "content-type": "application/json" };

/** One log line as OTLP/JSON. */
function otlpLine(body: string, service = "elsewhere"): string {
  const attributes = [{ key: "service.name", value: { stringValue: service } }];
  const timeUnixNano = `${Date.now()}000000`;
  const logRecords = [{ timeUnixNano, severityNumber: 17, body: { stringValue: body } }];
  return JSON.stringify({
    resourceLogs: [{ resource: { attributes }, scopeLogs: [{ logRecords }] }],
  });
}

async function send(rig: Rig, body: string, headers: Record<string, string> = {}): Promise<number> {
  const init = { method: "POST", headers: { ...json, ...headers }, body };
  return (await fetch(`${rig.url}/v1/logs`, init)).status;
}

interface Lines {
  readonly records: readonly { readonly body: string; readonly service: string }[];
}

async function linesOf(rig: Rig, q: string): Promise<Lines["records"]> {
  const query = new URLSearchParams({ q });
  const { json: page } = await rig.call("GET", `/api/v1/telemetry/logs?${query.toString()}`);
  return (page as Lines).records;
}

test("what others send is stored, redacted, found, tailed; what is wrong is counted", async () => {
  const rig = await startRig();
  const tail = await fetch(`${rig.url}/api/v1/telemetry/tail?q=service:elsewhere`);
  const reader = tail.body?.getReader();
  await reader?.read();
  expect(await send(rig, otlpLine("card declined, password=hunter2"))).toBe(200);
  // Acknowledged is seen by the very next read.
  expect(await linesOf(rig, "service:elsewhere card")).toMatchObject([
    { body: "card declined, password=[redacted:secret]" },
  ]);
  let told = "";
  while (!told.includes("card declined")) {
    const part = await reader?.read();
    told += new TextDecoder().decode(part?.value);
  }
  await reader?.cancel();
  expect(await send(rig, "{")).toBe(400);
  const { json: dropped } = await rig.call("GET", "/api/v1/telemetry/dropped");
  expect(dropped).toMatchObject({ dropped: [{ source: "otlp-http", reason: "malformed" }] });
});

test("what the platform's services do is a trace, and foreign APIs read it", async () => {
  const rig = await startRig();
  const { headers } = await rig.call("POST", "/svc/orders/jobs", { body: { n: 1 } });
  const traceId = (headers.get("traceresponse") ?? "").split("-")[1] ?? "";
  const found = await vi.waitFor(
    async () => {
      const { json: trace } = await rig.call("GET", `/api/v1/telemetry/traces/${traceId}`);
      const { analysis } = trace as { analysis: { spans: { name: string; service: string }[] } };
      expect(analysis.spans.length).toBeGreaterThan(1);
      return analysis.spans;
    },
    { timeout: 20_000, interval: 200 },
  );
  expect(found.map(({ name }) => name)).toContain("POST /jobs");
  const jaeger = await rig.call("GET", `/compat/jaeger/api/traces/${traceId}`);
  expect(jaeger.json).toMatchObject({ data: [{ traceID: traceId }] });
  const { json: hits } = await rig.call("GET", `/api/v1/find?id=${traceId}`);
  expect(hits).toMatchObject({
    hits: expect.arrayContaining([expect.objectContaining({ kind: "trace" })]) as unknown,
  });
  const names = await rig.call("GET", "/compat/prometheus/api/v1/label/__name__/values");
  expect(names.json).toMatchObject({ status: "success" });
});

test("with a key configured, telemetry is taken from those who have one", async () => {
  const rig = await startRig({ env: { MORNING_ADMIN_KEY: "a-key-of-the-environment" } });
  expect(await send(rig, otlpLine("nobody"))).toBe(401);
  const wrong = { authorization: "Bearer not-a-key-at-all" };
  expect(await send(rig, otlpLine("wrong"), wrong)).toBe(401);
  const right = { authorization: "Bearer a-key-of-the-environment" };
  expect(await send(rig, otlpLine("known"), right)).toBe(200);
  const basic = { authorization: `Basic ${btoa("any:a-key-of-the-environment")}` };
  expect(await send(rig, otlpLine("known too"), basic)).toBe(200);
});

test("what was acknowledged is there after a restart", async () => {
  const rig = await startRig();
  expect(await send(rig, otlpLine("before the restart"))).toBe(200);
  await rig.stop();
  const again = await startRig({ dataFolder: rig.dataFolder });
  expect(await linesOf(again, "service:elsewhere restart")).toHaveLength(1);
});
