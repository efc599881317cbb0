import type { Clock } from "../../core/clock.ts";
import { costOf, withCost } from "./costs.ts";
import { progressOf } from "./limits.ts";
import type { Progress, StepCall, StepCost } from "./program.ts";
import type { Entry } from "./rows.ts";

/** How long an attempt runs before it is shown, and the least time between two writes of it. */
const showMs = 1000;

/** One attempt of a step; its abort signal is made for those alone who look at it. */
export class Attempt implements StepCall {
  readonly attempt: number;
  readonly key: string;
  readonly aborted: Promise<never>;
  readonly #entry: Entry;
  readonly #clock: Clock;
  #fail: (reason: Error) => void = () => {};
  #reason: Error | undefined;
  #controller: AbortController | undefined;
  #beatAtMs: number;
  #shownAtMs: number;
  #isShown = false;
  #progress: Progress | undefined;

  #costs: readonly StepCost[] = [];
  readonly #paid: (cost: StepCost) => void;

  readonly artefact: StepCall["artefact"];

  constructor(
    attempt: number,
    key: string,
    entry: Entry,
    clock: Clock,
    beside: {
      readonly artefact: StepCall["artefact"];
      /** Hears what it costs, as it is said. */
      readonly paid?: ((cost: StepCost) => void) | undefined;
    },
  ) {
    this.artefact = beside.artefact;
    this.#paid = beside.paid ?? (() => {});
    this.attempt = attempt;
    this.key = key;
    this.aborted = new Promise((_, fail) => (this.#fail = fail));
    this.aborted.catch(() => {});
    this.#entry = entry;
    this.#clock = clock;
    this.#beatAtMs = this.#shownAtMs = clock.monotonic();
    this.#progress = entry.progress;
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#reason !== undefined) this.#controller.abort(this.#reason);
    return this.#controller.signal;
  }

  // These are taken apart from the call: `(held, { progress }) => ...`.
  get heartbeat(): () => void {
    return () => {
      this.#beatAtMs = this.#clock.monotonic();
    };
  }

  get progress(): StepCall["progress"] {
    return (done, total, note) => {
      this.#beatAtMs = this.#clock.monotonic();
      this.#progress = progressOf(done, total, note);
      this.#isShown = false;
    };
  }

  get cost(): StepCall["cost"] {
    return (amount, currency, what) => {
      const cost = costOf(amount, currency, what);
      this.#costs = withCost(this.#costs, cost);
      this.#paid(cost);
    };
  }

  /** What it paid. */
  get costs(): readonly StepCost[] {
    return this.#costs;
  }

  /** How far it is. */
  get reached(): Progress | undefined {
    return this.#progress;
  }

  /** How long it has been silent, milliseconds. */
  get silentMs(): number {
    return this.#clock.monotonic() - this.#beatAtMs;
  }

  /** What is to be shown of it now, if anything. */
  toShow(): Entry | undefined {
    const nowMs = this.#clock.monotonic();
    if (this.#isShown || nowMs - this.#shownAtMs < showMs) return undefined;
    this.#isShown = true;
    this.#shownAtMs = nowMs;
    return { ...this.#entry, progress: this.#progress };
  }

  abort(reason: Error): void {
    this.#reason = reason;
    this.#controller?.abort(reason);
    this.#fail(reason);
  }
}
