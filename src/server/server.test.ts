import { expect, test } from "vitest";
import { until, startRig, temporaryFolder } from "./rig.contract.ts";
import { rigConfig } from "./rig.child.ts";

const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
const traceparent = `00-${traceId}-00f067aa0ba902b7-01`;

test("a valid call is answered, through another service", async () => {
  const rig = await startRig();
  const { status, json } = await rig.call("POST", "/svc/orders/orders", {
    body: { sku: "a", amount: 2 },
  });
  expect(status).toBe(201);
  expect(json).toEqual({ id: "1", sku: "a", amount: 2, left: 7 });
});

test("rejected inputs name where and why", async () => {
  const rig = await startRig();
  const bad = await rig.call("POST", "/svc/orders/orders", { body: { sku: "", amount: 1.5 } });
  expect(bad.status).toBe(400);
  expect(bad.headers.get("content-type")).toBe("application/problem+json");
  expect(bad.problem.detail).toContain("body of POST /orders of orders is not valid at sku: ");
  const { rejections } = bad.problem.details as { rejections: { path: string; reason: string }[] };
  expect(rejections.map(({ path }) => path)).toEqual(["sku", "amount"]);
  const query = await rig.call("GET", "/svc/orders/orders?limit=99");
  expect(query.problem.detail).toContain("query of GET /orders of orders is not valid at limit: ");
  expect((await rig.call("GET", "/svc/orders/orders?limit=3")).json).toEqual({ limit: 3 });
  expect((await rig.call("GET", "/svc/orders/orders")).json).toEqual({ limit: 5 });
  const missing = await rig.call("POST", "/svc/orders/orders");
  expect(missing.problem.code).toBe("MOR_INVALID");
});

test("repeated and odd keys of a query come as they were sent", async () => {
  const rig = await startRig();
  const { json } = await rig.call("GET", "/svc/orders/raw?a=1&a=2&a=3&toString=x&hasOwnProperty=y");
  expect(json).toEqual({ query: { a: ["1", "2", "3"], toString: "x", hasOwnProperty: "y" } });
});

test("errors are problem details of RFC 9457 with a fix and the trace", async () => {
  const rig = await startRig();
  const { status, problem, headers } = await rig.call("GET", "/svc/stock/refuses", {
    headers: { traceparent },
  });
  expect(status).toBe(409);
  expect(problem).toMatchObject({
    code: "MOR_CONFLICT",
    status: 409,
    detail: "stock a: sold out",
    details: { sku: "a" },
    traceId,
  });
  expect(problem.type).toMatch(/#mor_conflict$/);
  expect(problem.fix).not.toBe("");
  expect(headers.get("traceresponse")).toContain(traceId);
});

test("what a handler throws by mistake is logged and not shown", async () => {
  const rig = await startRig();
  const { status, text, problem } = await rig.call("GET", "/svc/stock/throws");
  expect(status).toBe(500);
  expect(problem.code).toBe("MOR_INTERNAL");
  expect(text).not.toContain("secret detail");
  const logged = rig.lines.find(({ level }) => level === "error");
  expect(JSON.stringify(logged)).toContain("secret detail");
  expect(logged?.fields["traceId"]).toBe(problem.traceId);
});

test("an answer that its route does not declare is an error by name", async () => {
  const rig = await startRig();
  const { status, problem } = await rig.call("GET", "/svc/stock/broken");
  expect([status, problem.code]).toEqual([500, "MOR_HTTP_ANSWER_INVALID"]);
});

test("replies of their own status and headers pass", async () => {
  const rig = await startRig();
  const tea = await rig.call("GET", "/svc/stock/tea");
  expect([tea.status, tea.json, tea.headers.get("x-pot")]).toEqual([418, { tea: true }, "short"]);
  const gone = await rig.call("DELETE", "/svc/orders/orders/1");
  expect([gone.status, gone.text]).toEqual([204, ""]);
});

test("trace and baggage travel from service to service; an identity does not", async () => {
  const rig = await startRig();
  const { json } = await rig.call("GET", "/svc/orders/through", {
    headers: { traceparent, tracestate: "v=1", baggage: "tenant=acme", identity: "admin" },
  });
  const seen = json as Record<string, string>;
  expect(seen["traceparent"]).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-01$`));
  expect(seen["traceparent"]).not.toBe(traceparent);
  expect(seen).toMatchObject({ tracestate: "v=1", baggage: "tenant=acme" });
  expect(seen).not.toHaveProperty("identity");
});

test("the trace travels through a queue", async () => {
  const { currentContext } = await import("../core/context.ts");
  const traces: (string | undefined)[] = [];
  const onJob = (): void => void traces.push(currentContext()?.trace.traceId);
  const rig = await startRig({ config: rigConfig({ onJob }) });
  await rig.call("POST", "/svc/orders/jobs", { body: { n: 1 }, headers: { traceparent } });
  await until(() => traces.length > 0);
  expect(traces).toEqual([traceId]);
});

test("a hostile trace is replaced by a new one", async () => {
  const rig = await startRig();
  const { headers } = await rig.call("GET", "/svc/stock/pid", {
    headers: { traceparent: `00-${"0".repeat(32)}-00f067aa0ba902b7-01` },
  });
  expect(headers.get("traceresponse")).toMatch(/^00-(?!0{32})[0-9a-f]{32}-/);
});

test("health and readiness are told, also while it stops", async () => {
  const rig = await startRig();
  expect((await rig.call("GET", "/healthz")).text).toBe("ok\n");
  expect((await rig.call("GET", "/readyz")).text).toBe("ready\n");
  await rig.stop();
  const after = await rig.fetch(new Request("http://localhost/readyz"));
  expect([after.status, await after.text()]).toEqual([503, "stopping\n"]);
});

test("what is not there is a problem document everywhere but in the console", async () => {
  const rig = await startRig();
  for (const [method, path] of [
    ["GET", "/api/v1/nothing"],
    ["POST", "/api/v1/overview"],
    ["GET", "/api/v2"],
    ["GET", "/svc/nobody/x"],
    ["GET", "/svc/orders/nothing"],
    ["GET", "/svc/ord%65rs/orders"],
    ["GET", "/svc"],
    ["GET", "/compat/nothing"],
    ["GET", "/assets/none.js"],
    ["POST", "/"],
    ["PUT", "/console"],
  ] as const) {
    const { status, problem } = await rig.call(method, path);
    expect([method, path, status, problem.code]).toEqual([method, path, 404, "MOR_NOT_FOUND"]);
  }
});

test("deep links of the console are the page itself, dots in a name or not", async () => {
  const rig = await startRig();
  for (const path of [
    "/",
    "/queues/jobs",
    "/events/user.registered",
    "/queues/a.b?x=1",
    "/assets/daily",
  ]) {
    const { status, headers } = await rig.call("GET", path);
    expect([path, status]).toEqual([path, 200]);
    expect(headers.get("content-type")).toContain("text/html");
    expect(headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
  }
});

test("a second platform on the same data folder is refused and names the owner", async () => {
  const rig = await startRig();
  const second = startRig({ dataFolder: rig.dataFolder });
  await expect(second).rejects.toMatchObject({
    code: "MOR_STATE_OWNED",
    message: expect.stringContaining(`process ${process.pid} owns it`) as string,
  });
  expect((await rig.call("GET", "/healthz")).status).toBe(200);
});

test("a taken port is a named error, and the failed start leaves nothing open", async () => {
  const rig = await startRig();
  const dataFolder = temporaryFolder();
  await expect(startRig({ dataFolder, port: rig.port })).rejects.toMatchObject({
    code: "MOR_PORT_TAKEN",
    message: expect.stringContaining(String(rig.port)) as string,
    fix: expect.stringContaining("--port") as string,
  });
  // Its state is free again.
  await startRig({ dataFolder });
});

test("a platform that stopped starts again on its state", async () => {
  const first = await startRig();
  await first.stop();
  const second = await startRig({ dataFolder: first.dataFolder });
  expect((await second.call("GET", "/readyz")).status).toBe(200);
});

test("routes that could never be reached are refused at the start", async () => {
  const { get } = await import("../core/http.ts");
  const { app, service } = await import("../core/service.ts");
  const { config } = await import("../core/config.ts");
  const twice = service("twice", { routes: () => [get("/a", () => 1), get("/a", () => 2)] });
  const dataFolder = temporaryFolder();
  await expect(
    startRig({ dataFolder, config: config({ app: app("bad", { services: [twice] }) }) }),
  ).rejects.toThrow("service twice: two routes are GET /a");
  await startRig({ dataFolder });
});
