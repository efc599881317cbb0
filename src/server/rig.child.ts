// The app of the server's and the CLI's tests: two services, a queue, a schedule; and what starts
// it. Named as a child, since child processes load it too.
import { appendFileSync } from "node:fs";
import { z } from "zod";
import { config } from "../core/config.ts";
import type { Config } from "../core/config.ts";
import { coreErrors } from "../core/errors.ts";
import { created, del, get, post, put, reply } from "../core/http.ts";
import { handle } from "../core/receiver.ts";
import { app, service } from "../core/service.ts";
import { queue } from "../messaging/queue/index.ts";

/** What a message of the queue holds. */
const Job = z.object({ n: z.number().int() });
const Order = z.object({
  sku: z.string().min(1).max(40),
  amount: z.number().int().positive(),
  tags: z.array(z.string()).max(10).optional(),
});
const Page = z.object({ limit: z.coerce.number().int().min(1).max(10).default(5) });

/** What the handlers saw; a file where a process of its own handles. */
export interface Seen {
  readonly jobs: { readonly n: number; readonly traceId: string | undefined }[];
}

/** How the app behaves in one test. */
export interface RigOptions {
  /** The telemetry driver; `none` if left out: most tests are about something else. */
  readonly telemetry?: string;
  /** Handled jobs are appended here, a line each, before they are acknowledged. */
  readonly journal?: string | undefined;
  /** How long one job takes, milliseconds. */
  readonly jobMs?: number;
  readonly onJob?: (n: number) => Promise<void> | void;
}

const jobs = queue("jobs", { message: Job, visibilityMs: 2_000 });

const stock = service("stock", {
  description: "Keeps stock.",
  routes: () => [
    get("/stock/:sku", { answer: z.object({ sku: z.string(), left: z.number() }) }, (call) => ({
      sku: call.params.sku,
      left: 7,
    })),
    get("/headers", ({ headers }) => Object.fromEntries(headers)),
    get("/pid", () => ({ pid: process.pid })),
    get("/broken", { answer: z.object({ left: z.number() }) }, () => {
      return { left: "many" } as unknown as { left: number };
    }),
    get("/throws", () => {
      throw new TypeError("secret detail of the code");
    }),
    get("/refuses", () => {
      throw coreErrors.MOR_CONFLICT("stock a: sold out", { details: { sku: "a" } });
    }),
    get("/tea", () => reply(418, { tea: true }, { "x-pot": "short" })),
    post("/exit", () => process.exit(9)),
  ],
});

/** Builds the app anew: tests share nothing. */
export function rigConfig(options: RigOptions = {}): Config {
  const orders = service("orders", {
    description: "Takes orders.",
    open: true,
    uses: { stock: stock.client(), jobs: jobs.sender() },
    routes: (held) => [
      post("/orders", { body: Order, status: 201 }, async ({ body }) => {
        const { left } = await held.stock.get("/stock/:sku", { params: { sku: body.sku } });
        return created({ id: "1", ...body, left });
      }),
      get("/orders", { query: Page }, ({ query }) => query),
      put("/orders/:id", { body: Order }, ({ params, body }) => ({ ...params, ...body })),
      del("/orders/:id", () => reply(204, undefined)),
      get("/raw", ({ query }) => ({ query })),
      get("/through", () => held.stock.get("/headers", {})),
      get("/stock-pid", () => held.stock.get("/pid", {})),
      post("/jobs", { body: Job }, async ({ body }) => {
        await held.jobs.send(body);
        return { queued: body.n };
      }),
      post("/big", { body: z.object({ text: z.string() }), bodyBytesMax: 2 ** 22 }, (call) => ({
        length: call.body.text.length,
      })),
    ],
  });
  const worker = service("worker", {
    uses: { jobs: jobs.consumer(), stock: stock.client() },
    routes: () => [get("/pid", () => ({ pid: process.pid }))],
    handlers: (held) => [
      handle(held.jobs, { concurrency: 5 }, async ({ n }) => {
        await held.stock.get("/stock/:sku", { params: { sku: "a" } });
        if (options.jobMs !== undefined)
          await new Promise((done) => setTimeout(done, options.jobMs));
        if (options.journal !== undefined) appendFileSync(options.journal, `${n}\n`);
        await options.onJob?.(n);
      }),
    ],
  });
  const drivers = { telemetry: options.telemetry ?? "none" };
  return config({
    app: app("rig", { services: [orders, stock, worker] }),
    environments: { local: { drivers } },
  });
}
