// The app of the tests of workflows in processes of their own. Named as a child, since child
// processes load it.
import { appendFileSync } from "node:fs";
import { z } from "zod";
import { config } from "../core/config.ts";
import type { Config } from "../core/config.ts";
import { get, post } from "../core/http.ts";
import { app, service } from "../core/service.ts";
import { workflow } from "../workflow/index.ts";

const journal = process.env["RIG_JOURNAL"] ?? "";
const lingerMs = 1500;

const flow = workflow("flow", { input: z.object({ n: z.number() }) }, async (ctx, { n }) => {
  const note = (what: string) =>
    ctx.step(what, () => appendFileSync(journal, `${what} ${n} ${process.pid}\n`));
  ctx.query("n", () => n);
  await note("first");
  await ctx.sleep(lingerMs);
  await note("second");
  return n;
});

const runner = service("runner", { runs: [flow], routes: () => [get("/pid", () => process.pid)] });

const door = service("door", {
  uses: { flow: flow.starter() },
  routes: (held) => [
    post("/start", { body: z.object({ n: z.number() }) }, async ({ body }) => ({
      id: await held.flow.start(body, { id: `flow-${body.n}` }),
    })),
    get("/results/:id", ({ params }) => held.flow.result(params.id)),
  ],
});

const main: Config = config({
  app: app("flows", { services: [runner, door] }),
  environments: { local: { drivers: { telemetry: "none" } } },
});
// oxlint-disable-next-line import/no-default-export -- what a configuration is
export default main;
