import type { Cancel, Clock } from "../../core/clock.ts";
import type { Random } from "../../core/ids.ts";
import type { Log } from "../../core/log.ts";
import { decodeError, encodeError } from "./failure.ts";
import { workflowErrors } from "./errors.ts";
import type { Journal } from "./journal.ts";
import type { Ending, Entry, EntryKind, Lease, NewRun, RunRow } from "./rows.ts";
import { Turns } from "./turns.ts";

/** Entries of one run. */
export const entriesMax: number = 100_000;

/** What the runs of an engine share. */
export interface Surroundings {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** How long a run that only waits stays in memory, milliseconds. */
  readonly lingerMs: number;
  /** Begins a child run; one that exists stays as it is. */
  begin(run: Omit<NewRun, "version" | "priority">): Promise<void>;
  newToken(): string;
}

/** How a run's time in memory ended. */
export type Outcome =
  | { readonly how: "ended"; readonly ending: Ending }
  /** It waits: nothing of it is in memory any more. */
  | { readonly how: "suspended"; readonly wakeAtMs: number | undefined }
  /** Another process has it, or the journal cannot be written. */
  | { readonly how: "lost"; readonly error: unknown };

/** A wait that is open in memory. */
interface Wait {
  readonly dueAtMs: number | undefined;
  /** @param answer what answered it; undefined when its time is over */
  readonly resolve: (answer: Entry | undefined) => void;
  readonly reject: (error: Error) => void;
}

const never = (): Promise<never> => new Promise(() => {});

/** One run in memory: what it recorded, what it waits for, and its turns. */
export class Life {
  readonly run: RunRow;
  readonly around: Surroundings;
  readonly lease: Lease;
  readonly #entries: Map<string, Entry>;
  readonly #unseen: Set<string>;
  readonly #turns: Turns;
  readonly #waits = new Map<string, Wait>();
  readonly #answers = new Map<string, Entry>();
  readonly #hearing = new Set<(reason: Error) => void>();
  #place: number;
  /** Work that goes on: attempts of steps, writes. */
  #live = 0;
  #settled: Promise<unknown> = Promise.resolve();
  #timer: Cancel = () => {};
  #quietSinceMs: number | undefined;
  #suspending = false;
  #cancelled: Error | undefined;
  #compensating = false;
  #over = false;
  #nowMs: number;
  #finish: (outcome: Outcome) => void = () => {};

  constructor(run: RunRow, owner: string, entries: readonly Entry[], around: Surroundings) {
    this.run = run;
    this.around = around;
    this.lease = { run: run.id, owner, epoch: run.epoch };
    this.#entries = new Map(entries.map((entry) => [entry.at, entry]));
    const ended = entries.filter(({ place }) => place > 0).sort((a, b) => a.place - b.place);
    this.#unseen = new Set(ended.map(({ at }) => at));
    this.#turns = new Turns(
      ended.map(({ at }) => at),
      () => this.#look(),
    );
    this.#place = ended.at(-1)?.place ?? 0;
    this.#nowMs = run.createdAtMs;
    if (run.cancel) this.#cancel();
  }

  /** Time as the run's program sees it, milliseconds: when what it saw last ended. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** Calls `hear` when the run is cancelled or leaves this process; the answer ends that. */
  onAbort(hear: (reason: Error) => void): Cancel {
    this.#hearing.add(hear);
    return () => void this.#hearing.delete(hear);
  }

  /** Whether the run is no longer in this process's hands. */
  get over(): boolean {
    return this.#over;
  }

  /** Whether the program has not yet passed all that it recorded. */
  get replays(): boolean {
    return this.#unseen.size > 0;
  }

  /** Runs the program; resolves when the run is no longer in this process's hands. */
  live(program: () => Promise<Ending>): Promise<Outcome> {
    const outcome = new Promise<Outcome>((finish) => (this.#finish = finish));
    void program().then(
      (ending) => this.#end(ending),
      (error: unknown) => this.#leave({ how: "lost", error }),
    );
    setImmediate(() => this.#look());
    return outcome;
  }

  async #end(ending: Ending): Promise<void> {
    if (this.#over) return;
    const [missed] = this.#unseen;
    const entry = missed === undefined ? undefined : this.#entries.get(missed);
    const final = entry === undefined ? ending : failed(this.#differs(entry, "it ended"));
    try {
      await this.around.journal.end(this.lease, this.run, final);
      this.#leave({ how: "ended", ending: final });
    } catch (error) {
      this.#leave({ how: "lost", error });
    }
  }

  #leave(outcome: Outcome): void {
    if (this.#over) return;
    this.#over = true;
    this.#timer();
    this.#waits.clear();
    this.#tell(leftBehind);
    this.#finish(outcome);
  }

  /** Lets go of the run: another process has it, or this one stops. */
  drop(error: unknown): void {
    this.#leave({ how: "lost", error });
  }

  #tell(reason: Error): void {
    for (const hear of this.#hearing) hear(reason);
    this.#hearing.clear();
  }

  #differs(entry: Entry, instead: string): Error {
    const { at, kind, name } = entry;
    return workflowErrors.MOR_WORKFLOW_NOT_DETERMINISTIC(
      `run ${this.run.id}: the journal has ${kind} ${name} at ${at}, but ${instead}`,
      { details: { at, kind, name } },
    );
  }

  /** What the run recorded at a position. @throws MOR_WORKFLOW_NOT_DETERMINISTIC */
  peek(at: string, kind: EntryKind, name: string): Entry | undefined {
    const entry = this.#entries.get(at);
    if (entry === undefined || (entry.kind === kind && entry.name === name)) return entry;
    const error = this.#differs(entry, `the program asked for ${kind} ${name}`);
    this.#stop(error);
    throw error;
  }

  /**
   * The same, for the program to go on with: after its turn if it ended, at once if it is open.
   * @throws MOR_WORKFLOW_CANCELLED, MOR_WORKFLOW_HISTORY_FULL where nothing is recorded
   */
  async ask(at: string, kind: EntryKind, name: string): Promise<Entry | undefined> {
    if (this.#over) return never();
    const entry = this.peek(at, kind, name);
    if (entry !== undefined && entry.place > 0) {
      this.#unseen.delete(at);
      await this.#turns.recorded(at);
      this.#nowMs = Math.max(this.#nowMs, entry.endedAtMs ?? 0);
      return entry;
    }
    if (this.#cancelled !== undefined && !this.#compensating) throw this.#cancelled;
    if (entry === undefined && this.#entries.size >= entriesMax) {
      throw workflowErrors.MOR_WORKFLOW_HISTORY_FULL(
        `run ${this.run.id} has ${entriesMax} entries`,
      );
    }
    return entry;
  }

  /** Ends the run with an error that its program cannot catch. */
  #stop(error: Error): void {
    this.#unseen.clear();
    void this.#end(failed(error));
  }

  /**
   * Counts work that goes on; while there is some, the run stays in memory. When it fails, which
   * only the journal does, the run is let go: the program must not take that for its own error.
   */
  async during<T>(work: () => Promise<T>): Promise<T> {
    this.#live++;
    this.#quietSinceMs = undefined;
    try {
      return await work();
    } catch (error) {
      this.drop(error);
      return await never();
    } finally {
      this.#live--;
      if (this.#live === 0) setImmediate(() => this.#look());
    }
  }

  /** Writes an entry that has not ended. */
  async open(entry: Entry): Promise<void> {
    await this.during(() => this.around.journal.put(this.lease, entry));
    this.#entries.set(entry.at, entry);
  }

  /** Makes an ended entry durable, and resolves when the program may see it. */
  async settle(entry: Entry): Promise<void> {
    await this.#seen(entry, async (place) => {
      await this.around.journal.put(this.lease, { ...entry, place });
      return true;
    });
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
    return answered.find(({ at }) => at === entry.at);
  }

  /** Writes what ended at the next place. Places become visible to the program in their order. */
  async #seen(entry: Entry, write: (place: number) => Promise<boolean>): Promise<boolean> {
    const written = this.during(() => write(++this.#place));
    const before = this.#settled;
    this.#settled = Promise.all([before, written]);
    await before;
    const did = await written;
    if (this.#over) return never();
    if (!did) return false;
    this.#entries.set(entry.at, { ...entry, value: "" });
    this.#refuseUnasked();
    await this.#turns.ended(entry.at);
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
        const entry = this.#entries.get(at);
        if (this.#over || entry === undefined || this.#turns.unasked !== at) return;
        this.#stop(this.#differs(entry, "the program did not ask for it"));
      }),
    );
  }

  /**
   * Waits until `dueAtMs` or until somebody answers the entry at a position. While nothing else
   * goes on, the run may leave memory; the promise then never settles.
   */
  wait(at: string, dueAtMs: number | undefined): Promise<Entry | undefined> {
    const answer = this.#answers.get(at);
    if (answer !== undefined) return Promise.resolve(answer);
    if (this.#over) return never();
    return new Promise((resolve, reject) => {
      this.#waits.set(at, { dueAtMs, resolve, reject });
      setImmediate(() => this.#look());
    });
  }

  /** Takes in what others answered, and whether the run is to be cancelled. */
  async news(row: RunRow): Promise<void> {
    if (row.epoch !== this.lease.epoch) return;
    if (row.cancel) this.#cancel();
    for (const entry of await this.around.journal.answered(this.run.id)) {
      const wait = this.#waits.get(entry.at);
      this.#answers.set(entry.at, entry);
      if (wait === undefined) continue;
      this.#waits.delete(entry.at);
      this.#quietSinceMs = undefined;
      wait.resolve(entry);
    }
  }

  #cancel(): void {
    if (this.#cancelled !== undefined) return;
    const error = workflowErrors.MOR_WORKFLOW_CANCELLED(`run ${this.run.id} was cancelled`);
    this.#cancelled = error;
    this.#tell(error);
    for (const wait of this.#waits.values()) wait.reject(error);
    this.#waits.clear();
  }

  /** Why the run is to end, once it was cancelled. */
  get cancelled(): Error | undefined {
    return this.#cancelled;
  }

  /** From now on steps run although the run was cancelled: they undo what it did. */
  beginCompensation(): void {
    this.#compensating = true;
  }

  get compensating(): boolean {
    return this.#compensating;
  }

  /** Ends the waits whose time is over, and lets the run out of memory once it only waits. */
  #look(): void {
    if (this.#over || this.#suspending || this.#waits.size === 0) return;
    const { clock } = this.around;
    this.#timer();
    const dueAtMs = this.#fire(clock.now());
    if (this.#waits.size === 0) return;
    const dueInMs = dueAtMs === undefined ? Infinity : dueAtMs - clock.now();
    const leftMs = this.#live > 0 ? Infinity : this.#lingerLeftMs();
    if (leftMs <= 0) return void this.#suspend(dueAtMs);
    const inMs = Math.min(leftMs, dueInMs);
    if (inMs < Infinity) this.#timer = clock.after(inMs, () => this.#look());
  }

  /** Resolves the waits that are due, and says when the next one is. */
  #fire(nowMs: number): number | undefined {
    let next: number | undefined;
    for (const [at, { dueAtMs, resolve }] of this.#waits) {
      if (dueAtMs === undefined) continue;
      if (dueAtMs > nowMs) {
        next = Math.min(next ?? dueAtMs, dueAtMs);
        continue;
      }
      this.#waits.delete(at);
      this.#quietSinceMs = undefined;
      resolve(undefined);
    }
    return next;
  }

  #lingerLeftMs(): number {
    const { clock, lingerMs } = this.around;
    this.#quietSinceMs ??= clock.monotonic();
    return this.#quietSinceMs + lingerMs - clock.monotonic();
  }

  async #suspend(wakeAtMs: number | undefined): Promise<void> {
    this.#suspending = true;
    const isCancelled = this.#cancelled !== undefined;
    try {
      if (await this.around.journal.suspend(this.lease, wakeAtMs, isCancelled)) {
        this.#leave({ how: "suspended", wakeAtMs });
      }
      // Otherwise something came, and its news are on the way.
      this.#quietSinceMs = undefined;
    } catch (error) {
      this.drop(error);
    } finally {
      this.#suspending = false;
    }
  }
}

const leftBehind = new Error("the run is no longer in this process");

const failed = (error: Error): Ending => ({ status: "failed", error: encodeError(error) });

/** The result of an entry that ended well. @throws what it failed with */
export function resultOf(entry: Pick<Entry, "status" | "value" | "error">): string {
  if (entry.status === "failed") throw decodeError(entry.error ?? "{}");
  return entry.value;
}
