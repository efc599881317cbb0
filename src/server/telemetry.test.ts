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

test("objectives come and go as OpenSLO in YAML, bounded as every body is", async () => {
  const rig = await startRig();
  const yaml = { "content-type": "application/yaml; charset=utf-8" };
  const document = (name: string): string => `apiVersion: openslo/v1
kind: SLO
metadata: { name: ${name} }
spec:
  indicator:
    spec:
      ratioMetric:
        good: { metricSource: { type: Prometheus, spec: { query: 'http_total{code="200"}' } } }
        total: { metricSource: { type: Prometheus, spec: { query: http_total } } }
  timeWindow: [{ duration: 4w, isRolling: true }]
  budgetingMethod: Occurrences
  objectives: [{ target: 0.99 }]
`;
  const path = "/api/v1/slos/openslo";
  const two = `${document("web")}---\n${document("api")}`;
  const saved = await rig.call("POST", path, { headers: yaml, body: two });
  expect(saved.json).toMatchObject({ slos: [{ name: "web" }, { name: "api" }] });
  const out = await rig.call("GET", "/api/v1/slos/web/openslo.yaml");
  expect(out.headers.get("content-type")).toBe("application/yaml");
  expect(out.headers.get("content-disposition")).toContain("web.yaml");
  expect((await rig.call("POST", path, { headers: yaml, body: out.text })).status).toBe(200);
  const json = await rig.call("GET", "/api/v1/slos/web/openslo");
  expect((await rig.call("POST", path, { body: json.json })).status).toBe(200);

  const circle = "a: &a [*a, *a, *a, *a]";
  for (const [body, detail] of [
    ["a: [", /line 1, column 5/],
    ["__proto__: { x: 1 }", /__proto__/],
    [circle, /nests deeper/],
    ["a: 1", /apiVersion/],
  ] as const) {
    const refused = await rig.call("POST", path, { headers: yaml, body });
    expect([refused.status, refused.problem.code]).toEqual([400, "MOR_INVALID"]);
    expect(refused.problem.detail).toMatch(detail);
  }
  const other = { "content-type": "text/csv" };
  expect((await rig.call("POST", path, { headers: other, body: "a" })).problem).toMatchObject({
    status: 415,
    detail: expect.stringContaining("application/yaml") as unknown,
  });
  const large = await rig.call("POST", path, { headers: yaml, body: "#".repeat(2 ** 20 + 1) });
  expect(large.status).toBe(413);
});
