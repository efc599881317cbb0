// An app that declares one resource of each kind, so that its platform has every route.
import { z } from "zod";
import { config } from "../src/core/config.ts";
import type { Config } from "../src/core/config.ts";
import { app, service } from "../src/core/service.ts";
import { event } from "../src/messaging/event/index.ts";
import { queue } from "../src/messaging/queue/index.ts";
import { schedule } from "../src/messaging/schedule/index.ts";
import { blob } from "../src/state/blob/index.ts";
import { cache } from "../src/state/cache/index.ts";
import { secret } from "../src/state/secret/index.ts";
import { table } from "../src/state/table/index.ts";
import { workflow } from "../src/workflow/index.ts";

/** The app, anew. */
export function oneOfEach(): Config {
  const work = workflow("work", { input: z.object({ n: z.number() }) }, async (ctx, { n }) =>
    ctx.step("double", () => 2 * n),
  );
  const only = service("only", {
    runs: [work],
    uses: {
      things: table("things", { row: z.object({ id: z.string() }), key: "id" }).readWriter(),
      files: blob("files").readWriter(),
      quick: cache("quick", { value: z.string() }).readWriter(),
      token: secret("token").reader(),
      jobs: queue("jobs", { message: z.object({ n: z.number() }) }).sender(),
      happened: event("thing.happened", { data: z.object({ id: z.string() }) }).publisher(),
      work: work.starter(),
      nightly: schedule("nightly", { cron: "0 2 * * *" }).trigger(),
    },
  });
  return config({ app: app("one-of-each", { services: [only] }) });
}
