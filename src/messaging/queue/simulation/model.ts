import type { QueueSpec, ReceivedMessage } from "../driver.ts";
import { queueLimits } from "../limits.ts";

/** What the model knows of one message. `maybe`: a crash or failure left it open. */
export interface Known {
  readonly body: string;
  readonly queue: string;
  readonly group: string | undefined;
  readonly dedup: string | undefined;
  /** The order in which sends were called. */
  readonly order: number;
  readonly sentMs: number;
  answeredMs: number;
  sent: "asked" | "yes" | "maybe" | "no";
  id: string | undefined;
  gone: "no" | "maybe" | "yes";
  /** Highest receive count seen. */
  receives: number;
  /** Receives that may have been committed and never heard of. */
  unheard: number;
  /** Nobody else may get it before this, unless it is released. */
  heldUntilMs: number;
  /** Calls that change when it comes again: only the latest says. */
  touched: number;
  dead: boolean;
}

/** Receives before a message of the simulation is dead. */
export const receivesMax = 3;

/** A broken guarantee. */
export class Broken extends Error {}

function assert(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Broken(what);
}

/** The reference: what the queues may and must do, kept as plain lists. */
export interface Model {
  readonly messages: ReadonlyMap<string, Known>;
  send(
    queue: QueueSpec,
    body: string,
    group: string | undefined,
    dedup: string | undefined,
    nowMs: number,
  ): Known;
  sent(known: Known, id: string, duplicate: boolean, nowMs: number): void;
  refused(known: Known): void;
  received(
    queue: QueueSpec,
    messages: readonly ReceivedMessage[],
    askedMs: number,
    nowMs: number,
  ): void;
  deleted(known: Known): void;
  /** Everything that should still be there, by now all of it received in the end. */
  end(crashes: number): void;
}

/**
 * Makes an empty model. Its times are those of a clock that is never set back; `setBackMs` says
 * by how much the
 * wall clock was: a process that starts after that waits so much longer.
 */
export function makeModel(setBackMs: () => number): Model {
  const messages = new Map<string, Known>();
  const firsts = new Map<string, Known[]>();
  let order = 0;

  const checkDuplicate = (known: Known, id: string): void => {
    const others = firsts.get(`${known.queue}/${known.dedup}`) ?? [];
    const first = others.find((one) => one.id === id && one !== known);
    const unheard = others.some((one) => one.sent === "maybe" || one.sent === "asked");
    assert(first !== undefined || unheard, `${known.body} answered as duplicate of nothing`);
    if (!first) return;
    const ageMs = known.sentMs - first.answeredMs;
    assert(
      ageMs <= queueLimits.deduplicationMs + 1000 + setBackMs(),
      `${known.body}: duplicate after ${ageMs} ms`,
    );
  };
  const checkFirst = (known: Known, nowMs: number): void => {
    if (known.dedup === undefined) return;
    const key = `${known.queue}/${known.dedup}`;
    for (const other of firsts.get(key) ?? []) {
      if (other === known || other.sent !== "yes" || other.order > known.order) continue;
      // The engine looked somewhere between the call and the answer.
      const ageMs = nowMs - other.sentMs;
      assert(ageMs > queueLimits.deduplicationMs - 1000, `${known.body} repeats ${other.body}`);
    }
  };
  /** Earlier messages of the group that must come first. */
  const checkOrder = (known: Known, batch: ReadonlySet<string>, nowMs: number): void => {
    for (const other of messages.values()) {
      if (other.queue !== known.queue || other.group !== known.group || other === known) continue;
      // One that may have been received often enough may be dead by now.
      const lives =
        other.gone === "no" && !other.dead && other.receives + other.unheard < receivesMax;
      if (other.order < known.order && other.sent === "yes" && lives) {
        assert(batch.has(other.body), `${known.body} came before ${other.body}`);
      }
      const locked = other.heldUntilMs > nowMs && other.gone === "no" && !other.dead;
      assert(!locked || batch.has(other.body), `${other.body} is in flight, ${known.body} came`);
    }
  };
  const checkOne = (
    queue: QueueSpec,
    message: ReceivedMessage,
    askedMs: number,
    nowMs: number,
  ): Known => {
    const known = messages.get(message.body);
    assert(known !== undefined, `${message.body} was never sent`);
    assert(known.sent !== "no", `${known.body} was refused and came`);
    assert(known.gone !== "yes", `${known.body} was deleted and came`);
    assert(
      known.id === undefined || known.sent !== "yes" || known.id === message.id,
      `${known.body}: another id`,
    );
    assert(
      known.heldUntilMs <= nowMs,
      `${known.body} came twice, held until ${known.heldUntilMs}, now ${nowMs}`,
    );
    if (queue.receivesMax === undefined) {
      const most = known.receives + known.unheard;
      const limit = known.dead ? 0 : receivesMax;
      assert(most >= limit, `${known.body} is a dead letter after ${most} receives`);
      known.dead = true;
    } else {
      assert(!known.dead, `${known.body} came back from the dead`);
      assert(message.receiveCount > known.receives, `${known.body}: count ${message.receiveCount}`);
      assert(
        message.receiveCount <= known.receives + known.unheard + 1,
        `${known.body}: count leapt to ${message.receiveCount}`,
      );
      assert(message.receiveCount <= queue.receivesMax, `${known.body}: count past the limit`);
      known.unheard = Math.max(0, known.unheard - (message.receiveCount - known.receives - 1));
      known.receives = message.receiveCount;
    }
    known.heldUntilMs = askedMs + queue.visibilityMs;
    return known;
  };
  return {
    messages,
    send(queue, body, group, dedup, nowMs) {
      const known: Known = {
        body,
        queue: queue.name,
        group,
        dedup,
        order: order++,
        sentMs: nowMs,
        answeredMs: nowMs,
        sent: "asked",
        id: undefined,
        gone: "no",
        receives: 0,
        unheard: 0,
        heldUntilMs: 0,
        touched: 0,
        dead: false,
      };
      messages.set(body, known);
      if (dedup !== undefined) {
        const key = `${queue.name}/${dedup}`;
        firsts.set(key, [...(firsts.get(key) ?? []), known]);
      }
      return known;
    },
    sent(known, id, duplicate, nowMs) {
      if (duplicate) {
        checkDuplicate(known, id);
        known.sent = "no";
        return;
      }
      checkFirst(known, nowMs);
      known.sent = "yes";
      known.answeredMs = nowMs;
      known.id = id;
    },
    refused(known) {
      assert(known.receives === 0, `${known.body} was received and then refused`);
      known.sent = "no";
    },
    received(queue, batch, askedMs, nowMs) {
      const before = new Set<string>();
      for (const message of batch) {
        const known = checkOne(queue, message, askedMs, nowMs);
        if (queue.fifo && queue.receivesMax !== undefined) checkOrder(known, before, nowMs);
        before.add(message.body);
      }
    },
    deleted(known) {
      known.gone = "yes";
    },
    end(crashes) {
      for (const known of messages.values()) {
        const must = known.sent === "yes" && known.gone === "no";
        assert(!must, `${known.body} was acknowledged and is lost (${crashes} crashes)`);
      }
    },
  };
}
