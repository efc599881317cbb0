import type { ProviderKey } from "../host.ts";
import type { Series } from "../metrics.ts";

/** Current figures of one resource, for the overview. */
export interface ResourceFigures {
  /** `queue/welcome-email`. */
  readonly id: string;
  /** Messages that wait, where there is a queue. */
  readonly depth?: number;
  readonly inFlight?: number;
  /** Age of the oldest that waits, milliseconds. */
  readonly oldestMs?: number;
  readonly deadLetters?: number;
}

/** Something that just happened and is worth a line. */
export interface RecentEvent {
  readonly id: string;
  readonly atMs: number;
  /** Event type: `order.placed`. */
  readonly type: string;
  /** The service that published it. */
  readonly source: string;
  /** Its data as JSON text; whoever shows it cuts it. */
  readonly data: string;
  readonly traceId?: string;
}

/** The queue pillar's figures. */
export interface QueueFigures {
  figures(): Promise<readonly ResourceFigures[]>;
}

/** The event pillar's latest events. */
export interface EventTail {
  /** Newest first; `limit` at most 200. */
  recent(limit: number): Promise<readonly RecentEvent[]>;
  /** Events published since the start, by type. */
  totals(): Promise<Readonly<Record<string, number>>>;
}

/** The key under which the queue pillar provides its figures. */
export const queueFigures: ProviderKey<QueueFigures> = { provider: "queue-figures" };

/** The key under which the event pillar provides its latest events. */
export const eventTail: ProviderKey<EventTail> = { provider: "event-tail" };

/**
 * The key under which the process that serves the API provides the series of every process of the
 * platform; in any other they are its own.
 */
export const allSeries: ProviderKey<() => readonly Series[]> = { provider: "all-series" };
