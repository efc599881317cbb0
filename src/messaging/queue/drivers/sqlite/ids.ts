import { queueErrors } from "../../errors.ts";

/** Deliveries of a message that a receipt tells apart: receives modulo this. */
const receiveSpan = 4096;

/** What a receipt says. */
export interface Receipt {
  readonly seq: number;
  readonly receives: number;
  /** When this delivery was received: its visibility ends 12 hours later at the latest. */
  readonly atMs: number;
  /** FIFO: the message's group, which the delivery locks. */
  readonly group?: string;
}

/** `seq` and receive count in one integer, as the delete statement takes them apart. */
export function deliveryKey(receipt: Receipt): number {
  return receipt.seq * receiveSpan + (receipt.receives % receiveSpan);
}

/** Writes a receipt. */
export function receiptText({ seq, receives, atMs, group }: Receipt): string {
  const text = `${seq.toString(36)}.${receives.toString(36)}.${atMs.toString(36)}`;
  return group === undefined ? text : `${text}.${Buffer.from(group).toString("base64url")}`;
}

const receiptForm = /^([0-9a-z]{1,9})\.([0-9a-z]{1,6})\.([0-9a-z]{1,10})(?:\.([\w-]{1,172}))?$/;

/** @throws MOR_QUEUE_RECEIPT when `text` is no receipt of this driver */
export function receiptOf(queue: string, text: string): Receipt {
  const match = receiptForm.exec(text);
  if (match === null) {
    throw queueErrors.MOR_QUEUE_RECEIPT(
      `queue ${queue}: ${JSON.stringify(text.slice(0, 60))} is no receipt`,
    );
  }
  const [, seq = "", receives = "", at = "", group] = match;
  return {
    seq: Number.parseInt(seq, 36),
    receives: Number.parseInt(receives, 36),
    atMs: Number.parseInt(at, 36),
    ...(group === undefined ? {} : { group: Buffer.from(group, "base64url").toString() }),
  };
}

/** Multiplier of Knuth's multiplicative hash. */
const spread = 0x9e3779b1;

/**
 * Message ids: UUIDv7 (RFC 9562) of the send time whose low 53 bits are the message's number, so
 * that finding a
 * message by id needs no index of its own. The 21 bits between are a hash with the store's salt.
 */
export interface MessageIds {
  idOf(seq: number, sentAtMs: number): string;
  /** The number and send time in `id`; undefined when it is no id of this store. */
  parse(id: string): { readonly seq: number; readonly sentAtMs: number } | undefined;
}

/** Makes the ids of a store with the given salt of 21 bits. */
export function makeMessageIds(salt: number): MessageIds {
  const idOf: MessageIds["idOf"] = (seq, sentAtMs) => {
    const tag = (Math.imul(seq, spread) >>> 11) ^ salt;
    const time = sentAtMs.toString(16).padStart(12, "0");
    const first = (tag >>> 9).toString(16).padStart(3, "0");
    // Variant bits 10, then 9 bits of the tag, then 53 bits of the number, are the last 64 bits.
    const high = (2 ** 31 + (tag & 0x1ff) * 2 ** 21 + Math.floor(seq / 2 ** 32)).toString(16);
    const low = (seq % 2 ** 32).toString(16).padStart(8, "0");
    const start = `${time.slice(0, 8)}-${time.slice(8)}-7${first}`;
    return `${start}-${high.slice(0, 4)}-${high.slice(4)}${low}`;
  };
  return {
    idOf,
    parse(id) {
      if (!/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id)) return;
      const digits = id.replaceAll("-", "");
      const sentAtMs = Number.parseInt(digits.slice(0, 12), 16);
      const high = Number.parseInt(digits.slice(16, 24), 16) % 2 ** 21;
      const seq = high * 2 ** 32 + Number.parseInt(digits.slice(24), 16);
      return idOf(seq, sentAtMs) === id ? { seq, sentAtMs } : undefined;
    },
  };
}

/** A FIFO sequence number: 20 digits as on SQS, so that text order is number order. */
export function sequenceText(seq: number): string {
  return String(seq).padStart(20, "0");
}
