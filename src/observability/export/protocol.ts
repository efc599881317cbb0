import type { Clock } from "../../core/clock.ts";
import type { Signal } from "../signals/records.ts";
import type { CheckedDestination } from "./destination.ts";
import type { Records } from "./read.ts";

/** How one request ended. */
export type Outcome =
  /** Taken; `rejected` of its records were refused for good, for the reason in `message`. */
  | { readonly type: "delivered"; readonly rejected: number; readonly message: string }
  /** May be tried again, after `afterMs` at the earliest where the server says so. */
  | {
      readonly type: "retry";
      readonly reason: string;
      readonly afterMs?: number;
      /** Only these records of the request, by index; all if left out. */
      readonly only?: readonly number[];
      /** Of the others, how many were refused for good. */
      readonly rejected?: number;
    }
  /** Refused for good. */
  | { readonly type: "refused"; readonly reason: string; readonly status: number }
  /** Refused because it is too large: smaller requests may pass. */
  | { readonly type: "too-large" };

/** One record of any signal. */
export type AnyRecord = Records[Signal][number];

/** A request body, and what of the records it cannot say. */
export interface Encoded {
  readonly body: Uint8Array<ArrayBuffer>;
  /** Records that the protocol has no form for. */
  readonly unsupported: number;
  /** Records in the body. */
  readonly count: number;
}

/** One protocol towards one destination. */
export interface Protocol {
  /** Encodes records of one signal as one request. */
  encode(signal: Signal, records: readonly AnyRecord[]): Encoded;
  /** Sends one encoded request; gives every failure as an outcome. */
  send(signal: Signal, encoded: Encoded, stop: AbortSignal): Promise<Outcome>;
  close(): Promise<void>;
}

/** What protocols are made from. */
export interface ProtocolContext {
  readonly destination: CheckedDestination;
  readonly clock: Clock;
}

/** All of it taken. */
export const delivered: Outcome = { type: "delivered", rejected: 0, message: "" };
