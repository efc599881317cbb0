import { setImmediate } from "node:timers/promises";
import { sleep } from "../../core/clock.ts";
import type { Signal } from "../signals/records.ts";
import { makeDelivery } from "./delivery.ts";
import type { Delivery, DeliveryContext } from "./delivery.ts";
import type { ExportLoss } from "./figures.ts";
import type { AnyRecord } from "./protocol.ts";
import { readBatch } from "./read.ts";
import type { Records } from "./read.ts";
import type { SpoolReader } from "./spool.ts";
import type { Counts, Position } from "./spool-layout.ts";

/** Batches that are put together into one load, bytes at most. */
const loadBytesMax: number = 8 * 1024 ** 2;

/** How long the pump rests when the buffer cannot be read, milliseconds. */
const faultRestMs = 5000;

/** Consecutive batches of the buffer, and what of them the destination wants. */
interface Load {
  readonly records: Map<Signal, AnyRecord[]>;
  readonly count: number;
  /** What waited too long. */
  readonly expired: readonly Counts[];
  readonly next: Position;
  readonly oldestAtMs: number;
  readonly newestAtMs: number;
}

class Pump {
  readonly #context: DeliveryContext;
  readonly #reader: SpoolReader;
  readonly #delivery: Delivery;
  /** A load that is not finished: after a failure only what is left of it is sent. */
  #lingering = true;

  constructor(context: DeliveryContext, reader: SpoolReader) {
    this.#context = context;
    this.#reader = reader;
    this.#delivery = makeDelivery(context);
  }

  async run(): Promise<void> {
    const { stop, tally, clock } = this.#context;
    while (!stop.aborted) {
      try {
        await this.#turn();
      } catch (error) {
        // The buffer's disk failed: what it holds may be read later.
        tally.problem = { message: String(error), atMs: clock.now() };
        await sleep(clock, faultRestMs, stop);
      }
      // Whoever else wants the thread gets it between two loads.
      await setImmediate();
    }
    tally.state = "stopped";
  }

  async #turn(): Promise<void> {
    const { stop, tally, clock, destination } = this.#context;
    await this.#delivery.rest();
    if (stop.aborted) return;
    const load = await this.#gather();
    if (load === undefined) return this.#await();
    tally.oldestAtMs = load.oldestAtMs;
    if (this.#isWorthWaiting(load)) return sleep(clock, destination.lingerMs, stop);
    for (const counts of load.expired) countSpoolLoss(this.#context, "expired", counts);
    if (await this.#send(load)) this.#reader.advance(load.next);
  }

  /** Small loads wait once for more to come. */
  #isWorthWaiting(load: Load): boolean {
    const { destination } = this.#context;
    const isFull = load.count >= destination.recordsMax;
    const waits = this.#lingering && !isFull && load.count > 0 && destination.lingerMs > 0;
    this.#lingering = !waits;
    return waits;
  }

  async #await(): Promise<void> {
    const { tally, stop } = this.#context;
    tally.state = "idle";
    tally.oldestAtMs = undefined;
    this.#lingering = true;
    // Between the look and the wait something may have come: the wait is set up first.
    const woken = new AbortController();
    const end = (): void => woken.abort();
    stop.addEventListener("abort", end, { once: true });
    const appended = this.#reader.appended(woken.signal);
    if (stop.aborted || (await this.#reader.read(this.#reader.position())) !== undefined) end();
    await appended;
    stop.removeEventListener("abort", end);
  }

  async #gather(): Promise<Load | undefined> {
    const { destination, clock } = this.#context;
    const records = new Map<Signal, AnyRecord[]>();
    const expired: Counts[] = [];
    let [count, bytes] = [0, 0];
    let load: Load | undefined;
    for (let at = this.#reader.position(); count < destination.recordsMax;) {
      const entry = await this.#reader.read(at);
      if (entry === undefined || bytes + entry.batch.length > loadBytesMax) {
        if (entry === undefined || load !== undefined) break;
      }
      bytes += entry.batch.length;
      if (clock.now() - entry.atMs > destination.ageMsMax) expired.push(entry.counts);
      else if (destination.signals.some((signal) => entry.counts[signal] > 0)) {
        count += this.#add(records, entry.batch);
      }
      at = entry.next;
      const oldestAtMs = load?.oldestAtMs ?? entry.atMs;
      load = { records, count, expired, next: at, oldestAtMs, newestAtMs: entry.atMs };
    }
    return load;
  }

  #add(records: Map<Signal, AnyRecord[]>, batch: Uint8Array): number {
    const { signals } = this.#context.destination;
    let read: Records;
    try {
      read = readBatch(batch);
    } catch {
      // Its checksum is right, so it was written so: another version of Morning.
      return 0;
    }
    let count = 0;
    for (const signal of signals) {
      const list = records.get(signal) ?? [];
      for (const record of read[signal]) list.push(record);
      records.set(signal, list);
      count += read[signal].length;
    }
    return count;
  }

  /** Sends what of a load is left; false where it was stopped before the end. */
  async #send(load: Load): Promise<boolean> {
    const { recordsMax } = this.#context.destination;
    for (const [signal, list] of load.records) {
      for (let start = 0; start < list.length; start += recordsMax) {
        const part = list.slice(start, start + recordsMax);
        const done = await this.#delivery.deliver(signal, part, load.newestAtMs);
        if (!done) return false;
      }
    }
    return true;
  }
}

/** Carries what is in the buffer to one destination until it is stopped. */
export function runPump(context: DeliveryContext, reader: SpoolReader): Promise<void> {
  return new Pump(context, reader).run();
}

/** Counts what a destination lost because the buffer lost it. */
export function countSpoolLoss(
  context: Pick<DeliveryContext, "destination" | "tally" | "report">,
  why: ExportLoss,
  counts: Counts,
): void {
  const { destination, tally, report } = context;
  for (const signal of destination.signals) {
    const count = counts[signal];
    if (count === 0) continue;
    tally.lost[why] = (tally.lost[why] ?? 0) + count;
    report(destination.name, signal, why, count, "");
  }
  if (why === "corrupt")
    report(destination.name, "unknown", why, 1, "a damaged part of the buffer");
}
