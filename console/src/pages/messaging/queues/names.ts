import type { Say } from "../text.ts";
import type { MessageState, Purpose } from "./data.ts";

const purposeKeys = {
  work: "queues.purpose.work",
  dead: "queues.purpose.dead",
  subscription: "queues.purpose.subscription",
  schedule: "queues.purpose.schedule",
  internal: "queues.purpose.internal",
} as const;

/** What a queue is for, in a word or two. */
export const purposeName = (t: Say, purpose: Purpose): string => t(purposeKeys[purpose]);

const stateKeys = {
  visible: "queue.state.visible",
  inFlight: "queue.state.inFlight",
  delayed: "queue.state.delayed",
} as const;

/** The state of a message in a word. */
export const stateName = (t: Say, state: MessageState): string => t(stateKeys[state]);
