import { createServer } from "node:http";
import type { IncomingHttpHeaders, Server } from "node:http";
import type { AddressInfo } from "node:net";
import { SMTPServer } from "smtp-server";
import { Webhook } from "standardwebhooks";
import { afterEach, describe, expect, it } from "vitest";
import type { Notification } from "../../core/capabilities/notifier.ts";
import { systemClock } from "../../core/clock.ts";
import { mailNotifier } from "./mail.ts";
import { notifier } from "./notifier.ts";
import { subjectOf, textOf } from "./text.ts";
import { webhookNotifier } from "./webhook.ts";

const secret = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;

const notification: Notification = {
  id: "019a0000-0000-7000-8000-000000000001",
  kind: "firing",
  atMs: Date.UTC(2026, 0, 1),
  group: { alert: "failing" },
  alerts: [
    {
      alert: "failing",
      state: "firing",
      severity: "page",
      title: "商店的訂單失敗\r\nBcc: somebody@example.com",
      description: "Orders fail.",
      runbook: "https://wiki.example/orders",
      labels: { alert: "failing", service: "shop" },
      value: 0.2,
      note: "0.2 in 5 min, bound > 0.1",
      firingId: "f-1",
      sinceMs: Date.UTC(2026, 0, 1),
      endedMs: null,
    },
  ],
  leftOut: 2,
  url: "https://morning.example/alerts",
};

const never = new AbortController().signal;
const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function receiver(
  answer: () => number,
): Promise<{ url: string; got: { headers: IncomingHttpHeaders; body: string }[] }> {
  const got: { headers: IncomingHttpHeaders; body: string }[] = [];
  const server: Server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      got.push({ headers: request.headers, body });
      response.writeHead(answer()).end();
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  closing.push(() => server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, got };
}

describe("a webhook of alerts", () => {
  const settings = { name: "on-call", secretFrom: "SECRET", allowPrivate: true };

  it("is verified by another implementation of Standard Webhooks", async () => {
    const { url, got } = await receiver(() => 204);
    const made = webhookNotifier({ ...settings, url }, systemClock, { SECRET: secret });
    await made.send(notification, never);
    const { headers, body } = got[0] ?? { headers: {}, body: "" };
    const verified = new Webhook(secret).verify(body, headers as Record<string, string>);
    expect(verified).toMatchObject({ type: "alert.firing", data: { id: notification.id } });
    expect(headers["webhook-id"]).toBe(notification.id);
  });

  it("fails by name when it is not taken, and goes to no private address unasked", async () => {
    const { url } = await receiver(() => 500);
    const made = webhookNotifier({ ...settings, url }, systemClock, { SECRET: secret });
    await expect(made.send(notification, never)).rejects.toMatchObject({
      code: "MOR_ALERT_NOT_TOLD",
    });
    const open = (to: string) => () =>
      webhookNotifier({ ...settings, allowPrivate: false, url: to }, systemClock, {
        SECRET: secret,
      });
    expect(open("https://169.254.169.254/latest")).toThrow(/not a public address/);
    const named = open("https://localhost:1/x")();
    await expect(named.send(notification, never)).rejects.toThrow(/not public/);
    expect(() => webhookNotifier({ ...settings, url }, systemClock, {})).toThrow(/SECRET/);
  });
});

describe("a mail of alerts", () => {
  it("arrives whole, with one message id an attempt and no header out of a label", async () => {
    const mails: { to: string[]; text: string }[] = [];
    const server = new SMTPServer({
      disabledCommands: ["AUTH", "STARTTLS"],
      onData(stream, session, done) {
        let text = "";
        stream.on("data", (chunk: Buffer) => (text += chunk.toString()));
        stream.on("end", () => {
          mails.push({ to: session.envelope.rcptTo.map(({ address }) => address), text });
          done();
        });
      },
    });
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", () => resolve());
    });
    closing.push(() => server.close());
    const { port } = server.server.address() as AddressInfo;
    const settings = {
      name: "team",
      from: "morning@example.com",
      to: ["a@example.com", "b@example.com"],
      serverFrom: "SMTP",
    };
    const made = mailNotifier(settings, { SMTP: `smtp://127.0.0.1:${port}` });
    await made.send(notification, never);
    await made.send(notification, never);
    expect(mails[0]?.to).toEqual(["a@example.com", "b@example.com"]);
    const ids = mails.map(({ text }) => /^Message-ID: (.*)$/im.exec(text)?.[1]);
    expect(ids[0]).toContain(notification.id);
    expect(ids[1]).toBe(ids[0]);
    expect(mails[0]?.text.split("\r\n\r\n")[0]).not.toMatch(/^Bcc:/im);
    expect(() => mailNotifier(settings, { SMTP: "http://x" })).toThrow(/SMTP/);
  });

  it("says it in one line, and whole", () => {
    expect(subjectOf(notification)).toBe(
      "[FIRING] (page) 商店的訂單失敗 Bcc: somebody@example.com",
    );
    const text = textOf(notification);
    for (const part of [
      "0.2 in 5 min",
      "https://wiki.example/orders",
      "and 2 more",
      "service=shop",
    ]) {
      expect(text).toContain(part);
    }
  });
});

it("a declared notifier names its secret, and does not take the console's name", () => {
  const spec = { type: "webhook", url: "https://x.example", secretFrom: "SECRET" } as const;
  expect(notifier("on-call", spec)).toMatchObject({ kind: "notifier", watches: true });
  expect(() => notifier("console", spec)).toThrow(/taken/);
  expect(() => notifier("on-call", { ...spec, secretFrom: "whsec_abc" })).toThrow(/on-call/);
});
