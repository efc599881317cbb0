import type { Store } from "../../core/store.ts";
import { engineErrors } from "../../engines/errors.ts";
import type { SimulatedClock } from "../../testing/clock.ts";
import type { WorkflowEngine } from "./engine.ts";

/** What may happen to a write on its way. */
export interface Weather {
  /** How late it reaches the store, milliseconds. */
  readonly lateMs: () => number;
  /** Whether it arrives although its sender is gone. */
  readonly arrives: () => boolean;
  /** Whether its answer is lost: nobody can tell whether it was kept. */
  readonly isLost: () => boolean;
}

/** A process: what it asks of the store goes through a wire that can be slow, frozen or cut. */
export class Process {
  engine: WorkflowEngine | undefined;
  isDead = false;
  /** Runs for whose results somebody waits here. */
  readonly awaited: Set<string> = new Set();
  #thaw: (() => void) | undefined;
  #frozen: Promise<void> | undefined;
  readonly #cancels: (() => void)[] = [];

  get isFrozen(): boolean {
    return this.#frozen !== undefined;
  }

  freeze(): void {
    this.#frozen ??= new Promise((resolve) => (this.#thaw = resolve));
  }

  thaw(): void {
    this.#frozen = undefined;
    this.#thaw?.();
  }

  die(): void {
    this.isDead = true;
    for (const cancel of this.#cancels) cancel();
  }

  wire(store: Store, clock: SimulatedClock, { lateMs, arrives, isLost }: Weather): Store {
    const never = <T>(): Promise<T> => new Promise<T>(() => {});
    const sent = async <T>(work: () => Promise<T>): Promise<T> => {
      await this.#frozen;
      const delayMs = lateMs();
      if (delayMs > 0) await new Promise<void>((resolve) => void clock.after(delayMs, resolve));
      // What was sent may arrive although its sender is gone.
      if (this.isDead && !arrives()) return never();
      const result = await work();
      await this.#frozen;
      if (isLost()) throw engineErrors.MOR_STATE_UNKNOWN_OUTCOME("the answer was lost");
      return this.isDead ? never() : result;
    };
    return Object.create(store, {
      write: {
        value: (write: Parameters<Store["write"]>[0]) =>
          this.isDead ? never() : sent(() => store.write(write)),
      },
      read: {
        value: async (...given: Parameters<Store["read"]>) => {
          await this.#frozen;
          return this.isDead ? never() : store.read(...given);
        },
      },
      listen: {
        value: (channel: string, listener: () => void) => {
          const cancel = store.listen(
            channel,
            () => void (this.#frozen ?? Promise.resolve()).then(() => !this.isDead && listener()),
          );
          this.#cancels.push(cancel);
          return cancel;
        },
      },
    }) as Store;
  }
}
