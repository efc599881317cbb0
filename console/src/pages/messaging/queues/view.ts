import {
  oneOf,
  text,
  useView,
  type Change,
  type Parameters,
  type SetOptions,
} from "../../../view.ts";

/** What the URL of a queue's page holds. */
export interface QueueView {
  readonly tab: TabName;
  /** The message whose drawer is open. */
  readonly message: string;
  readonly state: "visible" | "inFlight" | "delayed";
  /** Text to look for in messages. */
  readonly q: string;
  readonly group: string;
}

export const tabNames = ["overview", "messages", "dead", "tenants", "send"] as const;
export type TabName = (typeof tabNames)[number];

export const states = ["visible", "inFlight", "delayed"] as const;

const parameters: Parameters<QueueView> = {
  tab: oneOf(tabNames),
  message: text(128),
  state: oneOf(states),
  q: text(200),
  group: text(128),
};

/** The view of a queue's page, and how to change it. */
export function useQueueView(): readonly [
  Partial<QueueView>,
  (change: Change<QueueView>, options?: SetOptions) => void,
] {
  return useView(parameters);
}
