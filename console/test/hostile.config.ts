import { app, config, get, handle, service } from "../../src/index.ts";
import { event } from "../../src/messaging/event/index.ts";
import { queue } from "../../src/messaging/queue/index.ts";
import { table } from "../../src/state/table/index.ts";
import { z } from "zod";

const anything = queue("anything", {
  message: z.object({ text: z.unknown() }),
  receivesMax: 1,
  description: "<img src=x onerror=alert(1)> \u202Egnirts",
});
const kept = queue("kept", { message: z.object({ text: z.unknown() }) });
const said = event("said", { data: z.object({ text: z.unknown() }) });
const things = table("things", {
  row: z.object({ id: z.string(), text: z.string() }),
  key: "id",
});

const talker = service("talker", {
  description: "</script><script>alert(2)</script>",
  open: true,
  uses: {
    anything: anything.consumer(),
    kept: kept.sender(),
    said: said.publisher(),
    heard: said.subscriber(),
    things: things.readWriter(),
  },
  handlers: ({ anything: messages, heard }) => [
    handle(messages, {}, async ({ text }) => {
      throw new Error(`refused <b>${String(text).slice(0, 200)}</b>`);
    }),
    handle(heard, {}, async () => undefined),
  ],
  routes: ({ things: rows }) => [
    get("/store/:id/:text", async ({ params: { id, text } }) => rows.put({ id, text })),
  ],
});

/** An app whose every text may come from somebody who means harm. */
export default config({ app: app("hostile", { services: [talker] }) });
