import { createHmac } from "node:crypto";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import type { RequestOptions } from "node:https";
import type { IncomingMessage } from "node:http";
import { coreErrors } from "../../core/errors.ts";
import type { Clock } from "../../core/clock.ts";
import type { Receiving } from "../../core/receiver.ts";
import { cloudEventMessage } from "./cloudevents.ts";
import { openDetail } from "./envelope.ts";
import type { EventEnvelope } from "./envelope.ts";
import { eventErrors } from "./errors.ts";
import type { WebhookOptions } from "./event.ts";
import { consumeSubscription } from "./subscriber.ts";
import type { Delivered, SubscriberContext } from "./subscriber.ts";
import type { Subscription } from "./subscriptions.ts";
import { checkWebhookUrl, publicLookup } from "./webhook-address.ts";

const timeoutDefaultMs = 15_000;
/** Standard Webhooks: a secret has 24 to 64 bytes. */
const secretBytes = { min: 24, max: 64 };

/** A webhook ready to post. */
interface Target {
  readonly subject: string;
  readonly url: URL;
  readonly secrets: readonly Buffer[];
  readonly options: WebhookOptions;
}

/**
 * The value of `webhook-signature`: HMAC-SHA256 of id, time and body, one a secret (Standard
 * Webhooks 1.0.0).
 * @param timestamp seconds since the epoch
 */
export function webhookSignature(
  secrets: readonly Uint8Array[],
  id: string,
  timestamp: number,
  body: string,
): string {
  const signed = `${id}.${timestamp}.${body}`;
  return secrets
    .map((secret) => `v1,${createHmac("sha256", secret).update(signed).digest("base64")}`)
    .join(" ");
}

/**
 * Reads signing secrets: `whsec_` and base64, several apart by a space while one replaces another.
 */
export function webhookSecrets(text: string | undefined, variable: string): readonly Buffer[] {
  const secrets = (text ?? "").split(/\s+/).filter(Boolean);
  if (secrets.length === 0) throw coreErrors.MOR_CONFIG(`webhook: ${variable} is not set`);
  return secrets.map((one) => {
    const secret = Buffer.from(one.replace(/^whsec_/, ""), "base64");
    if (secret.length >= secretBytes.min && secret.length <= secretBytes.max) return secret;
    throw coreErrors.MOR_CONFIG(
      `webhook: a secret in ${variable} has ${secret.length} bytes, not 24 to 64 in base64`,
      { fix: 'Make one: echo "whsec_$(openssl rand -base64 32)"' },
    );
  });
}

function targetOf({ name }: Subscription, options: WebhookOptions): Target {
  const subject = `webhook ${name}`;
  return {
    subject,
    url: checkWebhookUrl(options.url, options.allowPrivate === true, subject),
    secrets: webhookSecrets(process.env[options.secretFrom], options.secretFrom),
    options,
  };
}

async function bodyOf(
  { options }: Target,
  envelope: EventEnvelope,
): Promise<{ type: string; text: string }> {
  if (options.format === "cloudevents") {
    const { headers, body } = await cloudEventMessage(envelope, "structured");
    return { type: headers["content-type"] ?? "application/cloudevents+json", text: body };
  }
  const { data } = openDetail(envelope.detail);
  const { "detail-type": type, time: timestamp } = envelope;
  return { type: "application/json", text: JSON.stringify({ type, timestamp, data }) };
}

/**
 * Posts and resolves with the status; the answer's body is not read. Redirects are not followed.
 */
function post(
  target: Target,
  headers: Readonly<Record<string, string>>,
  body: string,
  signal: AbortSignal,
): Promise<number> {
  const { url, options, subject } = target;
  const send = url.protocol === "https:" ? httpsRequest : httpRequest;
  const lookup = options.allowPrivate === true ? {} : { lookup: publicLookup(subject) };
  const settings: RequestOptions = { method: "POST", headers, signal, agent: false, ...lookup };
  return new Promise((resolve, reject) => {
    const sent = send(url, settings, (answer: IncomingMessage) => {
      answer.destroy();
      resolve(answer.statusCode ?? 0);
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

/** A signal that aborts with the call's own, and when the time is over. */
function deadline(
  clock: Clock,
  timeoutMs: number,
  signal: AbortSignal,
): { signal: AbortSignal; end(): void } {
  const timer = new AbortController();
  const cancel = clock.after(timeoutMs, () => timer.abort());
  return { signal: AbortSignal.any([timer.signal, signal]), end: cancel };
}

async function deliver(
  { host }: SubscriberContext,
  target: Target,
  { id, envelope }: Delivered,
  signal: AbortSignal,
): Promise<void> {
  const { subject, secrets, options } = target;
  if (envelope === undefined)
    throw coreErrors.MOR_INTERNAL(`${subject}: event ${id} has no envelope`);
  const { type, text } = await bodyOf(target, envelope);
  const timestamp = Math.floor(host.clock.now() / 1000);
  const limit = deadline(host.clock, options.timeoutMs ?? timeoutDefaultMs, signal);
  const headers = {
    "content-type": type,
    "content-length": String(Buffer.byteLength(text)),
    "user-agent": "Morning-Webhook/1",
    "webhook-id": id,
    "webhook-timestamp": String(timestamp),
    "webhook-signature": webhookSignature(secrets, id, timestamp, text),
  };
  let status: number;
  try {
    status = await post(target, headers, text, limit.signal);
  } catch (cause) {
    const reason = (cause as Error).message;
    throw eventErrors.MOR_EVENT_WEBHOOK_FAILED(`${subject}: ${reason}`, { cause });
  } finally {
    limit.end();
  }
  if (status >= 200 && status < 300) return;
  throw eventErrors.MOR_EVENT_WEBHOOK_FAILED(`${subject}: the receiver answered ${status}`, {
    details: { status },
  });
}

/**
 * Starts to deliver the webhooks of an app.
 * @throws MOR_CONFIG when a secret is missing, MOR_EVENT_WEBHOOK_ADDRESS
 */
export function startWebhooks(
  context: SubscriberContext,
  subscriptions: readonly Subscription[],
): readonly Receiving[] {
  const ready = subscriptions.flatMap((subscription) => {
    const { webhook } = subscription;
    return webhook === undefined ? [] : [{ subscription, target: targetOf(subscription, webhook) }];
  });
  return ready.map(({ subscription, target }) =>
    consumeSubscription(
      context,
      subscription,
      target.options.concurrency,
      (delivered, _info, call) => deliver(context, target, delivered, call.signal),
    ),
  );
}
