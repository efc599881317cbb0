import type { Statement } from "../../../../core/store.ts";
import { placeholders } from "../../../../engines/sql.ts";
import { envelopeTime, eventBytesMax } from "../../driver.ts";
import type { EventEntry, EventEnvelope, PublishResult } from "../../driver.ts";
import { eventErrors } from "../../errors.ts";
import { checkEntry, detailOf, refused } from "../entry.ts";
import { addDelivery, deliveryWriting } from "./deliveries.ts";
import type { Deliveries, Outgoing, Writing } from "./deliveries.ts";
import type { Engine } from "./engine.ts";
import type { Rule } from "./rules.ts";
import { trimStatement } from "./log.ts";

/** Bytes of events in one write: what waits for the writer stays bounded. */
const writeBytesMax = 8 * 2 ** 20;
const writeEventsMax = 1000;
/** Writes between two that also remove what the log no longer keeps. */
const trimEvery = 64;

const insertSql = `insert into event_log
  (id, type, source, at, published, bytes, envelope, delivered)
  values (?, ?, ?, ?, ?, ?, ?, ?)`;
const totalSql = `insert into event_total (type, count) values (?, ?)
  on conflict (type) do update set count = event_total.count + excluded.count`;

/** An entry that was accepted: its envelope, and who gets it. */
interface Accepted extends Outgoing {
  readonly entry: EventEntry;
  readonly atMs: number;
  readonly bytes: number;
  readonly rules: readonly Rule[];
}

/** Publishes through one store. */
export interface Publishing {
  publish(entries: readonly EventEntry[]): Promise<readonly PublishResult[]>;
  statements(entries: readonly EventEntry[]): Promise<Writing>;
}

/** JSON text of an envelope; the detail's text is at hand and need not be made again. */
function envelopeText(whole: EventEnvelope, detail: string): string {
  const { detail: _, ...envelope } = whole;
  return `${JSON.stringify(envelope).slice(0, -1)},"detail":${detail}}`;
}

function accept({ host, rules }: Engine, entry: EventEntry): Accepted {
  checkEntry(entry);
  const publishedAtMs = host.clock.now();
  const atMs = Math.floor(entry.atMs ?? publishedAtMs);
  const envelope: EventEnvelope = {
    version: "0",
    id: host.ids.uuid(),
    "detail-type": entry.type,
    source: entry.source,
    account: "000000000000",
    time: envelopeTime(atMs),
    region: "local",
    resources: entry.resources ?? [],
    detail: detailOf(entry),
  };
  const text = envelopeText(envelope, entry.detail);
  const bytes = Buffer.byteLength(text);
  if (bytes > eventBytesMax) {
    throw eventErrors.MOR_EVENT_TOO_LARGE(
      `event ${entry.type}: ${bytes} bytes with its envelope, at most ${eventBytesMax}`,
    );
  }
  return { entry, envelope, text, bytes, atMs, publishedAtMs, rules: rules.match(envelope) };
}

function logStatements(engine: Engine, events: readonly Accepted[]): Statement[] {
  const { dialect } = engine.store;
  const totals = new Map<string, number>();
  for (const { entry } of events) totals.set(entry.type, (totals.get(entry.type) ?? 0) + 1);
  const rows = events.map(({ envelope, entry, atMs, publishedAtMs, bytes, text, rules }) => [
    envelope.id,
    entry.type,
    entry.source,
    atMs,
    publishedAtMs,
    bytes,
    text,
    JSON.stringify(rules.map(({ spec }) => spec.name)),
  ]);
  return [
    { sql: placeholders(dialect, insertSql), each: rows },
    { sql: placeholders(dialect, totalSql), each: [...totals] },
  ];
}

/** The write of accepted events: the log and every delivery, all or nothing. */
async function writingOf(engine: Engine, events: readonly Accepted[]): Promise<Writing> {
  const deliveries: Deliveries = new Map();
  for (const event of events) {
    for (const rule of event.rules) addDelivery(deliveries, rule, event);
  }
  const { statements, wake } = await deliveryWriting(engine, deliveries);
  return { statements: [...logStatements(engine, events), ...statements], wake };
}

/** Cuts events into writes of bounded size. */
function chunksOf(events: readonly Accepted[]): Accepted[][] {
  const chunks: Accepted[][] = [];
  let bytes = Infinity;
  for (const event of events) {
    const last = chunks.at(-1);
    if (
      last === undefined ||
      bytes + event.bytes > writeBytesMax ||
      last.length >= writeEventsMax
    ) {
      chunks.push([event]);
      bytes = event.bytes;
    } else {
      last.push(event);
      bytes += event.bytes;
    }
  }
  return chunks;
}

/** Makes the publishing of one engine. */
export function makePublishing(engine: Engine): Publishing {
  let writes = 0;
  const write = async (events: readonly Accepted[]): Promise<void> => {
    const { statements, wake } = await writingOf(engine, events);
    const trim = writes++ % trimEvery === 0 ? [trimStatement(engine)] : [];
    await engine.store.write({ statements: [...statements, ...trim], wake });
  };
  return {
    async publish(entries) {
      const accepted: Accepted[] = [];
      const results = entries.map((entry): PublishResult => {
        try {
          const event = accept(engine, entry);
          for (const rule of event.rules) if (rule.input) addDelivery(new Map(), rule, event);
          accepted.push(event);
          return { id: event.envelope.id };
        } catch (error) {
          return refused(error);
        }
      });
      for (const events of chunksOf(accepted)) await write(events);
      return results;
    },
    statements: (entries) =>
      writingOf(
        engine,
        entries.map((entry) => accept(engine, entry)),
      ),
  };
}
