import { createServer } from "node:http";
import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { Webhook as Verifier } from "standardwebhooks";
import { HTTP } from "cloudevents";
import { afterEach, expect, test } from "vitest";
import { z } from "zod";
import { MorningError } from "../../core/errors.ts";
import { service } from "../../core/service.ts";
import { simulatedClock } from "../../testing/clock.ts";
import { event } from "./event.ts";
import type { Publisher, WebhookOptions } from "./event.ts";
import { openEventRig } from "./rig.contract.ts";
import type { EventRig } from "./rig.contract.ts";
import { checkWebhookUrl, isPublicAddress, publicLookup } from "./webhook-address.ts";
import { webhookSecrets } from "./webhooks.ts";

const placed = event("order.placed", { data: z.object({ order: z.string() }) });
const variable = "MORNING_TEST_WEBHOOK_SECRET";
const secrets = [32, 33].map((byte) => `whsec_${Buffer.alloc(32, byte).toString("base64")}`);

interface Posted {
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly path: string;
}

interface Receiver {
  readonly url: string;
  readonly posted: Posted[];
  /** Statuses to answer with, in order; 204 after the last. */
  readonly statuses: number[];
  close(): Promise<void>;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

async function openReceiver(): Promise<Receiver> {
  const posted: Posted[] = [];
  const statuses: number[] = [];
  const server = createServer((request, answer) => {
    void bodyOf(request).then((body) => {
      posted.push({
        headers: request.headers as Record<string, string>,
        body,
        path: request.url ?? "",
      });
      const status = statuses.shift() ?? 204;
      answer.writeHead(status, status === 302 ? { location: "/elsewhere" } : {}).end("ignored");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/hook`,
    posted,
    statuses,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  delete process.env[variable];
  for (const one of opened.splice(0)) await one.close();
});

async function rigTo(
  options: Partial<WebhookOptions>,
): Promise<{ rig: EventRig; receiver: Receiver }> {
  process.env[variable] = secrets.join(" ");
  const receiver = await openReceiver();
  const crm = placed.webhook("crm", {
    url: receiver.url,
    secretFrom: variable,
    allowPrivate: true,
    ...options,
  });
  // The verifier looks at the machine's clock.
  const rig = await openEventRig(
    [service("orders", { uses: { placed: placed.publisher(), crm } })],
    { clock: simulatedClock(Date.now()) },
  );
  opened.push(rig, receiver);
  return { rig, receiver };
}

const publish = (rig: EventRig, order: string): Promise<{ id: string }> =>
  (rig.held("orders")["placed"] as Publisher<{ order: string }>).publish({ order });

/** Lets sockets do their work without moving the clock. */
async function until(done: () => boolean): Promise<void> {
  while (!done()) await new Promise((resolve) => setImmediate(resolve));
}

const handled = (rig: EventRig, outcome: string): number =>
  rig.counted("morning_event_handled_total", { outcome });

test("an event is posted, signed with every secret, as an independent verifier finds", async () => {
  const { rig, receiver } = await rigTo({});
  await rig.start();
  const { id } = await publish(rig, "1");
  await until(() => handled(rig, "handled") === 1);
  const [post] = receiver.posted;
  expect(post?.path).toBe("/hook");
  expect(post?.headers["webhook-id"]).toBe(id);
  expect(post?.headers["content-type"]).toBe("application/json");
  for (const secret of secrets) {
    const verified = new Verifier(secret).verify(post?.body ?? "", post?.headers ?? {});
    expect(verified).toMatchObject({ type: "order.placed", data: { order: "1" } });
    expect(() => new Verifier(secret).verify(`${post?.body} `, post?.headers ?? {})).toThrowError(
      "No matching signature found",
    );
  }
  expect(post?.body).not.toContain("_morning");
});

test("what is not taken is repeated with the same id, then dead-lettered", async () => {
  const { rig, receiver } = await rigTo({ attemptsMax: 3 });
  receiver.statuses.push(500, 302, 410);
  await rig.start();
  const { id } = await publish(rig, "1");
  // In steps well below the deadline of a post, so that its answer comes first.
  while (handled(rig, "failed") < 3) await rig.advance(100);
  await rig.advance(60_000);
  expect(receiver.posted.map(({ headers }) => headers["webhook-id"])).toEqual([id, id, id]);
  expect(receiver.posted.map(({ path }) => path)).toEqual(["/hook", "/hook", "/hook"]);
  const dead = "subscription.orders.order.placed.crm.dead";
  expect(await rig.queues.driver.stats(dead)).toMatchObject({ visible: 1 });
});

test("a receiver that does not answer is given up after the deadline", async () => {
  const { rig, receiver } = await rigTo({ timeoutMs: 2000 });
  const silent = createServer(() => {});
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  const { port } = silent.address() as AddressInfo;
  await rig.close();
  opened.splice(0, 1);
  const crm = placed.webhook("crm", {
    url: `http://127.0.0.1:${port}/`,
    secretFrom: variable,
    allowPrivate: true,
    timeoutMs: 2000,
  });
  const other = await openEventRig([
    service("orders", { uses: { placed: placed.publisher(), crm } }),
  ]);
  opened.push(other);
  const connected = new Promise<void>((resolve) => silent.once("request", () => resolve()));
  await other.start();
  await publish(other, "1");
  await connected;
  expect(handled(other, "failed")).toBe(0);
  await other.advance(2000);
  await until(() => handled(other, "failed") === 1);
  silent.closeAllConnections();
  await new Promise((resolve) => silent.close(resolve));
  expect(receiver.posted).toEqual([]);
});

test("in the format cloudevents the body is a CloudEvent that the SDK reads", async () => {
  const { rig, receiver } = await rigTo({ format: "cloudevents" });
  await rig.start();
  const { id } = await publish(rig, "1");
  await until(() => handled(rig, "handled") === 1);
  const [post] = receiver.posted;
  const read = HTTP.toEvent({ headers: post?.headers ?? {}, body: post?.body ?? "" });
  expect(read).toMatchObject({
    id,
    type: "order.placed",
    source: "shop.orders",
    data: { order: "1" },
  });
});

test("an address that is not public is refused unless it is allowed", async () => {
  const { rig } = await rigTo({ allowPrivate: false });
  await expect(rig.start()).rejects.toMatchObject({ code: "MOR_EVENT_WEBHOOK_ADDRESS" });
});

test("a missing or short secret is refused by name", () => {
  for (const text of [undefined, "", "whsec_c2hvcnQ="]) {
    expect(() => webhookSecrets(text, variable)).toThrowError(new RegExp(variable));
  }
});

test.each([
  ["93.184.216.34", true],
  ["127.0.0.1", false],
  ["10.1.2.3", false],
  ["172.31.0.1", false],
  ["192.168.1.1", false],
  ["169.254.169.254", false],
  ["100.64.0.1", false],
  ["0.0.0.0", false],
  ["255.255.255.255", false],
  ["::1", false],
  ["::", false],
  ["::ffff:127.0.0.1", false],
  ["::ffff:93.184.216.34", true],
  ["64:ff9b::7f00:1", false],
  ["fd00::1", false],
  ["fe80::1", false],
  ["2606:2800:220:1:248:1893:25c8:1946", true],
  ["localhost", false],
])("%s is public: %s", (address, is) => {
  expect(isPublicAddress(address)).toBe(is);
});

test.each([
  "http://example.com/",
  "https://127.0.0.1/",
  "https://[::1]/",
  "https://2130706433/",
  "https://0x7f.1/",
  "https://user:secret@example.com/",
  "ftp://example.com/",
  "nonsense",
])("the address %s is refused", (url) => {
  let code = "";
  try {
    checkWebhookUrl(url, false, "webhook w");
  } catch (error) {
    if (MorningError.is(error)) code = error.code;
  }
  expect(code).toBe("MOR_EVENT_WEBHOOK_ADDRESS");
});

test("a name that leads to a private address is refused when it is looked up", async () => {
  const failed = await new Promise<unknown>((resolve) => {
    publicLookup("webhook w")("localhost", {}, (error) => resolve(error));
  });
  expect(failed).toMatchObject({ code: "MOR_EVENT_WEBHOOK_ADDRESS" });
});
