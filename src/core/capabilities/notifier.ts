import type { ProviderKey } from "../host.ts";

/** One alert of a notification. */
export interface NotifiedAlert {
  readonly alert: string;
  readonly state: "firing" | "resolved";
  readonly severity: "page" | "ticket" | "info";
  /** One line, filled in. */
  readonly title: string;
  readonly description: string;
  /** Address of what to do; empty for none. */
  readonly runbook: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number | null;
  /** What was compared with what, one line. */
  readonly note: string;
  /** Names this firing: the same in every notification of it. */
  readonly firingId: string;
  /** Since when it fires, milliseconds since 1970. */
  readonly sinceMs: number;
  readonly endedMs: number | null;
}

/** What is told at once: alerts of one group. */
export interface Notification {
  /** Stays the same over every attempt: whoever gets it twice knows it by this. */
  readonly id: string;
  readonly kind: "firing" | "resolved" | "repeat" | "test";
  readonly atMs: number;
  /** The labels that the group has in common. */
  readonly group: Readonly<Record<string, string>>;
  readonly alerts: readonly NotifiedAlert[];
  /** Alerts of the group that are too many to list. */
  readonly leftOut: number;
  /** Address of the alerts in the console; empty where it is not known. */
  readonly url: string;
}

/** A way by which people are told. */
export interface Notifier {
  readonly name: string;
  /** Rejects when it was not taken: then it comes again, with the same id. */
  send(notification: Notification, signal: AbortSignal): Promise<void>;
}

/** Where pillars add their ways of telling people. */
export interface NotifierDesk {
  /** @throws MOR_CONFLICT when the name is taken */
  add(notifier: Notifier): void;
}

/** The key under which alerts provide their desk. */
export const notifierDesk: ProviderKey<NotifierDesk> = { provider: "notifier-desk" };
