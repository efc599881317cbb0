import type { Clock } from "../../core/clock.ts";

/** Weight of what lies this far back: 1/e, milliseconds. */
const memoryMs = 5_000;

/** How much passes in a second, lately: a sum that fades exponentially. */
export class Rate {
  private readonly clock: Clock;
  private readonly startMs: number;
  private sum = 0;
  private atMs: number;

  constructor(clock: Clock) {
    this.clock = clock;
    this.startMs = clock.monotonic();
    this.atMs = this.startMs;
  }

  /** Counts `amount` that passed now. */
  add(amount: number): void {
    this.sum = this.faded() + amount;
    this.atMs = this.clock.monotonic();
  }

  /** The rate; right from the first second on, not only when the memory is full. */
  perSecond(): number {
    const ageMs = this.clock.monotonic() - this.startMs;
    const seenMs = memoryMs * (1 - Math.exp(-Math.max(ageMs, 100) / memoryMs));
    return (this.faded() / seenMs) * 1_000;
  }

  private faded(): number {
    return this.sum * Math.exp((this.atMs - this.clock.monotonic()) / memoryMs);
  }
}
