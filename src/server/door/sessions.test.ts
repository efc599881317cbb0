import { expect, test } from "vitest";
import { startRig } from "../rig.contract.ts";
import type { Rig } from "../rig.contract.ts";

const adminKey = "a-long-random-text-of-the-operator";
const env = { MORNING_ADMIN_KEY: adminKey };
const byKey = { headers: { authorization: `Bearer ${adminKey}` } };

async function signIn(rig: Rig, key: string): Promise<{ cookie: string; csrf: string }> {
  const signed = await rig.call("POST", "/api/v1/sessions", { body: { key } });
  expect(signed.status).toBe(201);
  const cookie = signed.headers.get("set-cookie")?.split(";")[0] ?? "";
  return { cookie, csrf: (signed.json as { csrf: string }).csrf };
}

interface Listed {
  readonly id: string;
  readonly name: string;
  readonly current: boolean;
}

async function sessionsOf(rig: Rig, headers: Record<string, string>): Promise<readonly Listed[]> {
  const { json } = await rig.call("GET", "/api/v1/sessions", { headers });
  return (json as { sessions: Listed[] }).sessions;
}

test("who calls is told: this machine, a key, a session, or nobody", async () => {
  const open = await startRig();
  expect((await open.call("GET", "/api/v1/session")).json).toEqual({
    name: "local",
    role: "admin",
    kind: "local",
  });
  const rig = await startRig({ env });
  const nobody = await rig.call("GET", "/api/v1/session");
  expect([nobody.status, nobody.problem.code]).toEqual([401, "MOR_AUTH_REQUIRED"]);
  expect((await rig.call("GET", "/api/v1/session", byKey)).json).toEqual({
    name: "environment",
    role: "admin",
    kind: "key",
  });
  const { cookie, csrf } = await signIn(rig, adminKey);
  const { json } = await rig.call("GET", "/api/v1/session", { headers: { cookie } });
  expect(json).toEqual({
    name: "environment",
    role: "admin",
    kind: "session",
    csrf,
    expiresAtMs: expect.any(Number) as number,
  });
});

test("a page that was loaded again gets the token that its calls need", async () => {
  const rig = await startRig({ env });
  const { cookie } = await signIn(rig, adminKey);
  const { json } = await rig.call("GET", "/api/v1/session", { headers: { cookie } });
  const { csrf } = json as { csrf: string };
  const headers = { cookie, "x-morning-csrf": csrf };
  const body = { name: "x", role: "viewer" };
  expect((await rig.call("POST", "/api/v1/keys", { body, headers })).status).toBe(201);
});

test("administrators see who is signed in and sign somebody out, by name when gone", async () => {
  const rig = await startRig({ env });
  const made = await rig.call("POST", "/api/v1/keys", {
    body: { name: "guest", role: "viewer" },
    ...byKey,
  });
  const guest = await signIn(rig, (made.json as { key: string }).key);
  const admin = await signIn(rig, adminKey);
  const headers = { cookie: admin.cookie, "x-morning-csrf": admin.csrf };
  const listed = await sessionsOf(rig, headers);
  expect(listed.map(({ name, current }) => [name, current])).toEqual(
    expect.arrayContaining([
      ["environment", true],
      ["guest", false],
    ]),
  );
  const { id } = listed.find(({ name }) => name === "guest") as Listed;
  expect(id).toMatch(/^[0-9a-f]{12}$/);
  expect((await rig.call("GET", "/api/v1/sessions", byKey)).text).toContain('"current":false');
  const asGuest = { headers: { cookie: guest.cookie, "x-morning-csrf": guest.csrf } };
  expect((await rig.call("GET", "/api/v1/sessions", asGuest)).status).toBe(403);
  expect((await rig.call("DELETE", `/api/v1/sessions/${id}`, asGuest)).status).toBe(403);
  expect((await rig.call("DELETE", `/api/v1/sessions/${id}`, { headers })).status).toBe(204);
  expect((await rig.call("GET", "/api/v1/session", asGuest)).status).toBe(401);
  const again = await rig.call("DELETE", `/api/v1/sessions/${id}`, { headers });
  expect([again.status, again.problem.detail]).toEqual([
    404,
    `there is no session ${id}: it has ended`,
  ]);
  expect((await rig.call("DELETE", "/api/v1/sessions/x", { headers })).status).toBe(400);
  expect(await sessionsOf(rig, headers)).toHaveLength(1);
});
