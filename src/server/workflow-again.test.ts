import { expect, test, vi } from "vitest";
import { config } from "../core/config.ts";
import { app, service } from "../core/service.ts";
import { commands } from "../workflow/commands.ts";
import { workflow } from "../workflow/index.ts";
import { startRig } from "./rig.contract.ts";

test("what steps pay is told of an entry, of its run and as a metric", async () => {
  const ask = workflow("ask", {}, async (ctx) => {
    await ctx.step("think", (_, { cost }) => cost(0.25, "USD", "tokens"));
    await ctx.step("send", (_, { cost }) => cost(0.5));
  });
  const rig = await startRig({
    config: config({
      app: app("asker", { services: [service("till", { runs: [ask] })] }),
      environments: { local: { drivers: { telemetry: "none" } } },
    }),
  });
  const call = async (method: string, path: string, body?: unknown): Promise<unknown> =>
    (await rig.call(method, `/api/v1${path}`, { body })).json;
  await call("POST", "/workflows/ask/runs", { id: "a" });
  await vi.waitFor(
    async () =>
      expect(await call("GET", "/workflow-runs/a")).toMatchObject({
        status: "completed",
        costs: [{ currency: "USD", amount: 0.75 }],
      }),
    { timeout: 10_000 },
  );
  expect(await call("GET", "/workflow-runs/a/entries")).toMatchObject({
    entries: [
      { costs: [{ currency: "USD", amount: 0.25, what: "tokens" }] },
      { costs: [{ currency: "USD", amount: 0.5, what: null }] },
    ],
  });
  const { text } = await rig.call("GET", "/metrics");
  expect(text).toMatch(
    /morning_workflow_step_cost_total\{(?=[^}]*workflow="ask")(?=[^}]*currency="USD")[^}]*\} 0\.75/,
  );
});

test("runs that ended are begun anew by a search, with the API and the command line", async () => {
  const greet = workflow("greet", {}, async (ctx, name: string) => {
    ctx.query("name", () => name);
    if (name === "late") await ctx.signal("go");
    return `hello ${name}`;
  });
  const rig = await startRig({
    config: config({
      app: app("greeter", { services: [service("till", { runs: [greet] })] }),
      environments: { local: { drivers: { telemetry: "none" } } },
    }),
  });
  const call = async (method: string, path: string, body?: unknown): Promise<unknown> =>
    (await rig.call(method, `/api/v1${path}`, { body })).json;
  for (const id of ["ann", "late"]) await call("POST", "/workflows/greet/runs", { id, input: id });
  const stands = (id: string, status: string): Promise<void> =>
    vi.waitFor(
      async () => expect(await call("GET", `/workflow-runs/${id}`)).toMatchObject({ status }),
      { timeout: 10_000 },
    );
  await stands("ann", "completed");
  const none = await call("POST", "/workflow-runs/replay", { workflow: "greet" });
  expect(none).toEqual({ runs: [] });
  const all = { workflow: "greet", from: "start" };
  const { runs } = (await call("POST", "/workflow-runs/replay", all)) as {
    runs: { run: string; fork: string }[];
  };
  expect(runs.map(({ run }) => run)).toEqual(["ann"]);
  const again = runs[0]?.fork ?? "";
  await stands(again, "completed");
  const input = { json: '"ann"' };
  expect(await call("GET", `/workflow-runs/${again}`)).toMatchObject({ origin: "ann", input });
  expect(await call("GET", "/workflow-runs/late/queries")).toEqual({ queries: ["name"] });
  const lines: string[] = [];
  await commands
    .find(({ name }) => name === "workflow replay")
    ?.run({
      args: {},
      options: { workflow: "greet", from: "start", limit: "1" },
      api: { request: call },
      out: (line) => void lines.push(line),
      wait: async () => {},
    });
  expect(lines).toEqual([expect.stringMatching(new RegExp(`^${again} {2}\\S+$`))]);
});
