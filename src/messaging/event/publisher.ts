import type { Outbox } from "../../core/capabilities/outbox.ts";
import type { Host } from "../../core/host.ts";
import { currentContext } from "../../core/context.ts";
import type { Context } from "../../core/context.ts";
import { validate } from "../../core/schema.ts";
import type { Statement } from "../../core/store.ts";
import { contextAt, withLeaf } from "../../core/tracing.ts";
import type { Span } from "../../core/tracing.ts";
import { transactional } from "../../core/transaction.ts";
import { producerForm } from "../spans.ts";
import type { EventDriver, EventEntry } from "./driver.ts";
import { sealDetail } from "./envelope.ts";
import type { Reserved } from "./envelope.ts";
import type { Event, Publisher, PublishOptions } from "./event.ts";
import type { Publishing } from "./publishing.ts";

/** The outbox's kind for events of drivers that do not live in the store. */
export const outboxKind = "event";

/** What publishers work with. */
export interface PublisherContext {
  readonly host: Host;
  readonly driver: EventDriver;
  readonly publishing: Publishing;
  readonly outbox: () => Outbox;
  /** Channels to wake after a commit that holds events. */
  readonly wake: () => readonly string[];
}

/** What a publish is told beside the data. */
type EntryOptions = PublishOptions & Pick<Reserved, "cloudevent">;

/** The entry of one event, validated. */
function entryOf(
  event: Event,
  source: string,
  value: unknown,
  options: EntryOptions,
  context: Context | undefined,
): EventEntry {
  const { atMs, resources, cloudevent } = options;
  const more = {
    ...(event.version === 1 ? {} : { version: event.version }),
    ...(cloudevent === undefined ? {} : { cloudevent }),
  };
  const detail = sealDetail(value, `event ${event.name}`, more, context);
  return {
    type: event.name,
    source,
    detail,
    ...(atMs === undefined ? {} : { atMs }),
    ...(resources === undefined ? {} : { resources }),
  };
}

/**
 * Checks data and makes its entry; a promise only if the schema is asynchronous.
 * @param span where the event comes from; the work under way if left out
 */
export function validEntry(
  event: Event,
  source: string,
  data: unknown,
  options: EntryOptions = {},
  span?: Span,
): EventEntry | Promise<EventEntry> {
  const current = currentContext();
  const context = span === undefined ? current : contextAt(span, current);
  const value = validate(event.data, data, `data of event ${event.name}`);
  return value instanceof Promise
    ? value.then((checked) => entryOf(event, source, checked, options, context))
    : entryOf(event, source, value, options, context);
}

async function statementsOf(
  { driver, outbox }: PublisherContext,
  entry: EventEntry | Promise<EventEntry>,
): Promise<readonly Statement[]> {
  const ready = await entry;
  if (driver.features.transactional) return (await driver.statements([ready])).statements;
  const target = { kind: outboxKind, name: ready.type };
  return outbox().statements(target, JSON.stringify(ready)).statements;
}

/** The publisher of one event for one service. */
export function makePublisher(
  context: PublisherContext,
  event: Event,
  service: string,
): Publisher<unknown> {
  const { host } = context;
  const source = `${host.app.name}.${service}`;
  const labels = { event: event.name, service };
  const counted = (): void => host.metrics.count("morning_event_published_total", labels);
  const tracer = host.tracing.tracerFor(service);
  const form = producerForm(host, { kind: "event", name: event.name, operation: "publish" });
  return {
    publish: (data, options) =>
      withLeaf(tracer, form, async (span) => {
        const entry = await validEntry(event, source, data, options, span);
        const answer = await context.publishing.one(entry);
        span?.setAttribute("messaging.message.id", answer.id);
        counted();
        return answer;
      }),
    [transactional]: (writes) => ({
      publish(data, options) {
        const entry = validEntry(event, source, data, options, writes.span?.(form));
        writes.add(statementsOf(context, entry), context.wake());
        writes.committed(counted);
      },
    }),
  };
}
