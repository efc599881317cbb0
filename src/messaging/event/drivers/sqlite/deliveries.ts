import type { InternalMessage } from "../../../../core/capabilities/queueing.ts";
import type { Statement } from "../../../../core/store.ts";
import { eventBytesMax, openDetail } from "../../driver.ts";
import type { EventEnvelope } from "../../driver.ts";
import { eventErrors } from "../../errors.ts";
import type { Engine } from "./engine.ts";
import type { Rule } from "./rules.ts";

/** The outbox's kind for deliveries to queues that do not live in the store. */
export const deliveryKind = "event-delivery";

/** An event on its way, with its text. */
export interface Outgoing {
  readonly envelope: EventEnvelope;
  readonly text: string;
  readonly publishedAtMs: number;
}

/** Statements, and the channels to wake after them. */
export interface Writing {
  readonly statements: readonly Statement[];
  readonly wake: readonly string[];
}

/**
 * The attribute with the trace of the publisher, in the form that queues have. Without it the queue
 * would take the context of whoever happens to write: events of many publishers share a write. The
 * whole is in the reserved member.
 */
function attributesOf(envelope: EventEnvelope): Readonly<Record<string, string>> {
  const { traceparent } = openDetail(envelope.detail).reserved;
  return { morning: JSON.stringify(traceparent === undefined ? {} : { traceparent }) };
}

/** The text that a subscription's queue gets: the envelope, or what its transformer makes of it. */
export function bodyFor(rule: Rule, { envelope, text, publishedAtMs }: Outgoing): string {
  if (rule.input === undefined) return text;
  const { ruleName, ruleArn } = rule;
  const input = rule.input(envelope, { ruleName, ruleArn, ingestedAtMs: publishedAtMs });
  const reserved = JSON.stringify(openDetail(envelope.detail).reserved);
  const body = `{"id":${JSON.stringify(envelope.id)},"_morning":${reserved},"input":${input}}`;
  if (Buffer.byteLength(body) <= eventBytesMax) return body;
  throw eventErrors.MOR_EVENT_TOO_LARGE(
    `subscription ${rule.spec.name}: the transformed event is over ${eventBytesMax} bytes`,
  );
}

/** Messages by queue, in the order in which they were added. */
export type Deliveries = Map<string, InternalMessage[]>;

/** Adds one event for one subscription. @throws MOR_EVENT_TOO_LARGE */
export function addDelivery(deliveries: Deliveries, rule: Rule, outgoing: Outgoing): void {
  const message = { body: bodyFor(rule, outgoing), attributes: attributesOf(outgoing.envelope) };
  const known = deliveries.get(rule.spec.queue);
  if (known === undefined) deliveries.set(rule.spec.queue, [message]);
  else known.push(message);
}

/**
 * The statements that put deliveries on their queues: at once, or after the commit by the outbox.
 */
export async function deliveryWriting(engine: Engine, deliveries: Deliveries): Promise<Writing> {
  const statements: Statement[] = [];
  const wake = new Set<string>();
  const add = (writing: Writing): void => {
    statements.push(...writing.statements);
    for (const channel of writing.wake) wake.add(channel);
  };
  for (const [queue, messages] of deliveries) {
    if (engine.queueing.transactional) add(await engine.queueing.statements(queue, messages));
    else {
      const target = { kind: deliveryKind, name: queue };
      for (const one of messages) add(engine.outbox().statements(target, JSON.stringify(one)));
    }
  }
  return { statements, wake: [...wake] };
}

/** Every channel that a delivery to one of the rules may have to wake. */
export async function wakeOf(engine: Engine): Promise<readonly string[]> {
  const { queueing } = engine;
  if (!queueing.transactional) {
    return engine.outbox().statements({ kind: deliveryKind, name: "" }, "null").wake;
  }
  const all = await Promise.all(
    engine.rules.list.map(({ spec }) => queueing.statements(spec.queue, [])),
  );
  return [...new Set(all.flatMap(({ wake }) => wake))];
}
