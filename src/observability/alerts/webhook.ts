import { request as httpRequest } from "node:http";
import type { IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import type { Clock } from "../../core/clock.ts";
import type { Notification, Notifier } from "../../core/capabilities/notifier.ts";
import { checkWebhookUrl, publicLookup } from "../../messaging/event/webhook-address.ts";
import { webhookSecrets, webhookSignature } from "../../messaging/event/webhooks.ts";
import { alertErrors } from "./errors.ts";

/** Where a webhook of alerts goes. */
export interface WebhookSettings {
  readonly name: string;
  readonly url: string;
  /** Environment variable with the signing secrets: `whsec_` and base64. */
  readonly secretFrom: string;
  /** Allows http and addresses that are not public. */
  readonly allowPrivate?: boolean | undefined;
}

type Posted = { readonly status: number };

function post(
  url: URL,
  options: { readonly subject: string; readonly allowPrivate: boolean },
  headers: Readonly<Record<string, string>>,
  body: string,
  signal: AbortSignal,
): Promise<Posted> {
  const send = url.protocol === "https:" ? httpsRequest : httpRequest;
  const lookup = options.allowPrivate ? {} : { lookup: publicLookup(options.subject) };
  return new Promise((resolve, reject) => {
    const settings = { method: "POST", headers, signal, agent: false as const, ...lookup };
    const sent = send(url, settings, (answer: IncomingMessage) => {
      answer.destroy();
      resolve({ status: answer.statusCode ?? 0 });
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

/**
 * A notifier that posts JSON, signed as Standard Webhooks says: `webhook-id` is the notification's
 * id, the same over every attempt. Addresses that are not public are refused when it is made and
 * again when the name is looked up.
 * @throws MOR_CONFIG when the secret is missing, MOR_EVENT_WEBHOOK_ADDRESS
 */
export function webhookNotifier(
  settings: WebhookSettings,
  clock: Clock,
  environment: Readonly<Record<string, string | undefined>>,
): Notifier {
  const { name, secretFrom, allowPrivate = false } = settings;
  const subject = `notifier ${name}`;
  const url = checkWebhookUrl(settings.url, allowPrivate, subject);
  const secrets = webhookSecrets(environment[secretFrom], secretFrom);
  return {
    name,
    async send(notification: Notification, signal: AbortSignal) {
      const at = Math.floor(clock.now() / 1000);
      const { id, atMs } = notification;
      const timestamp = new Date(atMs).toISOString();
      const type = `alert.${notification.kind}`;
      const body = JSON.stringify({ type, timestamp, data: notification });
      const headers = {
        "content-type": "application/json",
        "content-length": String(Buffer.byteLength(body)),
        "user-agent": "Morning-Webhook/1",
        "webhook-id": id,
        "webhook-timestamp": String(at),
        "webhook-signature": webhookSignature(secrets, id, at, body),
      };
      let answer: Posted;
      try {
        answer = await post(url, { subject, allowPrivate }, headers, body, signal);
      } catch (cause) {
        const reason = (cause as Error).message;
        throw alertErrors.MOR_ALERT_NOT_TOLD(`${subject}: ${reason}`, { cause });
      }
      if (answer.status >= 200 && answer.status < 300) return;
      throw alertErrors.MOR_ALERT_NOT_TOLD(`${subject}: the receiver answered ${answer.status}`);
    },
  };
}
