import type { SqlValue, Statement } from "../../../../core/store.ts";
import type { ReceivedMessage, SendEntry } from "../../driver.ts";
import type { Engine } from "./engine.ts";
import { receiptText, sequenceText } from "./ids.ts";

/** Longer payloads, in characters, lie in a table of their own. */
const inlineMax = 4096;

const insertSql = `insert into queue_message (seq, queue, priority, rank, visible_at, sent_at,
  expires_at,
  group_name, dedup, body, attributes) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
const payloadSql = `insert into queue_payload (seq, body, attributes) values (?, ?, ?)`;

/** A message to insert. */
export interface NewMessage {
  readonly seq: number;
  readonly queue: number;
  /** Null on FIFO. */
  readonly rank: number | null;
  readonly visibleAtMs: number | null;
  readonly sentAtMs: number;
  readonly expiresAtMs: number;
  readonly dedup: string | null;
  readonly entry: SendEntry;
}

/** The statements that insert messages. */
export function insertStatements(messages: readonly NewMessage[]): Statement[] {
  const rows: SqlValue[][] = [];
  const payloads: SqlValue[][] = [];
  for (const message of messages) {
    const { seq, entry } = message;
    const attributes = entry.attributes ? JSON.stringify(entry.attributes) : null;
    const large = entry.body.length + (attributes?.length ?? 0) > inlineMax;
    if (large) payloads.push([seq, entry.body, attributes]);
    rows.push([
      seq,
      message.queue,
      -(entry.priority ?? 0),
      message.rank,
      message.visibleAtMs,
      message.sentAtMs,
      message.expiresAtMs,
      entry.group ?? null,
      message.dedup,
      large ? null : entry.body,
      large ? null : attributes,
    ]);
  }
  const statements: Statement[] = [{ sql: insertSql, each: rows }];
  if (payloads.length > 0) statements.push({ sql: payloadSql, each: payloads });
  return statements;
}

/** Columns that a delivery needs, in the order of {@link delivered}. */
export const deliveryColumns = `seq, receives, sent_at, first_at, expires_at, group_name,
  dedup, body,
  attributes, priority, rank`;

/** A row of {@link deliveryColumns}. */
export interface Delivered {
  readonly seq: number;
  readonly receives: number;
  readonly sentAtMs: number;
  readonly firstAtMs: number;
  readonly expiresAtMs: number;
  readonly group: string | undefined;
  readonly dedup: string | undefined;
  /** Null: the payload lies in its own table. */
  readonly body: string | null;
  readonly attributes: string | null;
  readonly priority: number;
  readonly rank: number;
}

/** Reads one row of {@link deliveryColumns}. */
export function delivered(values: readonly SqlValue[]): Delivered {
  return {
    seq: values[0] as number,
    receives: values[1] as number,
    sentAtMs: values[2] as number,
    firstAtMs: values[3] as number,
    expiresAtMs: values[4] as number,
    group: (values[5] as string | null) ?? undefined,
    dedup: (values[6] as string | null) ?? undefined,
    body: values[7] as string | null,
    attributes: values[8] as string | null,
    priority: values[9] as number,
    rank: values[10] as number,
  };
}

const none: Readonly<Record<string, string>> = Object.freeze({});

/** A message's body and attributes, wherever they lie; undefined when the message is gone. */
export async function payloadOf(
  engine: Engine,
  row: Pick<Delivered, "seq" | "body" | "attributes">,
): Promise<Pick<ReceivedMessage, "body" | "attributes"> | undefined> {
  let { body, attributes } = row;
  if (body === null) {
    const sql = "select body, attributes from queue_payload where seq = ?";
    const [found] = await engine.store.read(sql, [row.seq]);
    if (found === undefined) return undefined;
    body = found["body"] as string;
    attributes = found["attributes"] as string | null;
  }
  return { body, attributes: attributesOf(attributes) };
}

/** Attributes of their JSON. */
export function attributesOf(text: string | null): Readonly<Record<string, string>> {
  return text === null ? none : (JSON.parse(text) as Record<string, string>);
}

/** The message that a receiver gets. */
export function receivedMessage(
  engine: Engine,
  row: Delivered,
  payload: Pick<ReceivedMessage, "body" | "attributes">,
  atMs: number,
  fifo: boolean,
): ReceivedMessage {
  const { seq, receives, group } = row;
  const lock = fifo && group !== undefined ? { group } : {};
  return {
    id: engine.ids.idOf(seq, row.sentAtMs),
    receipt: receiptText({ seq, receives, atMs, ...lock }),
    body: payload.body,
    attributes: payload.attributes,
    receiveCount: receives,
    sentAtMs: row.sentAtMs,
    firstReceivedAtMs: row.firstAtMs,
    ...(group === undefined ? {} : { group }),
    ...(row.dedup === undefined ? {} : { deduplicationId: row.dedup }),
    ...(fifo ? { sequence: sequenceText(seq) } : {}),
  };
}

/** Messages with their payloads; what vanished meanwhile is left out. */
export async function receivedMessages(
  engine: Engine,
  rows: readonly Delivered[],
  atMs: number,
  fifo: boolean,
): Promise<ReceivedMessage[]> {
  const messages: ReceivedMessage[] = [];
  for (const row of rows) {
    const inline =
      row.body === null ? undefined : { body: row.body, attributes: attributesOf(row.attributes) };
    const payload = inline ?? (await payloadOf(engine, row));
    if (payload) messages.push(receivedMessage(engine, row, payload, atMs, fifo));
  }
  return messages;
}

/**
 * Deletes deliveries that are still their message's latest and answers their keys. One JSON text
 * instead of many bound rows: the numbers
 * are those of `deliveryKey`.
 */
export const deleteSql = `delete from queue_message where seq in (
    select m.seq from json_each(?1) j cross join queue_message m on m.seq = (j.value >> 12)
    where m.queue = ?2 and (m.receives & 4095) = (j.value & 4095) and m.receives > 0)
  returning seq * 4096 + (receives & 4095), visible_at`;

/** Moves dead letters; parameters: queue, rank, end of retention, origin; seq, queue, receives. */
export const deadLetterSql = `update queue_message
  set queue = ?, rank = ?, priority = 0, visible_at = null,
    receives = 0, first_at = null, expires_at = ?, origin = ?
  where seq = ? and queue = ? and receives = ? and visible_at is not null
  returning seq`;
