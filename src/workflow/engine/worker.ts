import type { Cancel } from "../../core/clock.ts";
import { coreErrors, MorningError } from "../../core/errors.ts";
import type { StepCache } from "./cache.ts";
import { Claims } from "./claims.ts";
import { runProgram } from "./context.ts";
import type { WorkflowEngineOptions, WorkflowLimits } from "./options.ts";
import type { Deliveries } from "./deliveries.ts";
import { workflowErrors } from "./errors.ts";
import type { Journal } from "./journal.ts";
import { Life } from "./life.ts";
import type { Program } from "./program.ts";
import { Programs } from "./programs.ts";
import { Room } from "./room.ts";
import type { Ending, Entry, Lease, NewRun, RunRow } from "./rows.ts";
import { workChannel } from "./script.ts";
import type { Outcome, Surroundings } from "./surroundings.ts";

/** How long a run rests whose journal could not be written, milliseconds. */
const retryMs = 1000;

/** How often is looked for attempts that are to be shown, milliseconds. */
const showMs = 500;

/** What a worker shares with its engine. */
export interface WorkerParts {
  readonly options: WorkflowEngineOptions;
  readonly limits: WorkflowLimits;
  readonly journal: Journal;
  readonly cache: StepCache;
  readonly deliveries: Deliveries;
  /** Hears of runs that are in memory here no more, and how they ended if they did. */
  readonly left: (run: RunRow, ending: Ending | undefined) => void;
}

/** Runs what is ready of its programs; many workers may share a store. */
export class Worker {
  readonly programs: Programs = new Programs();
  readonly #parts: WorkerParts;
  readonly #claims: Claims;
  readonly #owner: string;
  readonly #lives = new Map<string, Life>();
  readonly #room: Room;
  /** Runs that are being begun here. */
  readonly #beginning = new Set<string>();
  /** News of those. */
  readonly #early = new Map<string, RunRow>();
  readonly #cancels: Cancel[] = [];
  #timer: Cancel = () => {};
  #lease: Cancel = () => {};
  #show: Cancel | undefined;
  #working: Promise<void> | undefined;
  #again = false;
  #isStarted = false;
  /** When its lease ends, as the journal has it. */
  #heldUntilMs = Infinity;
  /** What was asked of the journal failed: what it has may be other than what is here. */
  #isUnsure = false;
  #stopping = false;

  constructor(parts: WorkerParts) {
    this.#parts = parts;
    const { options, limits, journal } = parts;
    this.#claims = new Claims(journal.script, options.clock);
    this.#owner = options.ids.uuid();
    this.#room = new Room(limits.runsMax);
  }

  /** Runs in memory. */
  get living(): number {
    return this.#lives.size;
  }

  /** A run that is in memory here. */
  lifeOf(id: string): Life | undefined {
    return this.#lives.get(id);
  }

  async start(programs: readonly Program[]): Promise<void> {
    for (const program of programs) this.programs.add(program);
    if (!this.#isStarted) {
      this.#isStarted = true;
      await this.#renew();
      this.#cancels.push(this.#parts.options.store.listen(workChannel, () => this.#work()));
    }
    this.#work();
  }

  async #renew(): Promise<void> {
    const { clock, log } = this.#parts.options;
    const { leaseMs } = this.#parts.limits;
    const untilMs = clock.now() + leaseMs;
    try {
      const freed = await this.#claims.renew(this.#owner, untilMs);
      // Others may have its runs by now: it stood still, or the journal was away.
      if (clock.now() >= this.#heldUntilMs) this.#doubt();
      else if (freed > 0) this.#work();
      this.#heldUntilMs = untilMs;
    } catch (error) {
      log.warn("workflows: the lease could not be renewed", { error: String(error) });
      this.#doubt();
    }
    if (this.#stopping) return;
    this.#lease = clock.after(leaseMs / 3, () => void this.#renew());
  }

  /** Looks for work; while it looks, once more is enough for all who ask. */
  #work(): void {
    if (this.#stopping || this.programs.size === 0) return;
    if (this.#working !== undefined) {
      this.#again = true;
      return;
    }
    this.#working = this.#pass()
      .catch((error: unknown) => this.#unread(error))
      .finally(() => {
        this.#working = undefined;
        if (!this.#again) return;
        this.#again = false;
        this.#work();
      });
  }

  #unread(error: unknown): void {
    const { clock, log } = this.#parts.options;
    log.warn("workflows: the journal could not be read", { error: String(error) });
    this.#isUnsure = true;
    this.#armAt(clock.now() + retryMs);
  }

  #doubt(): void {
    this.#isUnsure = true;
    this.#work();
  }

  /**
   * Puts right what a write left behind of which nobody can tell whether it was kept: runs that it
   * took are given back, news that it took are heard, runs that it lost are let go.
   */
  async #reconcile(): Promise<void> {
    this.#isUnsure = false;
    const before = [...this.#lives.values()];
    const rows = new Map((await this.#claims.held(this.#owner)).map((row) => [row.id, row]));
    for (const life of before) {
      const { run, epoch } = life.lease;
      if (rows.get(run)?.epoch === epoch) continue;
      life.drop(workflowErrors.MOR_WORKFLOW_FENCED(`run ${run} is no longer here`));
    }
    for (const [run, row] of rows) {
      const life = this.#lives.get(run);
      if (life?.lease.epoch === row.epoch) await life.news(row);
      // Whether it is left behind shows once that is done.
      else if (this.#beginning.has(run)) this.#isUnsure = true;
      else {
        await this.#claims.giveBack({ run, owner: this.#owner, epoch: row.epoch });
      }
    }
  }

  async #pass(): Promise<void> {
    if (this.#isUnsure) await this.#reconcile();
    for (const row of await this.#claims.nudged(this.#owner)) {
      const life = this.#lives.get(row.id);
      if (life !== undefined) await life.news(row);
      else if (this.#beginning.has(row.id)) this.#early.set(row.id, row);
    }
    if (await this.#claims.wake()) this.#again = true;
    // Where there is no room, the next run that leaves looks again.
    if (this.#room.left > 0) await this.#claim();
    const wakeAtMs = await this.#claims.nextWakeMs();
    if (wakeAtMs !== undefined) this.#armAt(wakeAtMs);
  }

  /** Takes what is ready as there is room, those first who have the least of it. */
  async #claim(): Promise<void> {
    let wants = await this.#claims.ready(this.programs.wants);
    while (wants.length > 0 && !this.#stopping) {
      const shares = this.#room.share(wants, this.programs.size);
      if (shares.length === 0) return;
      const claimed = await this.#claims.claim(this.#owner, shares);
      await Promise.all(claimed.map((row) => this.#take(row)));
      if (claimed.length > 0) this.#again = true;
      const served = new Set(shares.map(({ workflow, asked }) => `${asked} ${workflow}`));
      wants = wants.filter(({ workflow, asked }) => !served.has(`${asked} ${workflow}`));
    }
  }

  #armAt(atMs: number): void {
    this.#timer();
    const { clock } = this.#parts.options;
    this.#timer = clock.after(Math.max(0, atMs - clock.now()), () => this.#work());
  }

  async #take(row: RunRow): Promise<void> {
    this.#room.enter(row.workflow);
    try {
      // A first epoch has recorded nothing, unless it is a fork.
      const isNew = row.epoch === 1 && row.forkOf === undefined;
      this.#begin(row, isNew ? [] : await this.#parts.journal.entries(row.id));
    } catch (error) {
      this.#room.leave(row.workflow);
      this.#lost({ run: row.id, owner: this.#owner, epoch: row.epoch }, error);
    }
  }

  /** Runs a run for which there is room already. */
  #begin(row: RunRow, entries: readonly Entry[]): void {
    const program = this.programs.find(row.workflow, row.version);
    if (program === undefined || this.#stopping) return void this.#room.leave(row.workflow);
    const run = { ...row, dueAtMs: row.dueAtMs ?? dueOf(row, program) };
    const life = new Life(run, this.#owner, entries, this.surroundings(program));
    this.#lives.set(row.id, life);
    const early = this.#early.get(row.id);
    if (early !== undefined) void life.news(early).catch((error: unknown) => life.drop(error));
    void life.live(() => runProgram(life)).then((outcome) => this.#left(row, life, outcome));
    this.#show ??= this.#parts.options.clock.after(showMs, () => this.#showLong());
  }

  /** Shows long attempts, as long as runs are here. */
  #showLong(): void {
    this.#show = undefined;
    const { clock, log } = this.#parts.options;
    if (this.#lives.size === 0 || this.#stopping) return;
    for (const life of this.#lives.values()) {
      life.show().catch((error: unknown) => {
        log.warn("workflows: a step's progress was not shown", { error: String(error) });
      });
    }
    this.#show = clock.after(showMs, () => this.#showLong());
  }

  #left(row: RunRow, life: Life, outcome: Outcome): void {
    if (this.#lives.get(row.id) === life) this.#lives.delete(row.id);
    const wasFull = this.#room.leave(row.workflow);
    // A run that was lost may have ended: here, where nobody was told so, or elsewhere.
    this.#parts.left(row, outcome.how === "ended" ? outcome.ending : undefined);
    if (outcome.how === "suspended" && outcome.wakeAtMs !== undefined) this.#work();
    if (outcome.how === "lost") this.#lost(life.lease, outcome.error);
    // There is room again.
    if (wasFull) this.#work();
  }

  #lost(lease: Lease, error: unknown): void {
    if (this.#stopping || MorningError.is(error, "MOR_WORKFLOW_FENCED")) return;
    const { clock, log } = this.#parts.options;
    log.warn("workflows: a run was interrupted", { run: lease.run, error: String(error) });
    clock.after(retryMs, () => {
      if (this.#stopping) return;
      this.#claims.giveBack(lease).catch((again: unknown) => this.#lost(lease, again));
    });
  }

  /** What the lives of a program's runs share. */
  surroundings(program: Program): Surroundings {
    const { journal, cache, deliveries, limits, options } = this.#parts;
    const { lingerMs, entriesMax, historyBytesMax } = limits;
    return {
      ...options,
      journal,
      cache,
      deliveries,
      program,
      lingerMs,
      entriesMax,
      historyBytesMax,
      isCounted: program.concurrency !== undefined,
      begin: (run, parent) => this.#child(run, parent),
      next: (run) => ({ ...run, version: this.#versionOf(run.workflow) }),
    };
  }

  #versionOf(workflow: string): string {
    return this.programs.newest(workflow)?.version ?? "";
  }

  async #child(run: Parameters<Surroundings["begin"]>[0], parent: Lease): Promise<void> {
    const version = this.#versionOf(run.workflow);
    if (await this.insert({ ...run, version, priority: 0 }, parent)) return;
    const row = await this.#parts.journal.run(run.id);
    if (row === undefined || (row.parent === parent.run && row.parentAt === run.parent?.at)) return;
    throw workflowErrors.MOR_WORKFLOW_ID(`there is a run ${run.id} that is no child of this one`);
  }

  /** Begins a run: where there is room for it, it is taken in the same write. Whether it is new. */
  async insert(given: NewRun, parent?: Lease): Promise<boolean> {
    const { journal, options } = this.#parts;
    const run = { ...given, createdAtMs: options.clock.now() };
    if (!this.#mayTake(run)) return journal.begin(run, undefined, parent);
    this.#beginning.add(run.id);
    this.#room.enter(run.workflow);
    let isMine = false;
    try {
      isMine = await journal.begin(run, this.#owner, parent);
      if (isMine) this.#begin(this.#begun(run), []);
      return isMine;
    } catch (error) {
      // It may have been begun, and be in the hands of this worker without its knowing.
      if (MorningError.is(error, "MOR_STATE_UNKNOWN_OUTCOME")) this.#doubt();
      throw error;
    } finally {
      if (!isMine && this.#room.leave(run.workflow)) this.#work();
      this.#beginning.delete(run.id);
      this.#early.delete(run.id);
      if (this.#isUnsure) this.#work();
    }
  }

  #mayTake({ workflow, version }: NewRun): boolean {
    const program = this.programs.find(workflow, version);
    if (this.#stopping || program === undefined || program.concurrency !== undefined) return false;
    return this.#room.for(workflow, this.programs.size) > 0;
  }

  /** A new run as the journal has it. */
  #begun(run: NewRun & { readonly createdAtMs: number }): RunRow {
    const { createdAtMs } = run;
    return {
      ...run,
      status: "running",
      output: undefined,
      error: undefined,
      attributes: run.attributes ?? {},
      owner: this.#owner,
      epoch: 1,
      died: undefined,
      cancel: false,
      paused: false,
      wakeAtMs: undefined,
      dueAtMs: run.dueAtMs,
      parent: run.parent?.run,
      parentAt: run.parent?.at,
      chain: undefined,
      link: 1,
      continues: undefined,
      forkOf: undefined,
      seed: undefined,
      trace: run.trace,
      beginAtMs: createdAtMs,
      createdAtMs,
      startedAtMs: createdAtMs,
      endedAtMs: undefined,
    };
  }

  /** Stops: what runs is given back, for others or the next start. */
  async close(): Promise<void> {
    this.#stopping = true;
    this.#timer();
    this.#lease();
    this.#show?.();
    for (const cancel of this.#cancels) cancel();
    await this.#working;
    for (const life of this.#lives.values()) life.drop(coreErrors.MOR_STOPPING("stopping"));
    await this.#claims.release(this.#owner);
  }
}

/** When a run's time is over. */
const dueOf = (run: RunRow, { timeoutMs }: Program): number | undefined =>
  timeoutMs === undefined ? undefined : run.createdAtMs + timeoutMs;
