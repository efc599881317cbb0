import { coreErrors } from "../../core/errors.ts";
import { checkName } from "../../core/resource.ts";
import type { Capability } from "../../core/resource.ts";
import { heldBy } from "../../core/service.ts";
import type { App } from "../../core/service.ts";
import type { SubscriptionSpec } from "./driver.ts";
import type { Event, SubscriberOptions, WebhookOptions } from "./event.ts";
import { compileInput } from "./input.ts";
import { parsePattern } from "./pattern/index.ts";

/** A subscription of the app: who gets which events, through which queue. */
export interface Subscription {
  /** `orders.payment.succeeded`, and the name that the subscriber gave if any. */
  readonly name: string;
  readonly service: string;
  readonly event: Event;
  readonly capability: Capability;
  readonly spec: SubscriptionSpec;
  readonly attemptsMax: number;
  readonly ageMsMax: number;
  /** Set when the platform itself delivers, to an address outside. */
  readonly webhook?: WebhookOptions;
}

/** EventBridge: 185 retries and 24 hours; SQS keeps a message up to 14 days. */
const attemptsMaxMax = 186;
const ageMsMin = 60_000;
const ageMsMaxMax = 14 * 86_400_000;
const attemptsDefault = 10;
const ageMsDefault = 86_400_000;

function refuse(subject: string, reason: string): never {
  throw coreErrors.MOR_DECLARATION(`${subject}: ${reason}`);
}

function numberIn(
  subject: string,
  member: string,
  value: number,
  [min, max]: readonly [number, number],
): number {
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  return refuse(subject, `${member} is ${value}, not a whole number from ${min} to ${max}`);
}

function patternOf(
  subject: string,
  event: Event,
  options: SubscriberOptions,
): SubscriptionSpec["pattern"] {
  const { pattern = {} } = options;
  if ("detail-type" in pattern) {
    refuse(subject, "the pattern names detail-type, which the event itself decides");
  }
  const whole = { "detail-type": [event.name], ...pattern };
  parsePattern(whole);
  return whole;
}

/** The subscription that a capability held by `service` is. */
export function subscriptionOf(service: string, capability: Capability): Subscription {
  const event = capability.resource as Event;
  const options = capability.options as SubscriberOptions;
  const parts = [service, event.name, ...(options.name === undefined ? [] : [options.name])];
  if (options.name !== undefined) checkName("subscription", options.name);
  const name = parts.join(".");
  const subject = `subscription ${name}`;
  if (options.input !== undefined) compileInput(options.input, subject);
  return {
    name,
    service,
    event,
    capability,
    spec: {
      name,
      queue: `subscription.${name}`,
      pattern: patternOf(subject, event, options),
      ...(options.input === undefined ? {} : { input: options.input }),
    },
    attemptsMax: numberIn(subject, "attemptsMax", options.attemptsMax ?? attemptsDefault, [
      1,
      attemptsMaxMax,
    ]),
    ageMsMax: numberIn(subject, "ageMsMax", options.ageMsMax ?? ageMsDefault, [
      ageMsMin,
      ageMsMaxMax,
    ]),
    ...(capability.verb === "webhook"
      ? { webhook: capability.options as unknown as WebhookOptions }
      : {}),
  };
}

/** Whether a capability receives events. */
export function isSubscription(capability: Capability): boolean {
  const { resource, verb } = capability;
  return resource.kind === "event" && (verb === "subscribe" || verb === "webhook");
}

/**
 * Every subscription of an app, whichever process its service runs in.
 * @throws MOR_DECLARATION, MOR_EVENT_PATTERN_INVALID, MOR_EVENT_INPUT_INVALID
 */
export function subscriptionsOf(app: App): readonly Subscription[] {
  const found = new Map<string, Subscription>();
  for (const service of app.services) {
    for (const [, capability] of heldBy(service)) {
      if (!isSubscription(capability)) continue;
      const subscription = subscriptionOf(service.name, capability);
      const { name } = subscription;
      if (found.has(name)) {
        throw coreErrors.MOR_DECLARATION(`subscription ${name}: there are two of this name`, {
          fix: "Give the subscriber a `name` of its own.",
        });
      }
      found.set(name, subscription);
    }
  }
  return [...found.values()];
}
