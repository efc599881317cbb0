import { afterEach, beforeEach, expect, test } from "vitest";
import { z } from "zod";
import type { ApiClient, OptionValue } from "../../core/command.ts";
import { queueTasks } from "../../core/capabilities/tasks.ts";
import { childContext, withContext } from "../../core/context.ts";
import { MorningError } from "../../core/errors.ts";
import type { FindHit } from "../../core/host.ts";
import { makeIds, seededRandom } from "../../core/ids.ts";
import { routesClient } from "../../state/routes.contract.ts";
import { queueCapability } from "./capability.ts";
import { commands } from "./commands.ts";
import { queue } from "./queue.ts";
import { openRig } from "./rig.contract.ts";
import type { Rig } from "./rig.contract.ts";

const jobs = queue("jobs", {
  message: z.object({ n: z.number() }),
  description: "Work to do",
  receivesMax: 1,
});

let rig: Rig;
let api: ApiClient;
beforeEach(async () => {
  rig = await openRig([jobs]);
  api = routesClient(queueCapability.routes?.(rig.runtime, rig.host) ?? []);
});
afterEach(() => rig.close());

async function cli(
  name: string,
  args: Record<string, string> = {},
  options: Record<string, OptionValue> = {},
): Promise<{ code: number; lines: readonly string[] }> {
  const lines: string[] = [];
  const command = commands.find((one) => one.name === name);
  if (command === undefined) throw new Error(`no command ${name}`);
  const code = await command.run({
    args,
    options,
    api,
    out: (line) => void lines.push(line),
    wait: (delayMs) => rig.advance(delayMs),
  });
  return { code, lines };
}

async function deadLetters(count: number): Promise<void> {
  const receiving = rig.consume(jobs, {}, () => {
    throw new Error("broken");
  });
  for (let n = 0; n < count; n++) await rig.sender(jobs).send({ n });
  await rig.advance(2000);
  await receiving.stop(0);
}

test("every route says which role it needs, and reading needs the least", () => {
  const routes = queueCapability.routes?.(rig.runtime, rig.host) ?? [];
  const roles = routes.map(({ method, options }) => `${method} ${options.role}`);
  expect(new Set(roles)).toEqual(new Set(["get viewer", "post operator", "delete operator"]));
});

test("the list shows queues with their dead-letter queues, declarations and figures", async () => {
  await rig.sender(jobs).send({ n: 1 });
  const { queues } = (await api.request("GET", "/queues")) as { queues: unknown };
  expect(queues).toMatchObject([
    {
      name: "jobs",
      role: "declared",
      description: "Work to do",
      stats: { visible: 1 },
      deadLetters: 0,
      message: { type: "object" },
    },
    { name: "jobs.dead", role: "dead", stats: { visible: 0 } },
  ]);
});

test("a queue that is not known is a named error on every path", async () => {
  const calls: readonly [string, string, unknown?][] = [
    ["GET", "/queues/none"],
    ["GET", "/queues/none/messages"],
    ["GET", "/queues/none/tenants"],
    ["GET", "/queues/none/redrives"],
    ["POST", "/queues/none/messages", { message: 1 }],
    ["DELETE", "/queues/none/messages"],
    ["DELETE", "/queues/none/messages/1"],
    ["POST", "/queues/none/redrive", {}],
  ];
  for (const call of calls) {
    await expect(api.request(...call)).rejects.toMatchObject({ code: "MOR_NOT_FOUND" });
  }
});

test("what the API sends is validated, seen and taken back", async () => {
  const sending = api.request("POST", "/queues/jobs/messages", { message: { n: "x" } });
  await expect(sending).rejects.toMatchObject({ code: "MOR_INVALID" });
  const { id } = (await api.request("POST", "/queues/jobs/messages", {
    message: { n: 7 },
    options: { delayMs: 60_000, attributes: { a: "b" } },
  })) as { id: string };
  const page = await api.request("GET", "/queues/jobs/messages?state=delayed");
  expect(page).toMatchObject({
    messages: [{ id, body: '{"n":7}', state: "delayed", attributes: { a: "b" } }],
  });
  await api.request("DELETE", `/queues/jobs/messages/${encodeURIComponent(id)}`);
  const again = api.request("DELETE", `/queues/jobs/messages/${encodeURIComponent(id)}`);
  await expect(again).rejects.toMatchObject({ code: "MOR_NOT_FOUND" });
});

test("messages are looked at in pages and searched", async () => {
  for (let n = 0; n < 5; n++) await rig.sender(jobs).send({ n });
  const first = (await api.request("GET", "/queues/jobs/messages?limit=3")) as {
    messages: readonly unknown[];
    cursor: string;
  };
  const rest = (await api.request(
    "GET",
    `/queues/jobs/messages?limit=3&cursor=${encodeURIComponent(first.cursor)}`,
  )) as { messages: readonly unknown[]; cursor?: string };
  expect([first.messages.length, rest.messages.length]).toEqual([3, 2]);
  const found = await api.request("GET", '/queues/jobs/messages?contains="n":3');
  expect(found).toMatchObject({ messages: [{ body: '{"n":3}' }] });
});

test("dead letters go back with a rate, or one of them with a new body", async () => {
  await deadLetters(3);
  const page = (await api.request("GET", "/queues/jobs.dead/messages")) as {
    messages: readonly { id: string; lastError: string }[];
  };
  expect(page.messages.map(({ lastError }) => lastError)).toEqual(Array(3).fill("Error: broken"));
  await api.request("POST", "/queues/jobs/redrive", {
    ids: [page.messages[0]?.id],
    body: { n: 100 },
  });
  await rig.advance(1000);
  expect(await api.request("GET", "/queues/jobs/messages")).toMatchObject({
    messages: [{ body: '{"n":100}' }],
  });
  await api.request("POST", "/queues/jobs/redrive", { rate: 500 });
  await rig.advance(2000);
  expect(await rig.driver.stats("jobs")).toMatchObject({ visible: 3 });
  const { redrives } = (await api.request("GET", "/queues/jobs/redrives")) as {
    redrives: readonly { state: string }[];
  };
  expect(redrives.map(({ state }) => state)).toEqual(["done", "done"]);
});

test("a redrive is among the tasks until a minute after its end", async () => {
  await deadLetters(4);
  const tasks = rig.host.need(queueTasks);
  expect(await tasks.running()).toEqual([]);
  await api.request("POST", "/queues/jobs/redrive", { rate: 1 });
  await rig.advance(1500);
  expect(await tasks.running()).toMatchObject([
    { kind: "redrive", resource: "queue/jobs.dead", state: "running", total: 4 },
  ]);
  await rig.advance(10_000);
  expect(await tasks.running()).toMatchObject([{ state: "completed", done: 4 }]);
  await rig.advance(61_000);
  expect(await tasks.running()).toEqual([]);
});

test("a message is found by its id in whichever queue it is, and by its trace", async () => {
  const find = (id: string): Promise<readonly FindHit[]> =>
    queueCapability.find?.(rig.runtime, id) ?? Promise.resolve([]);
  const ids = makeIds(rig.clock, seededRandom(3));
  const context = childContext(ids, undefined);
  const { id } = await withContext(context, () => rig.sender(jobs).send({ n: 1 }));
  const other = await rig.sender(jobs).send({ n: 2 });
  const hit = { kind: "message", id, title: '{"n":1}', resource: "queue/jobs" };
  expect(await find(id)).toMatchObject([hit]);
  expect(await find(context.trace.traceId)).toMatchObject([hit]);
  expect(await find(other.id)).toMatchObject([{ title: '{"n":2}' }]);
  // A body that happens to hold the trace is not of it.
  await rig.sender(jobs).send({ n: 3 }, { attributes: { note: context.trace.traceId } });
  expect(await find(context.trace.traceId)).toHaveLength(1);
  for (const none of ["x", "0".repeat(32), "01890000-0000-7000-8000-000000000001"]) {
    expect(await find(none)).toEqual([]);
  }
  const receiving = rig.consume(jobs, {}, () => {
    throw new Error("broken");
  });
  await rig.advance(2000);
  await receiving.stop(0);
  const [dead] = await find(context.trace.traceId);
  expect(dead).toMatchObject({ resource: "queue/jobs.dead", title: '{"n":1}' });
});

test("one dead letter is deleted, the others stay", async () => {
  await deadLetters(2);
  const page = (await api.request("GET", "/queues/jobs.dead/messages")) as {
    messages: readonly { id: string }[];
  };
  const [first = "", second = ""] = page.messages.map(({ id }) => encodeURIComponent(id));
  await api.request("DELETE", `/queues/jobs.dead/messages/${first}`);
  const again = api.request("DELETE", `/queues/jobs.dead/messages/${first}`);
  await expect(again).rejects.toMatchObject({ code: "MOR_NOT_FOUND" });
  expect(await api.request("GET", `/queues/jobs.dead/messages?id=${second}`)).toMatchObject({
    messages: [{ lastError: "Error: broken" }],
  });
  expect(await api.request("GET", "/queues/jobs")).toMatchObject({ deadLetters: 1 });
});

test("tenants are told with the most that waits first", async () => {
  for (const group of ["b", "a", "a"]) await rig.sender(jobs).send({ n: 1 }, { group });
  expect(await api.request("GET", "/queues/jobs/tenants")).toEqual({
    supported: true,
    tenants: [
      { group: "a", visible: 2, inFlight: 0, delayed: 0, oldestMs: 0 },
      { group: "b", visible: 1, inFlight: 0, delayed: 0, oldestMs: 0 },
    ],
    truncated: false,
  });
  expect((await cli("queue tenants", { name: "jobs" })).lines[0]).toMatch(/^a +2 waiting/);
});

test("a driver that cannot tell its tenants says so", async () => {
  const blind = await openRig([jobs], {
    wrap: (driver) => ({ ...driver, features: { ...driver.features, tenants: false } }),
  });
  const client = routesClient(queueCapability.routes?.(blind.runtime, blind.host) ?? []);
  const answer = { supported: false, tenants: [], truncated: false };
  expect(await client.request("GET", "/queues/jobs/tenants")).toEqual(answer);
  await blind.close();
});

test("purge drops everything", async () => {
  await rig.sender(jobs).send({ n: 1 });
  expect(await api.request("DELETE", "/queues/jobs/messages")).toEqual({ dropped: 1 });
  expect(await rig.driver.stats("jobs")).toMatchObject({ visible: 0 });
});

test("the CLI sends, lists, shows, peeks, cancels and purges, in text and in JSON", async () => {
  const sent = await cli("queue send", { name: "jobs", message: '{"n":1}' }, { json: true });
  const { id } = JSON.parse(sent.lines[0] ?? "") as { id: string };
  await cli("queue send", { name: "jobs", message: '{"n":2}' }, { "delay-ms": "5000" });
  expect((await cli("queue list")).lines[0]).toMatch(/^jobs +declared +1 waiting.*1 delayed/);
  expect((await cli("queue show", { name: "jobs" })).lines).toContain("  receivesMax: 1");
  expect((await cli("queue peek", { name: "jobs" })).lines[0]).toContain('{"n":1}');
  expect(await cli("queue cancel", { name: "jobs", id })).toEqual({
    code: 0,
    lines: [`cancelled ${id}`],
  });
  expect((await cli("queue purge", { name: "jobs" })).code).toBe(2);
  expect(await rig.driver.stats("jobs")).toMatchObject({ delayed: 1 });
  const purged = await cli("queue purge", { name: "jobs" }, { yes: true });
  expect(purged).toEqual({ code: 0, lines: ["dropped 1 message(s)"] });
});

test("the CLI follows a redrive to its end", async () => {
  await deadLetters(4);
  const { code, lines } = await cli("queue redrive", { name: "jobs" }, { rate: "2" });
  expect(code).toBe(0);
  expect(lines.length).toBeGreaterThan(1);
  expect(lines.at(-1)).toBe("done: 4 of about 4 moved");
});

test("the limit of a message that is told is the one that holds", async () => {
  const limit = queueCapability.limits?.find(({ name }) => name === "message")?.value ?? 0;
  const sized = (bytes: number): Promise<unknown> =>
    rig.driver.send("jobs", [{ body: "x".repeat(bytes) }]);
  expect(await sized(limit)).toMatchObject([{ id: expect.any(String) as string }]);
  const code = "MOR_QUEUE_MESSAGE_TOO_LARGE";
  expect(await sized(limit + 1)).toMatchObject([{ error: { code } }]);
});

test("wrong input on the command line is a named error", async () => {
  const wrong = [
    cli("queue send", { name: "jobs", message: "{" }),
    cli("queue send", { name: "jobs", message: "1" }, { priority: "high" }),
    cli("queue redrive", { name: "jobs" }, { rate: "fast" }),
  ];
  for (const one of wrong) {
    const error: unknown = await one.catch((reason: unknown) => reason);
    expect(MorningError.is(error, "MOR_INVALID")).toBe(true);
  }
});

test("bodies are cut where beginnings are asked for, and say how long they are", async () => {
  await rig.driver.send("jobs", [{ body: `{"n":"${"字".repeat(99)}🙂"}` }]);
  const peeked = async (
    query: string,
  ): Promise<readonly { body: string; bodyLength: number }[]> => {
    const page = await api.request("GET", `/queues/jobs/messages?${query}`);
    return (page as { messages: { body: string; bodyLength: number }[] }).messages;
  };
  expect((await peeked("bodyMax=10"))[0]).toMatchObject({
    body: '{"n":"字字字字',
    bodyLength: 109,
  });
  // Not half of a pair of surrogates.
  expect((await peeked("bodyMax=106"))[0]?.body).toHaveLength(105);
  expect((await peeked("limit=1"))[0]?.body).toHaveLength(109);
});
