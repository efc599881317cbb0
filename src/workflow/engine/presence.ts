import type { Cancel } from "../../core/clock.ts";
import { workflowErrors } from "./errors.ts";
import type { Entry, Lease, RunRow } from "./rows.ts";
import type { Outcome, Surroundings } from "./surroundings.ts";
import { Waits } from "./waits.ts";
import type { Wait } from "./waits.ts";

/** What the presence of a run asks of its life. */
export interface Host {
  leave(outcome: Outcome): void;
  /** Whether all that was recorded has had its turn. */
  isCaughtUp(): boolean;
  /** Whether the run is being undone: that its time is over does not wake it. */
  isUndone(): boolean;
  /** Something recorded has its turn, and the program does not ask for it. */
  refuse(): void;
}

/** How long a run that was not let out of memory rests, milliseconds. */
const refusedMs = 20;

/** How long a run stays in memory: while something goes on, and a little longer. */
export class Presence {
  readonly #run: RunRow;
  readonly #lease: Lease;
  readonly #around: Surroundings;
  readonly #host: Host;
  readonly #waits = new Waits();
  /** Work that goes on: attempts of steps, writes. */
  #live = 0;
  #timer: Cancel = () => {};
  #looking = false;
  #quietSinceMs: number | undefined;
  #leaving = false;
  #pausing = false;
  #over = false;
  /** The journal's word that the run is cancelled was heard. */
  heardCancel = false;

  constructor(run: RunRow, lease: Lease, around: Surroundings, host: Host) {
    this.#run = run;
    this.#lease = lease;
    this.#around = around;
    this.#host = host;
  }

  get over(): boolean {
    return this.#over;
  }

  get pausing(): boolean {
    return this.#pausing;
  }

  /** Waits that are open. */
  get waits(): number {
    return this.#waits.size;
  }

  end(): void {
    this.#over = true;
    this.#timer();
    this.#waits.takeAll();
  }

  begin(): void {
    this.#live++;
    this.#quietSinceMs = undefined;
  }

  done(): void {
    this.#live--;
    if (this.#live === 0) this.lookSoon();
  }

  wait(wait: Wait): void {
    this.#waits.add(wait);
    this.lookSoon();
  }

  answer(entry: Entry): void {
    const wait = this.#waits.take(entry.at);
    if (wait === undefined) return;
    this.#quietSinceMs = undefined;
    wait.resolve(entry);
  }

  reject(error: Error): void {
    this.#quietSinceMs = undefined;
    for (const wait of this.#waits.takeAll()) wait.reject(error);
  }

  /** From now on nothing new begins; once nothing goes on, the run leaves memory. */
  pause(): void {
    this.#pausing = true;
    this.lookSoon();
  }

  /** Looks once the program has had its turn; many who ask get one look. */
  lookSoon(): void {
    if (this.#looking) return;
    this.#looking = true;
    setImmediate(() => {
      this.#looking = false;
      this.look();
    });
  }

  /** Ends the waits whose time is over, and lets the run out of memory once it only waits. */
  look(): void {
    if (this.#over || this.#leaving) return;
    if (this.#around.reads === true) return this.#lookRead();
    if (this.#pausing) {
      if (this.#live === 0 && this.#host.isCaughtUp()) void this.#rest();
      return;
    }
    if (this.#waits.size === 0) return;
    const { clock } = this.#around;
    this.#timer();
    this.#fire(clock.now());
    if (this.#waits.size === 0) return;
    const dueAtMs = this.#waits.nextDueMs;
    const dueInMs = dueAtMs === undefined ? Infinity : dueAtMs - clock.now();
    const leftMs = this.#live > 0 ? Infinity : this.#lingerLeftMs();
    if (leftMs <= 0) return void this.#suspend(dueAtMs);
    const inMs = Math.min(leftMs, dueInMs);
    if (inMs < Infinity) this.#timer = clock.after(inMs, () => this.look());
  }

  #lookRead(): void {
    if (this.#host.isCaughtUp()) this.#host.leave({ how: "suspended", wakeAtMs: undefined });
    else this.#host.refuse();
  }

  /** Resolves the waits that are due. */
  #fire(nowMs: number): void {
    for (
      let wait = this.#waits.takeDue(nowMs);
      wait !== undefined;
      wait = this.#waits.takeDue(nowMs)
    ) {
      this.#quietSinceMs = undefined;
      wait.resolve(undefined);
    }
  }

  #lingerLeftMs(): number {
    const { clock, lingerMs } = this.#around;
    this.#quietSinceMs ??= clock.monotonic();
    return this.#quietSinceMs + lingerMs - clock.monotonic();
  }

  async #suspend(dueAtMs: number | undefined): Promise<void> {
    const { journal, isCounted } = this.#around;
    const runDueMs = this.#host.isUndone() ? Infinity : (this.#run.dueAtMs ?? Infinity);
    const firstMs = Math.min(dueAtMs ?? Infinity, runDueMs);
    const wakeAtMs = firstMs === Infinity ? undefined : firstMs;
    const knows = { isCancelled: this.heardCancel, isCounted };
    await this.#go(async () => {
      if (await journal.suspend(this.#lease, wakeAtMs, knows)) {
        return this.#host.leave({ how: "suspended", wakeAtMs });
      }
      if (!(await journal.isHeld(this.#lease))) {
        const error = workflowErrors.MOR_WORKFLOW_FENCED(`run ${this.#run.id} was taken over`);
        return this.#host.leave({ how: "lost", error });
      }
      // Otherwise something came, and its news are on the way; they may change nothing.
      this.#quietSinceMs = undefined;
      this.#timer();
      this.#timer = this.#around.clock.after(refusedMs, () => this.look());
    });
  }

  async #rest(): Promise<void> {
    await this.#go(async () => {
      await this.#around.journal.rest(this.#lease);
      this.#host.leave({ how: "suspended", wakeAtMs: undefined });
    });
  }

  async #go(leave: () => Promise<void>): Promise<void> {
    this.#leaving = true;
    try {
      await leave();
    } catch (error) {
      this.#host.leave({ how: "lost", error });
    } finally {
      this.#leaving = false;
    }
  }
}
