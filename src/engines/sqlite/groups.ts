import { coreErrors } from "../../core/errors.ts";
import type { MorningError } from "../../core/errors.ts";
import type { Cancel } from "../../core/clock.ts";
import type { StatementResult, Write } from "../../core/store.ts";
import { callSafely } from "../wakes.ts";
import { engineErrors } from "../errors.ts";
import { writeError } from "./failures.ts";
import type { FailureKind } from "./failures.ts";
import { kept, makeTexts, putWrite, takeResults } from "./tape.ts";
import type { GroupMessage, Tape } from "./tape.ts";

/** A write that waits for its commit. */
interface Waiting {
  readonly write: Write;
  readonly resolve: (results: readonly StatementResult[]) => void;
  readonly reject: (error: unknown) => void;
}

/** Writes that cross to the writer together. */
export interface Group {
  readonly message: GroupMessage;
  readonly writes: readonly Waiting[];
  readonly bytes: number;
}

/** Bounds of what waits. */
export interface GroupLimits {
  /** Bytes of parameters that may wait before MOR_STATE_BUSY. */
  readonly waitingBytesMax: number;
  /** Writes in one message; more become several messages. */
  readonly groupWritesMax: number;
  /** Bytes in one message after which it is full. */
  readonly groupBytesMax: number;
  /** Statement texts that stay prepared. */
  readonly textsMax: number;
}

/** The bounds that a store has unless told otherwise. */
export const defaultGroupLimits: GroupLimits = {
  waitingBytesMax: 64 * 2 ** 20,
  groupWritesMax: 1000,
  groupBytesMax: 4 * 2 ** 20,
  textsMax: 500,
};

/** Collects writes into groups and settles them. */
export interface Groups {
  readonly add: (write: Write) => Promise<readonly StatementResult[]>;
  /** The oldest group that waits. */
  take(): Group | undefined;
  /** Settles a group by the writer's reply, then wakes listeners of what was kept. */
  settle(group: Group, reply: Tape): void;
  /** Fails every write of a group. */
  fail(group: Group, error: MorningError): void;
  /** From now on every write is refused with `error`. */
  refuse(error: MorningError): void;
  readonly listen: (channel: string, listener: () => void) => Cancel;
  readonly figures: { waiting: number; bytes: number; writes: number; commits: number };
}

/** Listeners by channel; waking calls each of them once. */
function makeWakes(): { listen: Groups["listen"]; wake(channels: Iterable<string>): void } {
  const channels = new Map<string, Set<() => void>>();
  return {
    listen(channel, listener) {
      // Its own function: the same listener may listen twice.
      const own = (): void => listener();
      const listeners = channels.get(channel) ?? new Set();
      channels.set(channel, listeners.add(own));
      return () => {
        listeners.delete(own);
        if (listeners.size === 0 && channels.get(channel) === listeners) channels.delete(channel);
      };
    },
    wake(woken) {
      for (const channel of woken) for (const one of channels.get(channel) ?? []) callSafely(one);
    },
  };
}

interface OpenGroup {
  readonly tape: Tape;
  readonly writes: Waiting[];
  bytes: number;
}

function emptyGroup(): OpenGroup {
  return { tape: [], writes: [], bytes: 0 };
}

/**
 * Makes the collector of groups.
 * @param subject names the store in messages, such as `state /data/state.db`
 * @param schedule is called when something waits, to have it taken soon
 */
export function makeGroups(subject: string, limits: GroupLimits, schedule: () => void): Groups {
  const texts = makeTexts(limits.textsMax);
  const wakes = makeWakes();
  const figures = { waiting: 0, bytes: 0, writes: 0, commits: 0 };
  const sealed: OpenGroup[] = [];
  let open = emptyGroup();
  let refusal: MorningError | undefined;

  const isFull = (group: OpenGroup): boolean =>
    group.writes.length >= limits.groupWritesMax || group.bytes >= limits.groupBytesMax;

  const add: Groups["add"] = (write) =>
    new Promise((resolve, reject) => {
      if (refusal) return reject(refusal);
      if (figures.bytes >= limits.waitingBytesMax) return reject(busy(subject, limits));
      let bytes: number;
      try {
        bytes = putWrite(open.tape, texts, write);
      } catch (error) {
        return reject(error);
      }
      open.writes.push({ write, resolve, reject });
      open.bytes += bytes;
      figures.bytes += bytes;
      figures.waiting++;
      if (isFull(open)) {
        sealed.push(open);
        open = emptyGroup();
      }
      schedule();
    });

  const take = (): Group | undefined => {
    let group = sealed.shift();
    if (!group) {
      if (open.writes.length === 0) return undefined;
      group = open;
      open = emptyGroup();
    }
    const { texts: learned, drops } = texts.take();
    return { ...group, message: [group.tape, learned, drops] };
  };

  const leave = (group: Group): void => {
    figures.waiting -= group.writes.length;
    figures.bytes -= group.bytes;
  };

  return {
    add,
    take,
    listen: wakes.listen,
    figures,
    settle(group, reply) {
      leave(group);
      const { woken, count } = settleWrites(group, reply, subject);
      figures.writes += count;
      if (count > 0) figures.commits++;
      wakes.wake(woken);
    },
    fail(group, error) {
      leave(group);
      for (const { reject } of group.writes) reject(error);
    },
    refuse(error) {
      refusal = error;
    },
  };
}

/** Settles each write by the reply; returns the channels to wake and how many writes were kept. */
function settleWrites(
  group: Group,
  reply: Tape,
  subject: string,
): { woken: Set<string>; count: number } {
  const woken = new Set<string>();
  const cursor = { at: 0 };
  let count = 0;
  for (const { write, resolve, reject } of group.writes) {
    const state = reply[cursor.at++] as FailureKind | typeof kept;
    if (state === kept) {
      count++;
      resolve(takeResults(reply, cursor, write));
      for (const channel of write.wake ?? []) woken.add(channel);
    } else {
      const [index, engineCode, message] = reply.slice(cursor.at, (cursor.at += 3));
      const failure = {
        kind: state,
        engineCode: engineCode as number,
        message: message as string,
      };
      reject(writeError(failure, subject, write, index as number));
    }
  }
  return { woken, count };
}

function busy(subject: string, limits: GroupLimits): MorningError {
  const mib = Math.round(limits.waitingBytesMax / 2 ** 20);
  return engineErrors.MOR_STATE_BUSY(`${subject}: ${mib} MiB of writes wait for the writer`, {
    details: { waitingBytesMax: limits.waitingBytesMax },
  });
}

/** The error of a store that was closed. */
export function closedError(subject: string): MorningError {
  return coreErrors.MOR_STOPPING(`${subject}: the store is closed`);
}
