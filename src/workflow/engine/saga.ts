import type { StepCall } from "./program.ts";
import { decodeValue, encodeValue } from "./value.ts";

/** A step that can be undone. */
export interface UndoableStep {
  readonly kind: "step";
  readonly at: string;
  readonly name: string;
  /** How long its end is waited for once its run is undone, milliseconds. */
  readonly settleMsMax: number;
  /** @param result undefined where it is not known */
  readonly undo: (result: unknown, call: StepCall) => unknown;
}

/** A step that is to be undone, and what is known of its end. */
export interface UndoingStep extends UndoableStep {
  /** Its result, as the journal keeps values; undefined while it is under way. */
  result: string | undefined;
  /** The end of its last attempt, if one was begun here. */
  attempt: Promise<string> | undefined;
}

/** A child that goes on: it undoes itself, before what its parent did before it. */
export interface UndoingChild {
  readonly kind: "child";
  readonly at: string;
  readonly name: string;
  /** Its beginning, if it was begun here. */
  begins: Promise<unknown> | undefined;
}

/** What is to be undone. */
export type Undoing = UndoingStep | UndoingChild;

/**
 * What a run has to undo if it fails: what it did, and what is under way, which may be done. A
 * replay comes to the same: it calls the same steps before the same turn.
 */
export class Saga {
  readonly #done: Undoing[] = [];
  readonly #underWay = new Set<Undoing>();
  /** Steps that were under way when the run was stopped; undefined where all called may be. */
  #stopped: ReadonlySet<string> | undefined;
  #isHalted = false;

  /** The program calls a step: from now on it may be done. */
  call(step: UndoableStep): UndoingStep {
    return this.#called({ ...step, result: undefined, attempt: undefined });
  }

  /** The program calls a child: from now on it may go on. */
  callChild(at: string, name: string): UndoingChild {
    return this.#called({ kind: "child", at, name, begins: undefined });
  }

  #called<T extends Undoing>(undoing: T): T {
    // A run that is stopped begins nothing.
    if (!this.#isHalted) this.#underWay.add(undoing);
    return undoing;
  }

  /** It ended well, or nobody will know how: its turn is now. */
  done(undoing: UndoingStep, result: string): void {
    undoing.result = result;
    this.#underWay.delete(undoing);
    this.#done.push(undoing);
  }

  /** There is nothing of it to undo. */
  drop(undoing: Undoing): void {
    this.#underWay.delete(undoing);
  }

  /**
   * The run is to stop: what is called from here on is not begun.
   * @param isSure whether all that was ever begun has been called by now
   * @returns what a replay has to know of it, as the journal keeps values
   */
  stop(isSure: boolean): string {
    const ats = isSure ? [...this.#underWay].map(({ at }) => at) : undefined;
    const text = encodeValue(ats, "what is under way");
    this.replayStop(text);
    return text;
  }

  /** The same, as it is recorded. */
  replayStop(text: string): void {
    const ats = decodeValue(text) as string[] | undefined;
    this.#stopped = ats === undefined ? undefined : new Set(ats);
  }

  /** The stop has its turn. */
  halt(): void {
    this.#isHalted = true;
  }

  /** What is to be undone, the first first: what is under way, then what was done last. */
  toUndo(): Undoing[] {
    const underWay = [...this.#underWay].filter(({ at }) => this.#stopped?.has(at) ?? true);
    return [...this.#done, ...underWay].reverse();
  }
}
