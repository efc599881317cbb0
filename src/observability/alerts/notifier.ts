import { z } from "zod";
import type { Notifier } from "../../core/capabilities/notifier.ts";
import type { Clock } from "../../core/clock.ts";
import { coreErrors } from "../../core/errors.ts";
import { checkName } from "../../core/resource.ts";
import type { Resource } from "../../core/resource.ts";
import { mailNotifier } from "./mail.ts";
import { webhookNotifier } from "./webhook.ts";

/** A way by which people are told of alerts, as data; secrets are named, not held. */
export type NotifierSpec =
  | {
      readonly type: "webhook";
      readonly url: string;
      /** Environment variable with the signing secrets: `whsec_` and base64. */
      readonly secretFrom: string;
      /** Allows http and addresses that are not public. */
      readonly allowPrivate?: boolean | undefined;
    }
  | {
      readonly type: "mail";
      readonly from: string;
      readonly to: readonly string[];
      /** Environment variable with the server: `smtps://user:password@mail.example.com:465`. */
      readonly serverFrom: string;
    };

const variable = z.string().regex(/^[A-Z][A-Z0-9_]{0,99}$/);

/** A notifier as JSON. */
export const NotifierForm: z.ZodType<NotifierSpec, NotifierSpec> = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("webhook"),
    url: z.string().max(2000),
    secretFrom: variable,
    allowPrivate: z.boolean().optional(),
  }),
  z.strictObject({
    type: z.literal("mail"),
    from: z.string().min(3).max(320),
    to: z.array(z.string().min(3).max(320)).min(1).max(50),
    serverFrom: variable,
  }),
]);

/** A notifier of the app's code. */
export interface NotifierResource extends Resource<"notifier"> {
  readonly spec: NotifierSpec;
}

/**
 * Declares a way by which people are told of alerts; a service lists it in `owns`, alerts name it
 * in `notify`.
 * @example
 * export const onCall = notifier("on-call", {
 *   type: "webhook",
 *   url: "https://pager.example.com/morning",
 *   secretFrom: "PAGER_SECRET",
 * });
 * @throws MOR_NAME, MOR_DECLARATION
 */
export function notifier(name: string, spec: NotifierSpec): NotifierResource {
  checkName("notifier", name);
  const parsed = NotifierForm.safeParse(spec);
  if (!parsed.success || name === "console") {
    const why = parsed.success ? "the name is taken" : (parsed.error.issues[0]?.message ?? "");
    throw coreErrors.MOR_DECLARATION(`notifier ${name}: ${why}`);
  }
  return Object.freeze({ kind: "notifier", name, watches: true, spec: parsed.data });
}

/** Opens a declared notifier. @throws MOR_CONFIG, MOR_EVENT_WEBHOOK_ADDRESS */
export function openNotifier(
  { name, spec }: NotifierResource,
  clock: Clock,
  environment: Readonly<Record<string, string | undefined>>,
): Notifier {
  return spec.type === "webhook"
    ? webhookNotifier({ name, ...spec }, clock, environment)
    : mailNotifier({ name, ...spec }, environment);
}

/** The notifier that is always there: what it is given stands in the log of notifications. */
export const consoleNotifier: Notifier = { name: "console", send: async () => {} };
