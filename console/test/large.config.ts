import { app, config, service } from "../../src/index.ts";
import { queue } from "../../src/messaging/queue/index.ts";
import { z } from "zod";

const queues = Array.from({ length: 200 }, (_, index) =>
  queue(`queue-${index}`, { message: z.object({ id: z.string() }) }),
);

/** An app with more parts than a map can show. */
export default config({
  app: app("large", {
    services: [
      service("hub", {
        uses: Object.fromEntries(queues.map((one) => [one.name, one.sender()])),
      }),
    ],
  }),
});
