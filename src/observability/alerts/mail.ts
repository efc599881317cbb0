import { createTransport } from "nodemailer";
import type { Notifier } from "../../core/capabilities/notifier.ts";
import { coreErrors } from "../../core/errors.ts";
import { alertErrors } from "./errors.ts";
import { subjectOf, textOf } from "./text.ts";

/** Whom mails of alerts go to, and by which server. */
export interface MailSettings {
  readonly name: string;
  readonly from: string;
  readonly to: readonly string[];
  /** Environment variable with the server: `smtps://user:password@mail.example.com:465`. */
  readonly serverFrom: string;
}

const timeoutMs = 15_000;

function transportOf(name: string, server: string | undefined, variable: string) {
  if (
    server === undefined ||
    !URL.canParse(server) ||
    !/^smtps?:$/.test(new URL(server).protocol)
  ) {
    throw coreErrors.MOR_CONFIG(`notifier ${name}: ${variable} is no smtp:// or smtps:// address`);
  }
  return createTransport({
    url: server,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    // What a mail holds is text of ours: nothing is read from files or addresses.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
}

/**
 * A notifier that mails plain text. Every attempt of a notification has the same `Message-ID`;
 * what is told of one group is one thread.
 * @throws MOR_CONFIG when the server's address is missing
 */
export function mailNotifier(
  settings: MailSettings,
  environment: Readonly<Record<string, string | undefined>>,
): Notifier {
  const { name, from, to, serverFrom } = settings;
  const transport = transportOf(name, environment[serverFrom], serverFrom);
  return {
    name,
    async send(notification) {
      const [first] = notification.alerts;
      const thread = first === undefined ? notification.id : first.firingId;
      try {
        await transport.sendMail({
          from,
          to: [...to],
          subject: subjectOf(notification),
          text: textOf(notification),
          messageId: `<${notification.id}@alerts.morning>`,
          references: [`<${thread}@alerts.morning>`],
          headers: { "Auto-Submitted": "auto-generated", "X-Morning-Kind": notification.kind },
        });
      } catch (cause) {
        const reason = (cause as Error).message;
        throw alertErrors.MOR_ALERT_NOT_TOLD(`notifier ${name}: ${reason}`, { cause });
      }
    },
  };
}
