import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Schema } from "../../core/schema.ts";
import type { AnyRoute } from "../../core/http.ts";
import { MorningError } from "../../core/errors.ts";
import { sloCommands } from "../slo/commands.ts";
import { sloRoutes } from "../slo/routes.ts";
import { slo } from "../slo/slo.ts";
import { parseYaml } from "../slo/yaml.ts";
import { alert } from "./alert.ts";
import type { AlertOptions } from "./alert.ts";
import { alertCommands } from "./commands.ts";
import { makeRig } from "./rig.contract.ts";
import type { Rig } from "./rig.contract.ts";
import { alertRoutes } from "./routes.ts";

const minute = 60_000;
const options: AlertOptions = {
  title: "shop fails",
  condition: {
    type: "threshold",
    source: { type: "records", signal: "spans", q: "status:error", measure: "count" },
    windowMs: 5 * minute,
    op: ">",
    value: 0,
  },
  notify: ["inbox"],
  groupWaitMs: 0,
  delayMs: 0,
};

let rig: Rig;
let routes: readonly AnyRoute[];
beforeEach(async () => {
  const shop = slo("shop", {
    title: "Shop",
    objective: 0.99,
    indicator: { type: "records", signal: "spans", q: "service:shop", good: "-status:error" },
  });
  rig = await makeRig([alert("failing", options)], [shop]);
  const { reader, clock } = rig.options;
  const engine = rig.engine();
  routes = [
    ...alertRoutes({ engine, reader, clock }),
    ...sloRoutes({ objectives: engine.objectives, ledger: engine.ledger, clock }),
  ];
});
afterEach(() => rig.close());

async function checked(schema: Schema | undefined, value: unknown): Promise<unknown> {
  if (schema === undefined) return value;
  const result = await schema["~standard"].validate(value);
  if (result.issues !== undefined) throw new Error(JSON.stringify(result.issues));
  return result.value;
}

/** Calls a route as the server does: input and answer are held against their schemas. */
async function call(method: string, path: string, body?: unknown): Promise<unknown> {
  const [route, query = ""] = path.split("?");
  const parts = (route ?? "").split("/");
  const fits = (one: AnyRoute): boolean => {
    const wanted = one.path.split("/");
    return (
      one.method === method.toLowerCase() &&
      wanted.length === parts.length &&
      wanted.every((part, at) => part.startsWith(":") || part === parts[at])
    );
  };
  const found = routes.find(fits);
  if (found === undefined) throw new Error(`no route ${method} ${path}`);
  const params: Record<string, string> = {};
  found.path.split("/").forEach((part, at) => {
    if (part.startsWith(":")) params[part.slice(1)] = decodeURIComponent(parts[at] ?? "");
  });
  const input = {
    params,
    query: await checked(found.options.query, Object.fromEntries(new URLSearchParams(query))),
    body: await checked(found.options.body, body),
    headers: new Headers(),
  };
  const result = (await found.run(input as never)) as { reply?: true; body?: unknown };
  const answer = result?.reply === true ? result.body : result;
  return answer === undefined ? undefined : checked(found.options.answer, answer);
}

async function cli(name: string, args: Record<string, string> = {}, given = {}): Promise<string[]> {
  const lines: string[] = [];
  const command = [...alertCommands, ...sloCommands].find((one) => one.name === name);
  await command?.run({
    args,
    options: given,
    api: { request: call },
    out: (line) => void lines.push(line),
    wait: async () => {},
  });
  return lines;
}

const bad = () => rig.spans(20, { status: 2 });

describe("the API of alerts", () => {
  it("tells definitions, states and history, and acknowledges", async () => {
    await rig.run(3 * minute, minute, bad);
    const { alerts, notifiers } = (await call("GET", "/alerts")) as {
      alerts: { name: string; state: string; origin: string }[];
      notifiers: string[];
    };
    expect(alerts.map(({ name, state, origin }) => [name, state, origin])).toEqual([
      ["failing", "firing", "code"],
      ["slo.shop.page", "firing", "slo"],
      ["slo.shop.ticket", "firing", "slo"],
    ]);
    expect(notifiers).toEqual(["console", "inbox"]);
    const detail = (await call("GET", "/alerts/failing")) as {
      instances: { fingerprint: string }[];
      history: unknown[];
    };
    const print = detail.instances[0]?.fingerprint ?? "";
    expect(await call("POST", `/alerts/instances/${print}/acknowledge`)).toMatchObject({
      acknowledgedBy: "operator",
    });
    expect(await call("GET", "/alerts/history?alert=failing")).toMatchObject({
      history: [{ to: "firing", reason: { said: "threshold", bound: 0, windowMs: 5 * minute } }],
    });
    expect(await call("GET", "/alerts/slo.shop.page")).toMatchObject({
      note: expect.stringMatching(/^burns 100x \/ 100x over/),
      reason: { said: "burn", windows: [{ long: expect.closeTo(100), rate: 14.4 }, {}] },
    });
    expect(await call("GET", "/notifications?status=sent")).toMatchObject({
      notifications: expect.arrayContaining([expect.objectContaining({ notifier: "inbox" })]),
    });
    expect((await cli("alerts list"))[0]).toMatch(/^failing +firing +ticket/);
    expect((await cli("alerts get", { alert: "failing" })).join("\n")).toContain("firing");
  });

  it("saves, back-tests and deletes alerts, but not those of code", async () => {
    await call("PUT", "/alerts/mine", options);
    await expect(call("PUT", "/alerts/failing", options)).rejects.toThrow(MorningError);
    await expect(call("PUT", "/alerts/slo.x", options)).rejects.toThrow(/objective/);
    const fromMs = rig.clock.now();
    await rig.run(10 * minute, minute, bad);
    const range = { fromMs, toMs: rig.clock.now() };
    const tried = await call("POST", "/alerts/backtest", { spec: options, ...range });
    expect(tried).toMatchObject({ count: 1, firings: [{ toMs: null }] });
    await call("DELETE", "/alerts/mine");
    await expect(call("GET", "/alerts/mine")).rejects.toThrow(/no alert mine/);
  });

  it("silences, windows and tests", async () => {
    expect((await cli("alerts silence", { alert: "failing" }, { for: "30m" }))[0]).toMatch(
      /^silence/,
    );
    await call("PUT", "/maintenance/weekly", {
      matchers: [{ label: "alert", op: "=", value: "failing" }],
      starts: { cron: "0 2 * * SUN" },
      durationMs: 3_600_000,
      why: "patches",
    });
    expect(await call("GET", "/maintenance")).toMatchObject({ windows: [{ timezone: "UTC" }] });
    await rig.run(3 * minute, minute, bad);
    expect(await call("GET", "/alerts/failing")).toMatchObject({
      instances: [{ muted: { by: "silence" } }],
    });
    const { silences } = (await call("GET", "/silences")) as { silences: { id: string }[] };
    await call("DELETE", `/silences/${silences[0]?.id ?? ""}`);
    await call("DELETE", "/maintenance/weekly");
    expect((await cli("alerts test", { alert: "failing" }))[0]).toMatch(/^notification/);
  });

  it("tells objectives and their budgets", async () => {
    await rig.run(3 * minute, minute, bad);
    expect(await call("GET", "/slos")).toMatchObject({ slos: [{ name: "shop", failed: 60 }] });
    expect((await cli("slo get", { slo: "shop" })).join("\n")).toContain("BURNING");
    const yaml = (await cli("slo export", { slo: "shop" })).join("\n");
    expect(yaml).toContain("kind: SLO\n");
    const [document] = (await parseYaml(yaml, "it")) as [{ metadata: { name: string } }];
    expect(document).toEqual(await call("GET", "/slos/shop/openslo"));
    document.metadata.name = "copied";
    expect(await call("POST", "/slos/openslo", document)).toMatchObject({
      slos: [{ name: "copied" }],
    });
    const folder = await mkdtemp(join(tmpdir(), "morning-slo-"));
    try {
      const file = join(folder, "shop.yaml");
      await writeFile(file, yaml.replace("name: shop\n", "name: imported\n"));
      expect((await cli("slo import", { file })).join("\n")).toContain("imported");
      await expect(cli("slo import", { file: join(folder, "none") })).rejects.toThrow(/read/);
    } finally {
      await rm(folder, { recursive: true });
    }
    expect((await cli("slo list")).length).toBe(3);
    await call("DELETE", "/slos/copied");
    await expect(call("DELETE", "/slos/shop")).rejects.toThrow(/declared in code/);
  });
});
