// The small app of bench/start.bench.ts: two services and a queue.
import { z } from "zod";
import { app, config, get, handle, post, service } from "../../dist/index.js";
import { queue } from "../../dist/messaging/queue/index.js";

const jobs = queue("jobs", { message: z.object({ n: z.number() }) });
const alpha = service("alpha", {
  open: true,
  uses: { jobs: jobs.sender() },
  routes: (held) => [
    get("/pid", () => ({ pid: process.pid })),
    post("/jobs", { body: z.object({ n: z.number() }) }, ({ body }) => held.jobs.send(body)),
  ],
});
const beta = service("beta", {
  uses: { jobs: jobs.consumer(), alpha: alpha.client() },
  handlers: (held) => [handle(held.jobs, {}, () => held.alpha.get("/pid", {}))],
});
// oxlint-disable-next-line import/no-default-export -- what a configuration is
export default config({ app: app("bench", { services: [alpha, beta] }) });
