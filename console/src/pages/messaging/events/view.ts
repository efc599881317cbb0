import { oneOf, text, type Parameters } from "../../../view.ts";

/** The views of the page of all events. */
export const eventsTabs = ["catalogue", "tail", "log", "replays", "explain"] as const;
export type EventsTab = (typeof eventsTabs)[number];

/** The longest event that is kept in the URL for explaining; a longer one stays on the page. */
export const askedMax = 1500;

/** What the URL of the page of all events holds, beside the time range. */
export interface EventsView {
  readonly tab: EventsTab;
  /** The id of the event whose details are open. */
  readonly event: string;
  readonly type: string;
  readonly source: string;
  readonly q: string;
  readonly trace: string;
  /** The id of the event that is explained. */
  readonly of: string;
  /** The event that is explained, as it was typed. */
  readonly ask: string;
  /** The replay whose details are open. */
  readonly replay: string;
}

export const eventsView: Parameters<EventsView> = {
  tab: oneOf(eventsTabs),
  event: text(80),
  type: text(128),
  source: text(256),
  q: text(200),
  trace: text(32),
  of: text(80),
  ask: text(askedMax),
  replay: text(64),
};
