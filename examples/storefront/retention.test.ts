import { app, config, post, service } from "morning-ai";
import { start } from "morning-ai/server";
import { expect, it } from "vitest";
import { folder } from "./fixtures.ts";
import { keepMs, sweep } from "./src/retention.ts";
import { mailbox } from "./src/users.ts";

const sweeper = service("sweeper", {
  uses: { mailbox: mailbox.readWriter() },
  open: true,
  routes: (held) => [
    post("/fill", async () => {
      const mail = { to: "a@example.com", subject: "s", text: "t" };
      const rows = Array.from({ length: 1200 }, (_, atMs) => ({ ...mail, id: `m${atMs}`, atMs }));
      await Promise.all(rows.map((row) => held.mailbox.put(row)));
      return { rows: await held.mailbox.count() };
    }),
    post("/sweep", async () => {
      const removed = await sweep(held.mailbox, ({ id }) => id, keepMs + 1100);
      return { removed, rows: await held.mailbox.count() };
    }),
  ],
});

it("removes what is older than an hour, page by page, and nothing else", async () => {
  const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {}, with: () => log };
  const data = folder();
  const running = await start({
    config: config({ app: app("retention-test", { services: [sweeper] }) }),
    log,
    dataFolder: data.path,
    port: 0,
  });
  const call = async (path: string): Promise<unknown> =>
    (await fetch(`${running.url}/svc/sweeper${path}`, { method: "POST" })).json();
  try {
    expect(await call("/fill")).toEqual({ rows: 1200 });
    expect(await call("/sweep")).toEqual({ removed: 1100, rows: 100 });
    expect(await call("/sweep")).toEqual({ removed: 0, rows: 100 });
  } finally {
    await running.stop();
    data.remove();
  }
});
