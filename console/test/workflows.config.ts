import { setTimeout as wait } from "node:timers/promises";
import { z } from "zod";
import { app, config, service } from "../../src/index.ts";
import { event } from "../../src/messaging/event/index.ts";
import { queue } from "../../src/messaging/queue/index.ts";
import { asset, daily, workflow } from "../../src/workflow/index.ts";
import { branch, stateMachine } from "../../src/workflow/machine/index.ts";

const Purchase = z.object({ order: z.string().max(40), pence: z.int().min(1).max(10_000_000) });
const parcels = queue("parcels", { message: Purchase });
const paid = event("order.paid", { data: z.object({ order: z.string().max(40) }) });

/** Waits for people, tries again, works side by side, and undoes what it did when it is refused. */
const purchase = workflow(
  "purchase",
  {
    description: "Reserves, asks a person, charges, and ships in parts",
    uses: { parcels: parcels.sender() },
    input: Purchase,
    version: "2",
  },
  async (ctx, { order, pence }) => {
    await ctx.attributes({ order, pence });
    let stage = "asked for";
    ctx.query("stage", () => ({ stage, pence }));
    await ctx.step("reserve", () => ({ shelf: "B-17" }), { compensate: () => undefined });
    const told = await ctx.waitForCallback<{ approved: boolean; comment: string }>(
      "approval",
      async () => undefined,
      { timeoutMs: 86_400_000, about: { pounds: pence / 100, shelf: "B-17" } },
    );
    if (!told.approved) throw new Error(`refused: ${told.comment}`);
    await ctx.step(
      "charge",
      async (_, { attempt, artefact, cost }) => {
        cost(0.0042, "USD", "fraud check");
        if (attempt === 1) throw new Error("the bank does not answer");
        await artefact("receipt.txt", `${pence} pence\n`);
        cost(0.83, "GBP", "card fee");
        return { charged: pence };
      },
      { retry: { attemptsMax: 3, baseMs: 50, jitter: "none" } },
    );
    await ctx.parallel([
      async (branch) => {
        await branch.step("pack", () => wait(40));
        await branch.step("label", () => wait(20));
      },
      async (branch) => branch.step("invoice", () => wait(70)),
    ]);
    stage = "packed";
    await ctx.child("parcel", { order, pence });
    return { shipped: true };
  },
);

const parcel = workflow(
  "parcel",
  { uses: { parcels: parcels.sender() }, input: Purchase },
  async (ctx, message) => {
    await ctx.step("hand over", ({ parcels: sender }) => sender.send(message));
    return { carrier: "black cat" };
  },
);

/** Never gets there. */
const broken = workflow(
  "broken",
  { input: z.object({ why: z.string() }) },
  async (ctx, { why }) => {
    await ctx.step("begin", () => ({ ok: true }));
    await ctx.step(
      "reach the bank",
      () => {
        throw new Error(why);
      },
      { retry: { attemptsMax: 2, baseMs: 20, jitter: "none" } },
    );
  },
);

/** As many branches, and entries in each, as somebody asks for. */
const many = workflow(
  "many",
  {
    input: z.object({ branches: z.int().min(1).max(20_000), entries: z.int().min(1).max(50_000) }),
  },
  async (ctx, { branches, entries }) => {
    await ctx.map(
      Array.from({ length: branches }, (_, at) => at),
      async (branch, item) => {
        for (let at = 0; at < entries; at++) {
          await branch.step(`part ${at}`, () => ({ item, at }));
        }
      },
      { concurrency: 200 },
    );
  },
);

/** Works for as long as somebody watches, and says how far it is. */
const slow = workflow("slow", {}, async (ctx) => {
  await ctx.step("count to the end", async (_, { progress, signal }) => {
    for (let done = 0; done < 600 && !signal.aborted; done++) {
      progress(done, 600, `row ${done}`);
      await wait(100);
    }
  });
  await ctx.signal("go on");
});

const nightly = workflow(
  "nightly",
  { description: "Counts the day", schedule: { cron: "0 2 * * *" }, on: paid },
  async (ctx) => {
    await ctx.step("count", () => 17);
    await ctx.sleep(1);
  },
);

const counts = asset("counts", {
  description: "What a day came to",
  partitions: daily("2026-10-28"),
  freshMs: 1,
});

/** Makes a day; one of them does not pass its check. */
const countDay = workflow(
  "count-day",
  {
    input: z.object({ partition: z.string() }),
    writes: [counts],
    facts: (sum: { readonly orders: number }) => ({ orders: sum.orders }),
    checks: [
      {
        asset: counts,
        name: "not-empty",
        severity: "warn",
        look: async (_, day = "") => ({ passed: !day.endsWith("-13"), note: `looked at ${day}` }),
      },
    ],
  },
  async (ctx, { partition }) => ctx.step("sum", () => ({ partition, orders: 17 })),
);

/** A graph of states that ends well or badly. */
const sorting = stateMachine("sorting", {
  description: "Sorts parcels",
  tasks: { weigh: (_held, grams: number) => grams },
}).states({
  Each: {
    type: "map",
    items: "{% $states.input.grams %}",
    each: branch({ states: { Weigh: { type: "task", task: "weigh" } } }),
    assign: { grams: "{% $sum($states.result) %}" },
    next: "Which",
  },
  Which: {
    type: "choice",
    choices: [{ when: "{% $grams > 1000 %}", next: "Refuse" }],
    otherwise: "Accept",
  },
  Refuse: { type: "fail", error: "TooHeavy", cause: "more than a kilogram" },
  Accept: { type: "succeed", output: { grams: "{% $grams %}" } },
});

const shop = service("shop", {
  open: true,
  description: "Runs what the tests of the pages of workflows look at",
  runs: [purchase, parcel, broken, many, slow, nightly, countDay, sorting],
  uses: { parcels: parcels.sender(), paid: paid.publisher() },
});

/** An app of workflows in every state there is. */
export default config({ app: app("workflows", { services: [shop] }) });
