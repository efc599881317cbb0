import { app, config, created, get, handle, post, service } from "../../src/index.ts";
import { event } from "../../src/messaging/event/index.ts";
import { queue } from "../../src/messaging/queue/index.ts";
import { schedule } from "../../src/messaging/schedule/index.ts";
import { table } from "../../src/state/table/index.ts";
import { z } from "zod";

const Mail = z.object({ to: z.string().min(3).max(40), copies: z.int().min(1).max(99) });
const mails = queue("mails", { message: Mail, receivesMax: 1 });
const bulk = queue("bulk", { message: Mail, receivesMax: 1 });
const slow = queue("slow", { message: Mail, receivesMax: 1 });
const kept = queue("kept", { message: Mail, description: "Nobody consumes it" });
const drafts = queue("drafts", { message: Mail });
const sent = table("sent", { row: Mail, key: "to" });
const noted = event("order.noted", {
  data: z.object({ order: z.string().max(40), amount: z.number() }),
});
const tidy = schedule("tidy", { rate: "1 hour" });

/** Queues whose handler was mended: poison is handled like anything else. */
const mended = table("mended", { row: z.object({ queue: z.string() }), key: "queue" });

const clerk = service("clerk", {
  open: true,
  description: "Handles mail, and refuses poison",
  uses: {
    mails: mails.consumer(),
    bulk: bulk.consumer(),
    slow: slow.consumer(),
    kept: kept.sender(),
    drafts: drafts.sender(),
    sent: sent.readWriter(),
    mended: mended.readWriter(),
    noted: noted.subscriber(),
    large: noted.subscriber({
      name: "large",
      pattern: { detail: { amount: [{ numeric: [">", 100] }] } },
    }),
    tidy: tidy.trigger(),
  },
  handlers: (held) => [
    ...([held.mails, held.bulk, held.slow] as const).map((mail, nth) =>
      handle(mail, {}, async (message) => {
        const from = ["mails", "bulk", "slow"][nth] ?? "";
        const isMended = (await held.mended.get(from)) !== undefined;
        if (message.to.startsWith("poison") && !isMended) {
          throw new Error(`no such address: ${message.to}`);
        }
        await held.sent.put(message);
      }),
    ),
    handle(held.noted, {}, async () => undefined),
    handle(held.large, {}, async () => undefined),
    handle(held.tidy, {}, async () => undefined),
  ],
  routes: (held) => [
    get("/greetings/:name", { summary: "Greets" }, async ({ params }) => ({
      text: `hello ${params.name}`,
    })),
    post("/mended", { body: z.object({ queue: z.string() }), status: 201 }, async ({ body }) => {
      await held.mended.put(body);
      return created(body);
    }),
  ],
});

const keeper = service("keeper", {
  description: "Callers need a key",
  uses: { mended: mended.readWriter() },
  routes: (held) => [
    post("/mended", { body: z.object({ queue: z.string() }), status: 201 }, async ({ body }) => {
      await held.mended.put(body);
      return created(body);
    }),
  ],
});

/** An app to do things to: queues with and without consumers, an event, a schedule, routes. */
export default config({ app: app("actions", { services: [clerk, keeper] }) });
