import type { Cancel } from "../../core/clock.ts";
import type { Log } from "../../core/log.ts";
import type { Attempt } from "./attempt.ts";
import { workflowErrors } from "./errors.ts";
import { decodeError, encodeError, isLoss } from "./failure.ts";
import type { Beside, Next } from "./journal.ts";
import { History } from "./history.ts";
import { cancelChildren } from "./orders.ts";
import { Presence } from "./presence.ts";
import type { Attributes } from "./program.ts";
import { isUndo, stopAt } from "./rows.ts";
import type { Ending, Entry, EntryKind, Lease, RunRow } from "./rows.ts";
import { Saga } from "./saga.ts";
import { runLog } from "./run-log.ts";
import { workChannel } from "./script.ts";
import { cancelled, failed, leftBehind, programEnded, stopped, timedOut } from "./stops.ts";
import type { Outcome, Surroundings } from "./surroundings.ts";
import { Turns } from "./turns.ts";

const never = (): Promise<never> => new Promise(() => {});

/** One run in memory: what it recorded, its turns, and what it writes. */
export class Life {
  readonly run: RunRow;
  readonly around: Surroundings;
  readonly lease: Lease;
  /** What the run is found by. */
  found: Attributes;
  /** What can be asked of the run, by name. */
  readonly queries: Map<string, () => unknown> = new Map();
  readonly saga: Saga = new Saga();
  readonly #history: History;
  readonly #turns: Turns;
  readonly #presence: Presence;
  readonly #answers = new Map<string, Entry>();
  readonly #attempts = new Map<string, Attempt>();
  #place: number;
  #isParent = false;
  #settled: Promise<unknown> = Promise.resolve();
  /** Something new ended in this life. */
  #fresh = false;
  /** The program's own part is over: what it left behind goes no further. */
  #closed = false;
  #isBegun = false;
  #isEnding = false;
  #stopping: Promise<Error> | undefined;
  #stopped: Error | undefined;
  #nowMs: number;
  #log: Log | undefined;
  #timeout: Cancel = () => {};
  #finish: (outcome: Outcome) => void = () => {};

  constructor(run: RunRow, owner: string, entries: readonly Entry[], around: Surroundings) {
    this.run = run;
    this.around = around;
    this.lease = { run: run.id, owner, epoch: run.epoch };
    this.#history = new History(run.id, entries);
    this.#turns = new Turns(this.#history.ended, () => this.#presence.look());
    this.#presence = new Presence(run, this.lease, around, {
      leave: (outcome) => this.leave(outcome),
      isCaughtUp: () => this.#turns.left === 0,
      isUndone: () => this.#closed || this.#stopping !== undefined,
      refuse: () => this.#refuseUnasked(),
    });
    this.#place = this.#history.lastPlace;
    this.#nowMs = run.beginAtMs;
    this.found = run.attributes;
    this.#isParent = entries.some(({ kind }) => kind === "child");
    const stop = this.#history.get(stopAt);
    if (stop !== undefined) this.#stopping = this.#replayStop(stop);
  }

  /** Time as the run's program sees it, milliseconds: when what it saw last ended. */
  get nowMs(): number {
    return this.#nowMs;
  }

  get log(): Log {
    return (this.#log ??= runLog(this.around, this.run, () => this.replays));
  }

  /** Whether the run is no longer in this process's hands. */
  get over(): boolean {
    return this.#presence.over;
  }

  /** Whether the program has not yet passed all that it recorded. */
  get replays(): boolean {
    return this.#history.isUnseen;
  }

  /** Whether the run's last process may have died in what was not recorded. */
  get diedHere(): boolean {
    return !this.#fresh && this.run.died !== undefined && this.run.died === this.run.epoch - 1;
  }

  /** Why the run undoes what it did: it was cancelled, or its time was over. */
  get stopped(): Error | undefined {
    return this.#stopped;
  }

  /** Runs the program; resolves when the run is no longer in this process's hands. */
  live(program: () => Promise<Ending>): Promise<Outcome> {
    const outcome = new Promise<Outcome>((finish) => (this.#finish = finish));
    const { clock, reads } = this.around;
    const { dueAtMs, cancel } = this.run;
    if (reads !== true && dueAtMs !== undefined) {
      const leftMs = dueAtMs - clock.now();
      if (leftMs <= 0) this.#timedOut();
      else this.#timeout = clock.after(leftMs, () => this.#timedOut());
    }
    if (reads !== true && cancel) this.#stop(this.#cancelled());
    this.#isBegun = true;
    void program().then(
      (ending) => this.#end(ending),
      (error: unknown) => this.leave({ how: "lost", error }),
    );
    this.#presence.lookSoon();
    return outcome;
  }

  /** The program's own part is over; what it left behind goes no further, except to be undone. */
  close(): void {
    this.#closed = true;
    this.#timeout();
    this.#abort(programEnded);
  }

  /** Whether what is at a position goes on. */
  goesOn(at: string): boolean {
    return !this.over && (!this.#closed || isUndo(at));
  }

  async #end(ending: Ending): Promise<void> {
    if (this.over || this.#isEnding) return;
    this.#isEnding = true;
    if (this.around.reads === true) return this.leave({ how: "suspended", wakeAtMs: undefined });
    const { missed } = this.#history;
    const final = missed === undefined ? ending : failed(this.#history.differs(missed, "it ended"));
    const { journal, isCounted } = this.around;
    const ended = { isParent: this.#isParent, isCounted, isOpen: this.#presence.waits > 0 };
    await this.during(() => journal.end(this.lease, this.run, final, ended));
    this.leave({ how: "ended", ending: final });
  }

  /** Ends the run by beginning the next one of its chain. */
  async goOn(next: Next): Promise<never> {
    if (this.around.reads !== true && !this.over && !this.#isEnding) {
      this.#isEnding = true;
      this.close();
      await this.during(() => this.around.journal.goOn(this.lease, next));
      this.leave({ how: "ended" });
    }
    return never();
  }

  /** Lets go of the run: another process has it, this one stops, or it ended or waits. */
  leave(outcome: Outcome): void {
    if (this.over) return;
    this.#presence.end();
    this.#timeout();
    this.#abort(leftBehind);
    this.#finish(outcome);
  }

  /** The same because of an error. */
  drop(error: unknown): void {
    this.leave({ how: "lost", error });
  }

  /** Keeps an attempt while it runs: it hears when the run stops, and is shown when it is long. */
  begun(at: string, attempt: Attempt): Cancel {
    this.#attempts.set(at, attempt);
    return () => void this.#attempts.delete(at);
  }

  #abort(reason: Error): void {
    for (const [at, attempt] of this.#attempts) if (this.over || !isUndo(at)) attempt.abort(reason);
  }

  /** Shows the attempts that are long. */
  async show(): Promise<void> {
    const { journal } = this.around;
    for (const attempt of this.#attempts.values()) {
      const entry = attempt.toShow();
      if (entry !== undefined) await journal.show(this.lease, entry);
    }
  }

  /** What the run recorded at a position. @throws MOR_WORKFLOW_NOT_DETERMINISTIC */
  peek(at: string, kind: EntryKind, name: string): Entry | undefined {
    const entry = this.#history.get(at);
    const error = entry && this.#history.difference(entry, kind, name);
    if (error === undefined) return entry;
    this.#refuse(error);
    throw error;
  }

  /**
   * The same, for the program to go on with: after its turn if it ended, at once if it is open.
   * @throws MOR_WORKFLOW_CANCELLED, MOR_WORKFLOW_HISTORY_FULL where nothing is recorded
   */
  async ask(at: string, kind: EntryKind, name: string): Promise<Entry | undefined> {
    if (this.over) return never();
    const entry = this.peek(at, kind, name);
    if (entry !== undefined && entry.place > 0) {
      this.#history.see(entry);
      await this.#turns.recorded(at);
      this.#nowMs = Math.max(this.#nowMs, entry.endedAtMs ?? 0);
      return entry;
    }
    if (this.#closed && !isUndo(at)) return never();
    if (this.#stopping !== undefined && !isUndo(at)) throw await this.#stopping;
    if (this.around.reads === true) return never();
    if (this.#presence.pausing) return never();
    if (entry === undefined && !isUndo(at)) this.#history.assertRoom(this.around);
    return entry;
  }

  /** Ends the run with an error that its program cannot catch. */
  #refuse(error: Error): void {
    this.#history.forget();
    this.close();
    if (this.around.reads === true) this.drop(error);
    else void this.#end(failed(error));
  }

  /**
   * Counts work that goes on; while there is some, the run stays in memory. When it fails, which
   * only the journal does, the run is let go: the program must not take that for its own error.
   */
  async during<T>(work: () => Promise<T>): Promise<T> {
    this.#presence.begin();
    try {
      return await work();
    } catch (error) {
      this.drop(error);
      return await never();
    } finally {
      this.#presence.done();
    }
  }

  /** Writes an entry that has not ended. */
  async open(entry: Entry): Promise<void> {
    if (entry.kind === "child") this.#isParent = true;
    await this.during(() => this.around.journal.put(this.lease, entry));
    this.#history.open(entry);
  }

  /**
   * Makes an ended entry durable, and resolves when the program may see it.
   * @param beside what is committed with it
   */
  async settle(entry: Entry, beside?: Beside): Promise<void> {
    await this.#seen(entry, async (place) => {
      await this.around.journal.put(this.lease, { ...entry, place }, beside);
      return true;
    });
  }

  /** The same where what is committed with it may be refused. @throws why it was */
  async settleIf(entry: Entry, beside: Beside): Promise<void> {
    let refused: { readonly error: unknown } | undefined;
    await this.#seen(entry, async (place) => {
      try {
        await this.around.journal.put(this.lease, { ...entry, place }, beside);
        return true;
      } catch (error) {
        if (isLoss(error)) throw error;
        refused = { error };
        return false;
      }
    });
    if (refused !== undefined) throw refused.error;
  }

  /** The same of an entry that others answered. */
  async see(entry: Entry): Promise<void> {
    await this.#seen(entry, async (place) => {
      await this.around.journal.see(this.lease, entry.at, place);
      return true;
    });
  }

  /**
   * Ends a wait whose time is over.
   * @returns what answered it in the last moment, if something did
   */
  async expire(entry: Entry, error: Error): Promise<Entry | undefined> {
    const { journal, clock } = this.around;
    const late = { ...entry, endedAtMs: clock.now() };
    const expired = await this.#seen(late, (place) =>
      journal.expire(this.lease, entry.at, place, encodeError(error)),
    );
    if (expired) return undefined;
    const answered = await this.during(() => journal.answered(this.run.id));
    const answer = answered.find(({ at }) => at === entry.at);
    if (answer !== undefined) return answer;
    // Neither open nor answered for this life: the run is another process's by now.
    this.drop(workflowErrors.MOR_WORKFLOW_FENCED(`run ${this.run.id} was taken over`));
    return never();
  }

  /** Writes what ended at the next place. Places become visible to the program in their order. */
  async #seen(entry: Entry, write: (place: number) => Promise<boolean>): Promise<boolean> {
    const written = this.during(() => write(++this.#place));
    const before = this.#settled;
    this.#settled = Promise.all([before, written]);
    await before;
    const did = await written;
    if (this.over) return never();
    if (!did) return false;
    this.#history.end(entry);
    this.#refuseUnasked();
    await this.#turns.ended(entry.at);
    this.#fresh = true;
    this.#nowMs = Math.max(this.#nowMs, entry.endedAtMs ?? 0);
    return true;
  }

  /** Something new ended while the journal has entries for which the program never asked. */
  #refuseUnasked(): void {
    const at = this.#turns.unasked;
    if (at === undefined) return;
    // The program may be on its way to ask.
    setImmediate(() =>
      setImmediate(() => {
        const entry = this.#history.get(at);
        if (this.over || entry === undefined || this.#turns.unasked !== at) return;
        this.#refuse(this.#history.differs(entry, "the program did not ask for it"));
      }),
    );
  }

  /**
   * Waits until `dueAtMs` or until somebody answers the entry at a position. While nothing else
   * goes on, the run may leave memory; the promise then never settles.
   */
  wait(at: string, dueAtMs?: number, undoes: boolean = isUndo(at)): Promise<Entry | undefined> {
    const answer = this.#answers.get(at);
    if (answer !== undefined) return Promise.resolve(answer);
    if (this.over || (this.#closed && !undoes)) return never();
    if (this.#stopped !== undefined && !undoes) return Promise.reject(this.#stopped);
    return new Promise((resolve, reject) => {
      this.#presence.wait({ at, dueAtMs, resolve, reject });
    });
  }

  /** Takes in what others answered, and what they ask of the run. */
  async news(row: RunRow): Promise<void> {
    if (row.endedAtMs !== undefined && row.epoch > this.lease.epoch) this.drop(leftBehind);
    if (row.epoch !== this.lease.epoch) return;
    if (row.paused) this.#presence.pause();
    if (row.cancel) this.#stop(this.#cancelled());
    for (const entry of await this.around.journal.answered(this.run.id)) {
      this.#answers.set(entry.at, entry);
      this.#presence.answer(entry);
    }
  }

  #cancelled(): Error {
    this.#presence.heardCancel = true;
    return cancelled(this.run.id);
  }

  #timedOut(): void {
    this.#stop(timedOut(this.run.id));
  }

  /** Undoes the run from here on; recorded, so that a replay stops at the same place. */
  #stop(error: Error): void {
    if (this.#stopping !== undefined || this.#closed) return;
    const { clock, journal } = this.around;
    const at = clock.now();
    // Before its first turn a program has not yet called what an earlier process may have begun.
    const isSure = this.run.epoch === 1 || (this.#isBegun && this.#turns.isQuiet);
    const entry = stopped(error, this.saga.stop(isSure), at);
    const statements = [cancelChildren(journal.script, this.run.id, at)];
    const children = { statements, wake: [workChannel] };
    this.#stopping = this.settle(entry, this.#isParent ? children : undefined).then(() =>
      this.#halt(error),
    );
  }

  async #replayStop({ value, error }: Entry): Promise<Error> {
    this.saga.replayStop(value);
    await this.ask(stopAt, "stop", "stop");
    return this.#halt(decodeError(error ?? "{}"));
  }

  #halt(error: Error): Error {
    if (this.#closed) return error;
    this.#stopped = error;
    this.saga.halt();
    this.#abort(error);
    this.#presence.reject(error);
    return error;
  }
}
