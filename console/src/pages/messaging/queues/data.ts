import type { AnswerOf } from "../../../api/client.ts";
import type { Health, Part } from "../../../api/overview.ts";

export type QueueData = AnswerOf<"/queues/{name}", "get">;
export type Driver = AnswerOf<"/queues", "get">["driver"];
export type Message = AnswerOf<"/queues/{name}/messages", "get">["messages"][number];
export type MessageState = Message["state"];

/** What a queue is for. */
export const purposes = ["work", "dead", "subscription", "schedule", "internal"] as const;
export type Purpose = (typeof purposes)[number];

/** What a queue is for, of the platform's own by how their names begin. */
export function purposeOf({ role, name }: Pick<QueueData, "role" | "name">): Purpose {
  if (role === "declared") return "work";
  if (role === "dead") return "dead";
  if (name.startsWith("subscription.")) return "subscription";
  return name.startsWith("schedule.") ? "schedule" : "internal";
}

/** Messages that wait to be received, the delayed ones with them. */
export const waitingOf = ({ stats }: QueueData): number => stats.visible + stats.delayed;

/** Every message of a queue. */
export const allOf = (queue: QueueData): number => waitingOf(queue) + queue.stats.inFlight;

/** Whether a message may wait so long is for whoever declares it; a minute is worth a look. */
const oldestMsMax = 60_000;

/** The health of a queue: as the overview judges it, by the same measure where it does not. */
export function healthOf(queue: QueueData, part: Part | undefined): Health {
  if (part !== undefined) return part.health;
  if (queue.role === "dead") return allOf(queue) > 0 ? "warning" : "ok";
  const isLate = queue.stats.oldestMs > oldestMsMax;
  return isLate || (queue.deadLetters ?? 0) > 0 ? "warning" : "ok";
}

/** A queue as a list shows it. */
export interface QueueRow {
  readonly queue: QueueData;
  readonly purpose: Purpose;
  readonly health: Health;
  readonly part: Part | undefined;
  /** Of the platform itself: a subscription's, a schedule's, or their dead letters. */
  readonly isInternal: boolean;
}

/** The queue whose dead letters a dead-letter queue holds; the first where there are several. */
export function sourceOf(name: string, queues: readonly QueueData[]): QueueData | undefined {
  return queues.find(({ spec }) => spec.deadLetters === name);
}

/** The rows of a list, with what the overview knows of each. */
export function rowsOf(queues: readonly QueueData[], parts: readonly Part[]): readonly QueueRow[] {
  const known = new Map(parts.map((part) => [part.id, part]));
  return queues.map((queue) => {
    const part = known.get(`queue/${queue.name}`);
    const source = queue.role === "dead" ? sourceOf(queue.name, queues) : undefined;
    return {
      queue,
      part,
      purpose: purposeOf(queue),
      health: healthOf(queue, part),
      isInternal: (source ?? queue).role === "internal",
    };
  });
}

/** What a list is narrowed to. */
export interface ListFilter {
  readonly purpose?: Purpose;
  readonly q?: string;
  /** Quiet queues of the platform itself and dead-letter queues without letters, too. */
  readonly all?: true;
}

/** Nobody needs to see it unless they ask. */
export const isQuiet = ({ purpose, isInternal, health }: QueueRow): boolean =>
  health === "ok" && (isInternal || purpose === "dead");

/** The rows that a filter leaves. A purpose that is asked for shows all of its queues. */
export function listed(
  rows: readonly QueueRow[],
  { purpose, q, all }: ListFilter,
): readonly QueueRow[] {
  const words = q?.toLowerCase();
  return rows.filter((row) => {
    const { name, description } = row.queue;
    if (purpose === undefined ? all !== true && isQuiet(row) : row.purpose !== purpose)
      return false;
    return words === undefined || `${name} ${description}`.toLowerCase().includes(words);
  });
}

/** What a list adds up to. */
export interface Summary {
  readonly queues: number;
  readonly failing: number;
  readonly warning: number;
  readonly waiting: number;
  readonly inFlight: number;
  readonly deadLetters: number;
}

/** Sums up queues; dead letters count with the queue that they came from. */
export function summaryOf(rows: readonly QueueRow[]): Summary {
  const live = rows.filter(({ purpose }) => purpose !== "dead");
  const sum = (of: (queue: QueueData) => number): number =>
    live.reduce((total, { queue }) => total + of(queue), 0);
  const count = (health: Health): number => live.filter((row) => row.health === health).length;
  return {
    queues: live.length,
    failing: count("failing"),
    warning: count("warning"),
    waiting: sum(waitingOf),
    inFlight: sum(({ stats }) => stats.inFlight),
    deadLetters: sum(({ deadLetters }) => deadLetters ?? 0),
  };
}

/**
 * The `max` names with the highest peaks: of the first figure, where they are equal of the next
 * one. In the order given, so that colours stay with their queues as long as the choice does.
 */
export function highest(
  names: readonly string[],
  max: number,
  peaks: (name: string) => readonly number[],
): readonly string[] {
  const keyed = names.map((name) => ({ name, peaks: peaks(name) }));
  keyed.sort((a, b) => {
    const at = a.peaks.findIndex((peak, index) => peak !== b.peaks[index]);
    return at === -1 ? 0 : (b.peaks[at] ?? 0) - (a.peaks[at] ?? 0);
  });
  const chosen = new Set(keyed.slice(0, max).map(({ name }) => name));
  return names.filter((name) => chosen.has(name));
}

/** The largest of values, 0 where there are none. */
export const peakOf = (values: readonly (number | null)[]): number =>
  values.reduce<number>((most, value) => Math.max(most, value ?? 0), 0);

/** The trace of a `traceparent`. */
export const traceOf = (traceparent: string | undefined): string | undefined =>
  /^[\da-f]{2}-([\da-f]{32})-/.exec(traceparent ?? "")?.[1];
