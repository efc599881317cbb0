/**
 * A small service that keeps files: blobs for their content, a cache of what is asked for often, a
 * secret that signs links, a schedule that removes what is old. Run: `npx morning start --config
 * examples/attachments/app.ts`.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import { app, config, created, get, handle, post, reply, service } from "morning-ai";
import { schedule } from "morning-ai/messaging/schedule";
import { blob } from "morning-ai/state/blob";
import { cache } from "morning-ai/state/cache";
import { secret } from "morning-ai/state/secret";
import { z } from "zod";

const files = blob("attachments", { bytesMax: 2 ** 20, description: "What customers attached" });
const previews = cache("previews", { value: z.string(), ttlMs: 60_000 });
const linkKey = secret("link-key", { description: "Signs links to attachments; any long text" });
const sweep = schedule("sweep-attachments", { rate: "1 hour" });

/** How long an attachment is kept, milliseconds. */
export const keptMs = 86_400_000;
const previewLength = 40;

const NewFile = z.object({ name: z.string().regex(/^[a-z0-9.-]{1,80}$/), text: z.string() });
const Signed = z.object({ signature: z.string().default("") });

function sign(key: string, name: string): string {
  return createHmac("sha256", key).update(name).digest("hex");
}

function isSigned(key: string, name: string, signature: string): boolean {
  const wanted = Buffer.from(sign(key, name));
  const given = Buffer.from(signature);
  return wanted.length === given.length && timingSafeEqual(wanted, given);
}

export const attachments = service("attachments", {
  open: true,
  description: "Keeps files and hands them out by signed link",
  uses: {
    files: files.readWriter(),
    previews: previews.readWriter(),
    linkKey: linkKey.reader(),
    sweep: sweep.trigger(),
  },
  routes: (held) => [
    post("/files", { body: NewFile, status: 201 }, async ({ body }) => {
      await held.files.put(body.name, body.text, { contentType: "text/plain" });
      await held.previews.delete(body.name);
      const key = (await held.linkKey.get()).reveal();
      return created({ link: `/files/${body.name}?signature=${sign(key, body.name)}` });
    }),
    get("/files/:name", { query: Signed }, async ({ params, query }) => {
      const key = (await held.linkKey.get()).reveal();
      if (!isSigned(key, params.name, query.signature)) return reply(403, { reason: "not signed" });
      const found = await held.files.get(params.name);
      if (found === undefined) return reply(404, { reason: "no such file" });
      return reply(200, { text: await found.text(), bytes: found.info.size });
    }),
    get("/files/:name/preview", async ({ params }) => {
      const preview = await held.previews.getOrPut(params.name, async () => {
        const found = await held.files.get(params.name);
        return (await found?.text())?.slice(0, previewLength) ?? "";
      });
      return { preview };
    }),
  ],
  handlers: (held) => [
    handle(held.sweep, {}, async ({ scheduledAtMs }) => {
      const page = await held.files.list({ limit: 1_000 });
      const old = page.blobs.filter((one) => one.updatedAtMs < scheduledAtMs - keptMs);
      for (const { key } of old) await held.files.delete(key);
    }),
  ],
});

export default config({ app: app("attachments", { services: [attachments] }) });
