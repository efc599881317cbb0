import { existsSync, readFileSync, writeFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CloudEvent, HTTP } from "cloudevents";
import { afterEach, describe, expect, test } from "vitest";
import { z } from "zod";
import type { ApiClient, CommandRun } from "../../core/command.ts";
import { MorningError } from "../../core/errors.ts";
import type { AnyRoute, Reply } from "../../core/http.ts";
import { service } from "../../core/service.ts";
import { dataFile } from "../../../conformance/data.ts";
import { cloudEventMessage } from "./cloudevents.ts";
import { commands } from "./commands.ts";
import type { CaseResult } from "./commands.ts";
import { event } from "./event.ts";
import { openEventRig } from "./rig.contract.ts";
import type { EventRig } from "./rig.contract.ts";
import { eventRoutes } from "./routes.ts";

const placed = event("order.placed", { data: z.object({ total: z.number() }) });
const services = [
  service("orders", { uses: { placed: placed.publisher() } }),
  service("large", {
    uses: {
      placed: placed.subscriber({ pattern: { detail: { total: [{ numeric: [">", 100] }] } } }),
    },
  }),
];

const rigs: EventRig[] = [];
afterEach(async () => {
  for (const rig of rigs.splice(0)) await rig.close();
});

async function rigOf(): Promise<EventRig> {
  const rig = await openEventRig(services);
  rigs.push(rig);
  return rig;
}

function matching(
  routes: readonly AnyRoute[],
  method: string,
  path: string,
): [AnyRoute, Record<string, string>] {
  for (const route of routes) {
    if (route.method !== method.toLowerCase()) continue;
    const names: string[] = [];
    const form = route.path.replace(/:(\w+)/g, (_, name: string) => (names.push(name), "([^/]+)"));
    const found = new RegExp(`^${form}$`).exec(path);
    if (found === null) continue;
    return [
      route,
      Object.fromEntries(names.map((name, at) => [name, decodeURIComponent(found[at + 1] ?? "")])),
    ];
  }
  throw new Error(`no route ${method} ${path}`);
}

async function request(
  rig: EventRig,
  method: string,
  target: string,
  body?: unknown,
  headers: Record<string, string> = { "content-type": "application/json" },
): Promise<{ status: number; body: unknown; headers: Readonly<Record<string, string>> }> {
  const [path = "", search = ""] = target.split("?");
  const [route, params] = matching(eventRoutes(rig.runtime, rig.host), method, path);
  const query = Object.fromEntries(new URLSearchParams(search));
  const parse = (schema: unknown, value: unknown): unknown =>
    schema === undefined ? value : (schema as z.ZodType).parse(value);
  const answer = await route.run({
    params,
    query: parse(route.options.query, query),
    body: parse(route.options.body, body),
    headers: new Headers(headers),
  } as never);
  const reply = answer as Partial<Reply> | undefined;
  parse(route.options.answer, reply?.reply === true ? reply.body : answer);
  return reply?.reply === true
    ? { status: reply.status ?? 200, body: reply.body, headers: reply.headers ?? {} }
    : { status: 200, body: answer, headers: {} };
}

async function run(
  name: string,
  args: Record<string, string>,
  options: CommandRun["options"],
  api?: ApiClient,
) {
  const command = commands.find((one) => one.name === name);
  const lines: string[] = [];
  const none: ApiClient = { request: () => Promise.reject(new Error("no platform")) };
  const code = await command?.run({
    args,
    options,
    api: api ?? none,
    out: (line) => lines.push(line),
    wait: async () => {},
  });
  return { code, lines };
}

const apiOf = (rig: EventRig): ApiClient => ({
  request: async (method, path, body) =>
    JSON.parse(JSON.stringify((await request(rig, method, path, body)).body ?? null)) as unknown,
});

describe("the HTTP API", () => {
  test("the catalogue says schema, versions, who publishes and who gets it", async () => {
    const rig = await rigOf();
    await request(rig, "POST", "/events", { type: "order.placed", data: { total: 5 } });
    const { body } = await request(rig, "GET", "/events");
    expect(body).toMatchObject({
      driver: { log: true },
      events: [
        {
          name: "order.placed",
          version: 1,
          published: 1,
          producers: ["orders"],
          consumers: [
            { service: "large", queue: "subscription.large.order.placed", attemptsMax: 10 },
          ],
          versions: [{ version: 1, revision: 1 }],
          schema: { type: "object" },
        },
      ],
    });
  });

  test("what is published is validated, logged, and shown without what is ours", async () => {
    const rig = await rigOf();
    const made = await request(rig, "POST", "/events", {
      type: "order.placed",
      data: { total: 500 },
    });
    expect(made.status).toBe(201);
    const { id } = made.body as { id: string };
    const { body } = await request(rig, "GET", `/events/log/${id}`);
    expect(body).toMatchObject({
      id,
      source: "shop.api",
      detail: { total: 500 },
      deliveredTo: ["large.order.placed"],
    });
    await expect(
      request(rig, "POST", "/events", { type: "order.placed", data: {} }),
    ).rejects.toMatchObject({
      code: "MOR_INVALID",
    });
    await expect(request(rig, "POST", "/events", { type: "none", data: {} })).rejects.toMatchObject(
      {
        code: "MOR_NOT_FOUND",
      },
    );
  });

  test("of a list each event succeeds or fails alone", async () => {
    const rig = await rigOf();
    const list = [
      { type: "order.placed", data: { total: 1 } },
      { type: "order.placed", data: { total: "1" } },
    ];
    const { status, body } = await request(rig, "POST", "/events", list);
    expect(status).toBe(207);
    expect(body).toMatchObject({
      results: [{ id: expect.any(String) as string }, { error: { code: "MOR_INVALID" } }],
    });
  });

  test.each(["structured", "binary"] as const)(
    "a CloudEvent in %s mode goes in and comes out as it was",
    async (mode) => {
      const rig = await rigOf();
      const sent = new CloudEvent({
        id: "e-1",
        type: "order.placed",
        source: "https://partner.example/orders",
        subject: "order/1",
        time: "2026-05-01T12:00:00.000Z",
        data: { total: 7 },
        partner: "acme",
      });
      const message = HTTP[mode](sent);
      const headers = Object.fromEntries(
        Object.entries(message.headers).map(([name, value]) => [name, String(value)]),
      );
      const parsed: unknown = JSON.parse(String(message.body));
      const { status } = await request(rig, "POST", "/events", parsed, headers);
      expect(status).toBe(201);
      const { events } = await rig.driver.log({ limit: 1 });
      const envelope = events[0]?.envelope;
      expect(envelope).toMatchObject({
        source: "https://partner.example/orders",
        "detail-type": "order.placed",
      });
      if (envelope === undefined) throw new Error("not logged");
      for (const out of ["structured", "binary"] as const) {
        const written = await cloudEventMessage(envelope, out);
        const read = HTTP.toEvent({
          headers: written.headers,
          body: written.body,
        }) as CloudEvent<unknown>;
        expect(read.validate()).toBe(true);
        expect(read.toJSON()).toMatchObject({
          id: "e-1",
          type: "order.placed",
          source: "https://partner.example/orders",
          subject: "order/1",
          partner: "acme",
          data: { total: 7 },
        });
      }
    },
  );

  test("a batch of CloudEvents is published one by one", async () => {
    const rig = await rigOf();
    const one = (total: unknown) => ({
      specversion: "1.0",
      id: "1",
      source: "/a",
      type: "order.placed",
      data: { total },
    });
    const headers = { "content-type": "application/cloudevents-batch+json" };
    const { status, body } = await request(rig, "POST", "/events", [one(1), one("x")], headers);
    expect(status).toBe(207);
    expect(body).toMatchObject({
      results: [{ id: expect.any(String) as string }, { error: { code: "MOR_INVALID" } }],
    });
  });

  test.each<[unknown, string]>([
    [{ id: "1", source: "/a", type: "t" }, "no specversion"],
    [{ specversion: "1.0", source: "/a", type: "order.placed" }, "no id"],
    [{ specversion: "0.3", id: "1", source: "/a", type: "order.placed" }, "an old version"],
    [
      { specversion: "1.0", id: "1", source: "/a", type: "order.placed", data_base64: "AAA=" },
      "binary data",
    ],
    [
      {
        specversion: "1.0",
        id: "1",
        source: "/a",
        type: "order.placed",
        datacontenttype: "text/xml",
        data: "<a/>",
      },
      "XML",
    ],
    ["text", "no object"],
  ])("%j is refused as a CloudEvent: %s", async (body) => {
    const rig = await rigOf();
    const headers = { "content-type": "application/cloudevents+json" };
    await expect(request(rig, "POST", "/events", body, headers)).rejects.toMatchObject({
      code: "MOR_EVENT_CLOUDEVENT_INVALID",
    });
  });

  test("nobody outside publishes in the name of a service", async () => {
    const rig = await rigOf();
    const body = {
      specversion: "1.0",
      id: "1",
      source: "shop.orders",
      type: "order.placed",
      data: { total: 1 },
    };
    const headers = { "content-type": "application/cloudevents+json" };
    await expect(request(rig, "POST", "/events", body, headers)).rejects.toMatchObject({
      code: "MOR_INVALID",
    });
  });

  test("an event of the log comes as a CloudEvent to whoever asks for one", async () => {
    const rig = await rigOf();
    const made = await request(rig, "POST", "/events", {
      type: "order.placed",
      data: { total: 1 },
    });
    const { id } = made.body as { id: string };
    const accept = { accept: "application/cloudevents+json" };
    const { body, headers } = await request(rig, "GET", `/events/log/${id}`, undefined, accept);
    expect(headers).toMatchObject({
      "content-type": expect.stringContaining("cloudevents") as string,
    });
    const read = HTTP.toEvent({ headers: { ...headers }, body: JSON.stringify(body) });
    expect(read).toMatchObject({
      id,
      type: "order.placed",
      source: "shop.api",
      data: { total: 1 },
    });
  });

  test("explain says rule by rule why, for data and for an envelope", async () => {
    const rig = await rigOf();
    const asked = { type: "order.placed", data: { total: 5 } };
    const { body } = await request(rig, "POST", "/events/explain", asked);
    expect(body).toMatchObject({
      delivered: [],
      subscriptions: [
        {
          name: "large.order.placed",
          matched: false,
          branches: [{ paths: [{}, { leaves: [{ condition: { op: "numeric", above: 100 } }] }] }],
        },
      ],
    });
    expect(JSON.stringify(body)).toContain("detail.total is 5");
    const whole = { event: { "detail-type": "order.placed", detail: { total: 101 } } };
    const again = await request(rig, "POST", "/events/explain", whole);
    expect(again.body).toMatchObject({ delivered: ["large.order.placed"] });
  });
});

describe("the commands", () => {
  test("list, publish, log, explain and replay speak to the platform", async () => {
    const rig = await rigOf();
    const api = apiOf(rig);
    const published = await run(
      "event publish",
      { type: "order.placed", data: '{"total":500}' },
      { json: true },
      api,
    );
    const { id } = JSON.parse(published.lines[0] ?? "") as { id: string };
    expect((await run("event list", {}, {}, api)).lines[0]).toMatch(
      /order\.placed +v1 +orders -> large, 1 published/,
    );
    expect((await run("event log", {}, {}, api)).lines[0]).toContain(id);
    expect((await run("event log", { id }, { json: true }, api)).lines[0]).toContain(id);
    expect((await run("event explain", {}, { id }, api)).lines[0]).toMatch(/^\+ large/);
    const window = { from: "0", to: "2030-01-01T00:00:00Z" };
    const dry = await run("event replay", { name: "r" }, { ...window, "dry-run": true }, api);
    expect(dry.lines[0]).toBe("r done, 1 of 1 events; large.order.placed 1");
    const done = await run("event replay", { name: "r" }, window, api);
    expect(done).toMatchObject({ code: 0 });
    expect(done.lines.at(-1)).toContain("r done");
    expect((await run("event replay", {}, {}, api)).lines[0]).toContain("r done");
    await expect(
      run("event replay", { name: "x" }, { from: "never", to: "0" }, api),
    ).rejects.toMatchObject({
      code: "MOR_INVALID",
    });
  });

  test("match gives EventBridge's answer to every recorded case, without a platform", async () => {
    const file = dataFile("event-patterns/cases.json");
    if (file === undefined || !existsSync(file)) return;
    const cases = JSON.parse(readFileSync(file, "utf8")) as {
      id: string;
      expected: string;
      error?: { code: string; message: string };
    }[];
    const { code, lines } = await run("event match", {}, { cases: file, json: true });
    const results = JSON.parse(lines[0] ?? "") as CaseResult[];
    expect(code).toBe(0);
    expect(results).toEqual(
      cases.map(({ id, expected, error }) => ({
        id,
        result: expected === "exception" ? `${error?.code}: ${error?.message}` : expected,
      })),
    );
    const plain = await run("event match", {}, { cases: file });
    expect(plain.lines).toHaveLength(cases.length);
  });

  test("match refuses a file that is no list of cases, and judges what it can read", async () => {
    const folder = mkdtempSync(join(tmpdir(), "morning-match-"));
    try {
      for (const [content, code] of [
        ["{}", "MOR_INVALID"],
        ["nothing", "MOR_INVALID"],
      ]) {
        const file = join(folder, "cases.json");
        writeFileSync(file, content ?? "");
        const failed = await run("event match", {}, { cases: file }).catch(
          (error: unknown) => error,
        );
        expect(MorningError.is(failed, code)).toBe(true);
      }
      const mixed = join(folder, "mixed.json");
      const good = { id: 7, pattern: '{"a":["b"]}', event: '{"a":"b"}' };
      writeFileSync(mixed, JSON.stringify([{ id: "x", event: {} }, good]));
      const { code, lines } = await run("event match", {}, { cases: mixed });
      expect(code).toBe(1);
      expect(lines).toEqual(["x MOR_INVALID: a case has the fields pattern and event", "7 match"]);
      const missing = join(folder, "none.json");
      await expect(run("event match", {}, { cases: missing })).rejects.toMatchObject({
        code: "MOR_NOT_FOUND",
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
