import type { Part } from "../../../api/overview.ts";
import type { Driver, QueueData } from "./data.ts";

/** What every part of a queue's page stands on. */
export interface QueueScene {
  readonly queue: QueueData;
  readonly driver: Driver;
  /** Of a dead-letter queue: where its letters came from. */
  readonly source: QueueData | undefined;
  /** Its figures a second, where the overview has them. */
  readonly part: Part | undefined;
}

/** The dead-letter queue of a queue: itself if it is one. */
export const deadNameOf = ({ role, name, spec }: QueueData): string | undefined =>
  role === "dead" ? name : spec.deadLetters;

/** The queue whose messages die into the dead-letter queue that a page is about. */
export const livingOf = ({ queue, source }: QueueScene): QueueData | undefined =>
  queue.role === "dead" ? source : queue;
