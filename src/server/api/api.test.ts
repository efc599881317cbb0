import { expect, test } from "vitest";
import { config } from "../../core/config.ts";
import { post } from "../../core/http.ts";
import { app, service } from "../../core/service.ts";
import { blob } from "../../state/blob/index.ts";
import { startRig, until } from "../rig.contract.ts";
import type { Rig } from "../rig.contract.ts";

const adminKey = "a-long-random-text-of-the-operator";
const env = { MORNING_ADMIN_KEY: adminKey, MORNING_RATE_LIMIT: "77" };
const bearer = (key: string): { headers: Record<string, string> } => ({
  headers: { authorization: `Bearer ${key}` },
});

async function keyOf(rig: Rig, role: string): Promise<{ id: string; key: string }> {
  const made = await rig.call("POST", "/api/v1/keys", {
    body: { name: role, role },
    ...bearer(adminKey),
  });
  return made.json as { id: string; key: string };
}

test("the platform says what runs, on which engines, within which limits", async () => {
  const rig = await startRig({ env, limits: { connectionsMax: 123 } });
  const { json } = await rig.call("GET", "/api/v1/platform", bearer(adminKey));
  const platform = json as {
    startedAtMs: number;
    nowMs: number;
    drivers: { kind: string; features: Record<string, unknown> }[];
    limits: { name: string; value: number; unit: string }[];
  };
  expect(platform).toMatchObject({
    app: { name: "rig", description: "" },
    environment: "local",
    node: process.version,
    isolated: false,
    kinds: ["queue", "service"],
  });
  expect(platform.nowMs).toBeGreaterThanOrEqual(platform.startedAtMs);
  expect(platform.drivers).toEqual([
    { kind: "state", engine: "sqlite", features: {} },
    { kind: "blob", engine: "filesystem", features: expect.anything() as unknown },
    { kind: "queue", engine: "sqlite", features: expect.anything() as unknown },
    { kind: "telemetry", engine: "none", features: expect.anything() as unknown },
  ]);
  // JSON has no Infinity: a delay without a limit is null.
  expect(platform.drivers[2]?.features).toMatchObject({ fifo: true, delayMsMax: null });
  const limitOf = (name: string): unknown => platform.limits.find((one) => one.name === name);
  expect(limitOf("connections")).toMatchObject({ value: 123, unit: "count" });
  expect(limitOf("requests")).toMatchObject({ value: 77, unit: "perSecond" });
  expect(limitOf("request-body")).toMatchObject({ value: 2 ** 20, unit: "bytes" });
  expect(limitOf("session-time")).toMatchObject({ value: 12 * 3_600_000, unit: "ms" });
  const names = platform.limits.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});

test("services say what they use, who calls them, their routes and what runs them", async () => {
  const rig = await startRig();
  const { json } = await rig.call("GET", "/api/v1/services");
  const { services } = json as { services: Record<string, unknown>[] };
  expect(services.map(({ name }) => name)).toEqual(["orders", "stock", "worker"]);
  expect((await rig.call("GET", "/api/v1/services/worker")).json).toMatchObject({
    name: "worker",
    open: false,
    uses: [
      { key: "jobs", kind: "queue", resource: "queue/jobs", verb: "consume", flow: "in" },
      { key: "stock", kind: "service", resource: "service/stock", verb: "call", flow: "out" },
    ],
    usedBy: [],
    routes: [{ method: "get", path: "/pid", summary: "" }],
    instances: [
      {
        pid: process.pid,
        state: "running",
        startedAtMs: expect.any(Number) as number,
        restarts: 0,
        lastExit: null,
      },
    ],
  });
  expect(services[1]).toMatchObject({
    description: "Keeps stock.",
    usedBy: [
      { service: "orders", verb: "call" },
      { service: "worker", verb: "call" },
    ],
  });
  expect(services[1]?.["routes"]).toContainEqual({
    method: "get",
    path: "/stock/{sku}",
    summary: "",
  });
  const none = await rig.call("GET", "/api/v1/services/nobody");
  expect([none.status, none.problem.detail]).toEqual([
    404,
    'there is no service "nobody"; there are orders, stock, worker',
  ]);
});

test("what goes both ways says so; a summary is passed on", async () => {
  const files = blob("files");
  const only = service("only", {
    uses: { files: files.readWriter() },
    routes: () => [post("/files", { summary: "Takes a file" }, () => ({}))],
  });
  const rig = await startRig({ config: config({ app: app("files", { services: [only] }) }) });
  expect((await rig.call("GET", "/api/v1/services/only")).json).toMatchObject({
    uses: [{ key: "files", kind: "blob", resource: "blob/files", verb: "readWrite", flow: "both" }],
    routes: [{ method: "post", path: "/files", summary: "Takes a file" }],
  });
});

test("the history has what happened; what makes no sense is refused with the fix", async () => {
  const rig = await startRig();
  await rig.call("GET", "/svc/orders/orders");
  type Answer = { series: { id: string; metric: string; values: (number | null)[] }[] };
  const query = "ids=platform,service/orders&metrics=requests,ratePerSecond,depth";
  const read = async (): Promise<Answer["series"]> =>
    ((await rig.call("GET", `/api/v1/history?${query}`)).json as Answer).series;
  await until(async () => (await read())[0]?.values.some((value) => (value ?? 0) > 0) === true);
  expect((await read()).map(({ id, metric }) => `${id} ${metric}`)).toEqual([
    "platform requests",
    "service/orders ratePerSecond",
    "service/orders depth",
  ]);
  const refusalOf = async (text: string): Promise<[number, string]> => {
    const { status, problem } = await rig.call("GET", `/api/v1/history?${text}`);
    return [status, problem.fix];
  };
  const many = Array.from({ length: 26 }, (_, n) => `queue/q${n}`).join(",");
  expect(await refusalOf(`ids=${many}&metrics=depth,inFlight`)).toEqual([
    400,
    "Ask for at most 50 at once: ids times metrics.",
  ]);
  expect((await rig.call("GET", `/api/v1/history?ids=${many}&metrics=depth`)).status).toBe(200);
  expect((await refusalOf("ids=platform&metrics=mood"))[1]).toContain("ratePerSecond");
  for (const odd of [
    "metrics=depth",
    "ids=&metrics=depth",
    "ids=a&metrics=depth&fromMs=2&toMs=1",
    "ids=a&metrics=depth&pointsMax=0",
    "ids=a&metrics=depth&toMs=0",
  ]) {
    expect([odd, (await refusalOf(odd))[0]]).toEqual([odd, 400]);
  }
  expect(
    (await rig.call("GET", "/api/v1/history?ids=platform&metrics=errors&fromMs=0")).status,
  ).toBe(200);
});

test("an identifier finds messages, actions of a trace, keys for administrators", async () => {
  const rig = await startRig({ env });
  const viewer = await keyOf(rig, "viewer");
  const findAs = async (key: string, id: string): Promise<unknown> =>
    (await rig.call("GET", `/api/v1/find?id=${encodeURIComponent(id)}`, bearer(key))).json;
  const sent = await rig.call("POST", "/api/v1/queues/jobs/messages", {
    body: { message: { n: 1 }, options: { delayMs: 60_000 } },
    ...bearer(adminKey),
  });
  const { id } = sent.json as { id: string };
  expect(await findAs(viewer.key, id)).toMatchObject({
    hits: [{ id, resource: "queue/jobs" }],
    partial: false,
  });
  const trace = /^00-([0-9a-f]{32})/.exec(sent.headers.get("traceresponse") ?? "")?.[1] ?? "";
  expect(await findAs(viewer.key, trace)).toMatchObject({
    hits: expect.arrayContaining([
      expect.objectContaining({
        kind: "action",
        title: "POST /api/v1/queues/jobs/messages",
        resource: "audit",
      }),
    ]) as unknown,
  });
  expect(await findAs(adminKey, viewer.id)).toMatchObject({
    hits: [{ kind: "key", id: viewer.id, title: "viewer", resource: "keys" }],
  });
  expect(await findAs(viewer.key, viewer.id)).toEqual({ hits: [], partial: false });
  expect(await findAs(viewer.key, "nothing")).toEqual({ hits: [], partial: false });
  expect((await rig.call("GET", "/api/v1/find?id=%20", bearer(adminKey))).status).toBe(400);
});

test("a viewer reads all but keys and sessions; who hands telemetry in reads nothing", async () => {
  const rig = await startRig({ env });
  const [viewer, ingest] = [await keyOf(rig, "viewer"), await keyOf(rig, "ingest")];
  const statusOf = async (key: string, path: string): Promise<number> => {
    const abort = new AbortController();
    const { headers } = bearer(key);
    const answer = await fetch(`${rig.url}/api/v1${path}`, { headers, signal: abort.signal });
    abort.abort();
    return answer.status;
  };
  for (const path of [
    "/session",
    "/platform",
    "/services",
    "/services/orders",
    "/overview",
    "/stream",
    "/history?ids=platform&metrics=requests",
    "/audit?failed=true",
    "/find?id=x",
  ]) {
    expect([path, await statusOf(viewer.key, path)]).toEqual([path, 200]);
    expect([path, await statusOf(ingest.key, path)]).toEqual([path, 403]);
  }
  for (const path of ["/keys", "/sessions"]) {
    expect([path, await statusOf(viewer.key, path)]).toEqual([path, 403]);
  }
});
