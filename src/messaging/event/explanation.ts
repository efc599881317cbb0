import { explain, parsePattern } from "./pattern/index.ts";
import type { Explanation } from "./pattern/index.ts";
import type { Subscription } from "./subscriptions.ts";

/** Why an event would reach each subscription, or not. Plain data. */
export interface EventExplanation {
  /** Names of the subscriptions that it reaches. */
  readonly delivered: readonly string[];
  /** Those of the event's own type first. */
  readonly subscriptions: readonly SubscriptionExplanation[];
}

/** Why one rule matched, or did not. */
export interface SubscriptionExplanation extends Explanation {
  readonly name: string;
  readonly service: string;
  readonly event: string;
  readonly pattern: Readonly<Record<string, unknown>>;
}

/** Says rule by rule why an event matches. */
export function explainEvent(
  subscriptions: readonly Subscription[],
  envelope: Readonly<Record<string, unknown>>,
): EventExplanation {
  const type = envelope["detail-type"];
  const explained = subscriptions.map(({ name, service, event, spec }) => ({
    name,
    service,
    event: event.name,
    pattern: spec.pattern,
    ...explain(parsePattern(spec.pattern), envelope),
  }));
  const own = explained.filter(({ event }) => event === type);
  const others = explained.filter(({ event }) => event !== type);
  return {
    delivered: explained.filter(({ matched }) => matched).map(({ name }) => name),
    subscriptions: [...own, ...others],
  };
}
