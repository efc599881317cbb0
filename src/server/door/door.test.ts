import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import { expect, test } from "vitest";
import { simulatedClock } from "../../testing/clock.ts";
import { startRig, temporaryFolder } from "../rig.contract.ts";
import type { Answer, Rig } from "../rig.contract.ts";
import { includes, roles } from "./keys.ts";
import { isLoopback, refusalOf } from "./origin.ts";
import { rateLimit } from "./rate.ts";

const adminKey = "a-long-random-text-of-the-operator";
const env = { MORNING_ADMIN_KEY: adminKey };
const bearer = (key: string): { headers: Record<string, string> } => ({
  headers: { authorization: `Bearer ${key}` },
});

async function keyOf(
  rig: Rig,
  role: string,
  by: string = adminKey,
): Promise<{ id: string; key: string }> {
  const made = await rig.call("POST", "/api/v1/keys", {
    body: { name: role, role },
    ...bearer(by),
  });
  expect(made.status).toBe(201);
  return made.json as { id: string; key: string };
}

function cookieOf({ headers }: Answer): string {
  return headers.get("set-cookie")?.split(";")[0] ?? "";
}

test("a server on loopback without credentials trusts this machine", async () => {
  const rig = await startRig();
  expect((await rig.call("GET", "/api/v1/overview")).status).toBe(200);
  expect((await rig.call("GET", "/api/v1/keys")).json).toEqual({ keys: [] });
});

test.each(["0.0.0.0", "::", "192.168.7.7"])(
  "refuses to bind %s without credentials",
  async (hostname) => {
    const dataFolder = temporaryFolder();
    await expect(startRig({ hostname, dataFolder })).rejects.toMatchObject({
      code: "MOR_CONFIG",
      message: `the server would listen on ${hostname} without credentials`,
      fix: expect.stringContaining("MORNING_ADMIN_KEY") as string,
    });
  },
);

test("with a key it binds any address; then all need one, the last revoked or not", async () => {
  const dataFolder = temporaryFolder();
  const first = await startRig({ dataFolder });
  const made = await first.call("POST", "/api/v1/keys", { body: { name: "ops", role: "admin" } });
  const { id, key } = made.json as { id: string; key: string };
  await first.stop();
  const rig = await startRig({ dataFolder, hostname: "0.0.0.0" });
  expect((await rig.call("GET", "/api/v1/overview")).problem.code).toBe("MOR_AUTH_REQUIRED");
  expect((await rig.call("GET", "/api/v1/overview", bearer(key))).status).toBe(200);
  expect((await rig.call("DELETE", `/api/v1/keys/${id}`, bearer(key))).status).toBe(204);
  expect((await rig.call("GET", "/api/v1/overview")).problem.code).toBe("MOR_AUTH_REQUIRED");
  expect((await rig.call("GET", "/api/v1/overview", bearer(key))).problem.code).toBe(
    "MOR_AUTH_INVALID",
  );
});

test.each([
  ["MORNING_ADMIN_KEY", "short"],
  ["MORNING_ADMIN_KEY", "has spaces in it, many of them"],
  ["MORNING_RATE_LIMIT", "many"],
  ["MORNING_RATE_LIMIT", "-1"],
])("refuses to start with %s=%s", async (name, value) => {
  const started = startRig({ dataFolder: temporaryFolder(), env: { [name]: value } });
  await expect(started).rejects.toMatchObject({
    code: "MOR_CONFIG",
    message: expect.stringContaining(name) as string,
  });
});

test("each role may do what it includes and nothing more", async () => {
  const rig = await startRig({ env });
  const keys = Object.fromEntries(
    await Promise.all(roles.map(async (role) => [role, (await keyOf(rig, role)).key] as const)),
  );
  const statusOf = async (role: string, method: string, path: string): Promise<number> =>
    (await rig.call(method, path, bearer(keys[role] ?? ""))).status;
  const calls = [
    ["GET", "/api/v1/overview", { viewer: 200, operator: 200, admin: 200, ingest: 403 }],
    ["GET", "/metrics", { viewer: 200, operator: 200, admin: 200, ingest: 403 }],
    ["GET", "/openapi.json", { viewer: 200, operator: 200, admin: 200, ingest: 403 }],
    ["GET", "/svc/stock/pid", { viewer: 403, operator: 200, admin: 200, ingest: 403 }],
    ["GET", "/svc/orders/orders", { viewer: 200, operator: 200, admin: 200, ingest: 200 }],
    ["GET", "/api/v1/keys", { viewer: 403, operator: 403, admin: 200, ingest: 403 }],
    ["POST", "/api/v1/backups", { viewer: 403, operator: 403, admin: 400, ingest: 403 }],
  ] as const;
  for (const [method, path, expected] of calls) {
    for (const [role, status] of Object.entries(expected)) {
      expect([role, method, path, await statusOf(role, method, path)]).toEqual([
        role,
        method,
        path,
        status,
      ]);
    }
  }
  expect(includes("ingest", "ingest") && includes("admin", "ingest")).toBe(true);
  expect(includes("operator", "ingest")).toBe(false);
});

test("a missing, wrong, malformed or revoked key is a clear 401", async () => {
  const rig = await startRig({ env });
  const { id, key } = await keyOf(rig, "viewer");
  const codeWith = async (headers: Record<string, string>): Promise<string> => {
    const answer = await rig.call("GET", "/api/v1/overview", { headers });
    expect(answer.status).toBe(401);
    return answer.problem.code;
  };
  expect(await codeWith({})).toBe("MOR_AUTH_REQUIRED");
  const wrong = key.replace(/.$/, (last) => (last === "0" ? "1" : "0"));
  for (const authorization of [`Bearer ${wrong}`, "Bearer x", "Basic eDp5", "Bearer", key]) {
    expect(await codeWith({ authorization })).toBe("MOR_AUTH_INVALID");
  }
  expect((await rig.call("GET", "/api/v1/overview", bearer(key))).status).toBe(200);
  expect((await rig.call("DELETE", `/api/v1/keys/${id}`, bearer(adminKey))).status).toBe(204);
  expect(await codeWith(bearer(key).headers)).toBe("MOR_AUTH_INVALID");
  expect((await rig.call("DELETE", `/api/v1/keys/${id}`, bearer(adminKey))).status).toBe(404);
});

test("secrets are kept as hashes alone", async () => {
  const rig = await startRig({ env });
  const { key } = await keyOf(rig, "viewer");
  const signed = await rig.call("POST", "/api/v1/sessions", { body: { key } });
  const cookie = cookieOf(signed).split("=")[1] ?? "";
  await rig.stop();
  const db = new DatabaseSync(join(rig.dataFolder, "state.db"), { readOnly: true });
  const rows = ["api_key", "session", "audit"].flatMap((table) =>
    db.prepare(`select * from ${table}`).all(),
  );
  db.close();
  const text = JSON.stringify(rows);
  expect(rows.length).toBeGreaterThan(2);
  for (const secret of [key, key.split("_")[2] ?? "", cookie, adminKey]) {
    expect(text).not.toContain(secret);
    expect(JSON.stringify(rig.lines)).not.toContain(secret);
  }
});

test("wrong keys are counted by address: after ten, not even the right one counts", async () => {
  const clock = simulatedClock();
  const limit = rateLimit(clock, 1 / 6, 10);
  for (let n = 0; n < 10; n++) expect(limit.take("a")).toBeUndefined();
  expect(limit.check("a")).toBeCloseTo(6_000);
  expect(limit.check("b")).toBeUndefined();
  clock.advance(6_000);
  expect(limit.check("a")).toBeUndefined();

  const rig = await startRig({ env });
  const statuses: number[] = [];
  for (let n = 0; n < 12; n++) {
    statuses.push(
      (await rig.call("POST", "/api/v1/sessions", { body: { key: `wrong-${n}` } })).status,
    );
  }
  expect(statuses).toEqual([...Array.from({ length: 10 }, () => 401), 429, 429]);
  const locked = await rig.call("GET", "/api/v1/overview", bearer(adminKey));
  expect(locked.status).toBe(429);
  expect(Number(locked.headers.get("retry-after"))).toBeGreaterThan(0);
});

test("requests past the rate limit are told when to come back; health is not", async () => {
  const rig = await startRig({ env: { MORNING_RATE_LIMIT: "2" } });
  const statuses: number[] = [];
  for (let n = 0; n < 8; n++) statuses.push((await rig.call("GET", "/svc/stock/pid")).status);
  expect(statuses.slice(0, 4)).toEqual([200, 200, 200, 200]);
  expect(statuses).toContain(429);
  expect((await rig.call("GET", "/healthz")).status).toBe(200);
});

test("the limiter forgets callers rather than growing without end", () => {
  const limit = rateLimit(simulatedClock(), 1, 1);
  for (let n = 0; n < 10_001; n++) limit.take(`caller-${n}`);
  expect(limit.take("caller-0")).toBeUndefined();
  expect(limit.take("caller-10000")).toBeDefined();
});

test("a session needs its token on calls that change something", async () => {
  const rig = await startRig({ env });
  const signed = await rig.call("POST", "/api/v1/sessions", { body: { key: adminKey } });
  expect(signed.status).toBe(201);
  const setCookie = signed.headers.get("set-cookie") ?? "";
  expect(setCookie).toMatch(/^morning_session=[0-9a-f]{64}; Path=\/; HttpOnly; SameSite=Strict$/);
  const cookie = cookieOf(signed);
  const { csrf } = signed.json as { csrf: string };
  const body = { name: "x", role: "viewer" };
  expect((await rig.call("GET", "/api/v1/overview", { headers: { cookie } })).status).toBe(200);
  for (const token of [{}, { "x-morning-csrf": "" }, { "x-morning-csrf": "0".repeat(32) }]) {
    const refused = await rig.call("POST", "/api/v1/keys", { body, headers: { cookie, ...token } });
    expect([refused.status, refused.problem.code]).toEqual([403, "MOR_AUTH_CSRF"]);
  }
  const headers = { cookie, "x-morning-csrf": csrf };
  expect((await rig.call("POST", "/api/v1/keys", { body, headers })).status).toBe(201);
  const out = await rig.call("DELETE", "/api/v1/sessions/current", { headers });
  expect([out.status, out.headers.get("set-cookie")]).toEqual([
    204,
    "morning_session=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0",
  ]);
  expect((await rig.call("GET", "/api/v1/overview", { headers })).status).toBe(401);
});

test("a session fixed by somebody else is worth nothing; signing in makes a new one", async () => {
  const rig = await startRig({ env });
  const fixed = `morning_session=${"ab".repeat(32)}`;
  expect((await rig.call("GET", "/api/v1/overview", { headers: { cookie: fixed } })).status).toBe(
    401,
  );
  const signIn = { body: { key: adminKey }, headers: { cookie: fixed } };
  const [one, two] = [
    await rig.call("POST", "/api/v1/sessions", signIn),
    await rig.call("POST", "/api/v1/sessions", signIn),
  ];
  expect(new Set([fixed, cookieOf(one), cookieOf(two)]).size).toBe(3);
  expect((await rig.call("GET", "/api/v1/overview", { headers: { cookie: fixed } })).status).toBe(
    401,
  );
});

test("sessions end with their key: revoked, or changed in the environment", async () => {
  const dataFolder = temporaryFolder();
  const rig = await startRig({ env, dataFolder });
  const { id, key } = await keyOf(rig, "viewer");
  const own = {
    headers: { cookie: cookieOf(await rig.call("POST", "/api/v1/sessions", { body: { key } })) },
  };
  const admin = await rig.call("POST", "/api/v1/sessions", { body: { key: adminKey } });
  expect((await rig.call("GET", "/api/v1/overview", own)).status).toBe(200);
  await rig.call("DELETE", `/api/v1/keys/${id}`, bearer(adminKey));
  expect((await rig.call("GET", "/api/v1/overview", own)).status).toBe(401);
  await rig.stop();
  const changed = await startRig({ dataFolder, env: { MORNING_ADMIN_KEY: `${adminKey}-new` } });
  const old = { headers: { cookie: cookieOf(admin) } };
  expect((await changed.call("GET", "/api/v1/overview", old)).status).toBe(401);
});

test("sessions end after 12 hours", async () => {
  const clock = simulatedClock(Date.now());
  const rig = await startRig({ env, clock });
  const signed = rig.fetch(
    new Request("http://localhost/api/v1/sessions", {
      method: "POST",
      headers: { host: "localhost", "content-type": "application/json" },
      body: JSON.stringify({ key: adminKey }),
    }),
  );
  const cookie = (await signed).headers.get("set-cookie")?.split(";")[0] ?? "";
  const look = async (): Promise<number> => {
    const headers = { host: "localhost", cookie };
    return (await rig.fetch(new Request("http://localhost/api/v1/overview", { headers }))).status;
  };
  expect(await look()).toBe(200);
  clock.jump(12 * 3_600_000 - 1_000);
  expect(await look()).toBe(200);
  clock.jump(1_000);
  expect(await look()).toBe(401);
});

test("neither the console's session nor the platform's key reach a service", async () => {
  const rig = await startRig({ env });
  const signed = await rig.call("POST", "/api/v1/sessions", { body: { key: adminKey } });
  const cookie = `theme=dark; ${cookieOf(signed)}; lang=en`;
  const headers = { cookie, authorization: `Bearer ${adminKey}`, "x-morning-csrf": "x" };
  const seen = (await rig.call("GET", "/svc/stock/headers", { headers })).text;
  expect(seen).toContain("theme=dark");
  expect(seen).not.toContain("morning_session");
  expect(seen).not.toContain(adminKey);
  expect(seen).not.toContain("x-morning-csrf");
});

test("every call that changes something is recorded: who, what, outcome, trace", async () => {
  const rig = await startRig({ env });
  const viewer = await keyOf(rig, "viewer");
  await rig.call("POST", "/api/v1/keys", { body: { name: "", role: "boss" }, ...bearer(adminKey) });
  await rig.call("POST", "/api/v1/keys", {
    body: { name: "x", role: "admin" },
    ...bearer(viewer.key),
  });
  await rig.call("POST", "/api/v1/keys", { body: { name: "x", role: "admin" } });
  await rig.call("POST", "/api/v1/sessions", { body: { key: viewer.key } });
  await rig.call("DELETE", `/api/v1/keys/${viewer.id}`, bearer(adminKey));
  await rig.call("GET", "/api/v1/keys", bearer(adminKey));
  await rig.call("POST", "/svc/stock/nothing", bearer(adminKey));
  await rig.call("POST", "/svc/orders/jobs", { body: { n: 1 } });
  const { json } = await rig.call("GET", "/api/v1/audit", bearer(adminKey));
  const { entries } = json as { entries: { [key: string]: unknown }[] };
  const shown = entries.map(({ actor, role, method, path, status }) =>
    [actor, role, method, path, status].join(" "),
  );
  expect(shown.reverse()).toEqual([
    "environment admin POST /api/v1/keys 201",
    "environment admin POST /api/v1/keys 400",
    "viewer viewer POST /api/v1/keys 403",
    "unknown viewer POST /api/v1/keys 401",
    "viewer viewer POST /api/v1/sessions 201",
    `environment admin DELETE /api/v1/keys/${viewer.id} 204`,
    "environment admin POST /svc/stock/nothing 404",
  ]);
  for (const { traceId } of entries.slice(1)) expect(traceId).toMatch(/^[0-9a-f]{32}$/);
  const second = await rig.call("GET", "/api/v1/audit?limit=2&before=3", bearer(adminKey));
  expect((second.json as { entries: { seq: number }[] }).entries.map(({ seq }) => seq)).toEqual([
    2, 1,
  ]);
});

test("the database itself refuses to change or remove what the audit log has", async () => {
  const rig = await startRig();
  await rig.call("POST", "/api/v1/keys", { body: { name: "a", role: "viewer" } });
  const store = await rig.platform.host.store();
  for (const sql of [
    "update audit set actor = 'me'",
    "delete from audit",
    "delete from audit where seq = 1",
  ]) {
    await expect(store.write({ statements: [{ sql }] })).rejects.toThrow("append-only");
  }
  const replaced = "insert or replace into audit select * from audit where seq = 1";
  await expect(store.write({ statements: [{ sql: replaced }] })).rejects.toThrow("append-only");
  await rig.stop();
  const db = new DatabaseSync(join(rig.dataFolder, "state.db"));
  expect(() => db.exec("delete from audit")).toThrow("append-only");
  expect(db.prepare("select actor from audit").all()).toHaveLength(1);
  db.close();
});

test("foreign hosts, origins and sites are refused; ours and those named are not", () => {
  const names = new Set(["morning.example.com"]);
  const codeOf = (headers: Record<string, string>): string | undefined =>
    refusalOf(new Headers(headers), names)?.code;
  const host = "localhost:7070";
  for (const good of [
    "localhost",
    "localhost:7070",
    "127.0.0.1:1",
    "[::1]:7070",
    "LOCALHOST",
    "morning.example.com",
    "Morning.Example.com:443",
  ]) {
    expect([good, codeOf({ host: good })]).toEqual([good, undefined]);
  }
  for (const bad of [
    "",
    "evil.com",
    "localhost.evil.com",
    "127.0.0.1.evil.com",
    "localhost:7070.evil.com",
    "evil.com:7070",
    "morning.example.com.evil.com",
    "0.0.0.0",
    "[::]",
    "localhost@evil.com",
  ]) {
    expect([bad, codeOf({ host: bad })]).toEqual([bad, "MOR_HTTP_HOST_REFUSED"]);
  }
  expect(codeOf({ host, origin: "http://localhost:7070" })).toBeUndefined();
  for (const origin of [
    "null",
    "http://evil.com",
    "http://localhost:3000",
    "http://localhost:7070.evil.com",
    "file://",
    "x",
  ]) {
    expect([origin, codeOf({ host, origin })]).toEqual([origin, "MOR_HTTP_ORIGIN_REFUSED"]);
  }
  const site = { host, "sec-fetch-site": "cross-site" };
  expect(codeOf({ ...site, "sec-fetch-mode": "navigate" })).toBeUndefined();
  expect(codeOf({ ...site, "sec-fetch-mode": "no-cors" })).toBe("MOR_HTTP_ORIGIN_REFUSED");
  expect(codeOf({ ...site, "sec-fetch-mode": "cors" })).toBe("MOR_HTTP_ORIGIN_REFUSED");
  expect(refusalOf(new Headers({ host: "any.com" }), new Set(["*"]))).toBeUndefined();
});

test("only this machine's own addresses are loopback", () => {
  for (const name of ["localhost", "127.0.0.1", "127.8.8.8", "::1", "[::1]"])
    expect(isLoopback(name)).toBe(true);
  for (const name of ["", "0.0.0.0", "::", "127.evil.com", "10.0.0.1", "localhost.evil.com"]) {
    expect(isLoopback(name)).toBe(false);
  }
});
