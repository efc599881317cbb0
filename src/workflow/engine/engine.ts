import type { Cancel, Clock } from "../../core/clock.ts";
import { coreErrors, MorningError } from "../../core/errors.ts";
import type { Ids, Random } from "../../core/ids.ts";
import type { Log } from "../../core/log.ts";
import type { Store } from "../../core/store.ts";
import { perform } from "./context.ts";
import { workflowErrors } from "./errors.ts";
import { decodeError } from "./failure.ts";
import { Claims } from "./claims.ts";
import { endChannel, Journal } from "./journal.ts";
import type { Entry, Lease, NewRun, RunRow } from "./rows.ts";
import { Life } from "./life.ts";
import type { Outcome, Surroundings } from "./life.ts";
import type { Program } from "./program.ts";
import { workChannel } from "./script.ts";
import { workflowSchema } from "./schema.ts";
import { decodeValue, encodeValue } from "./value.ts";

/** What an engine is opened with. */
export interface WorkflowEngineOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly random: Random;
  readonly log: Log;
  readonly limits?: Partial<WorkflowLimits>;
}

/** Limits of an engine. */
export interface WorkflowLimits {
  /** Runs in memory at once. */
  readonly runsMax: number;
  /** How long a worker may be silent before others take its runs, milliseconds. */
  readonly leaseMs: number;
  /** How long a run that only waits stays in memory, milliseconds. */
  readonly lingerMs: number;
}

const usual: WorkflowLimits = { runsMax: 1000, leaseMs: 15_000, lingerMs: 1000 };

/** How long a run rests whose journal could not be written, milliseconds. */
const retryMs = 1000;

/** How a run is started. */
export interface StartOptions {
  /** Names the run: starting it again does nothing. A new one if left out. */
  readonly id?: string;
  /** Higher ones first; 0 if left out. */
  readonly priority?: number;
}

/** Runs workflows over the journal of a state store; many engines may share one. */
export class WorkflowEngine {
  readonly #options: WorkflowEngineOptions;
  readonly #limits: WorkflowLimits;
  readonly #journal: Journal;
  readonly #claims: Claims;
  readonly #owner: string;
  readonly #programs = new Map<string, Program>();
  readonly #lives = new Map<string, Life>();
  /** Runs that are being begun here. */
  readonly #beginning = new Set<string>();
  /** News of those. */
  readonly #early = new Map<string, RunRow>();
  readonly #ends = new Map<string, Set<() => void>>();
  readonly #cancels: Cancel[] = [];
  #timer: Cancel = () => {};
  #lease: Cancel = () => {};
  #working: Promise<void> | undefined;
  #again = false;
  #stopping = false;

  private constructor(options: WorkflowEngineOptions) {
    this.#options = options;
    this.#limits = { ...usual, ...options.limits };
    this.#journal = new Journal(options.store, options.clock);
    this.#claims = new Claims(options.store, options.clock);
    this.#owner = options.ids.uuid();
  }

  /** Opens an engine; it runs nothing before it is started. */
  static async open(options: WorkflowEngineOptions): Promise<WorkflowEngine> {
    await options.store.migrate(workflowSchema);
    return new WorkflowEngine(options);
  }

  /** Begins to run what is ready of these workflows. */
  async start(programs: readonly Program[]): Promise<void> {
    for (const program of programs) this.#programs.set(program.name, program);
    await this.#renew();
    const { store } = this.#options;
    this.#cancels.push(
      store.listen(workChannel, () => this.#work()),
      store.listen(endChannel, () => this.#tellEnds()),
    );
    this.#work();
  }

  async #renew(): Promise<void> {
    const { clock, log } = this.#options;
    const { leaseMs } = this.#limits;
    try {
      const freed = await this.#claims.renew(this.#owner, clock.now() + leaseMs);
      if (freed > 0) this.#work();
    } catch (error) {
      log.warn("workflows: the lease could not be renewed", { error: String(error) });
    }
    if (this.#stopping) return;
    this.#lease = clock.after(leaseMs / 3, () => void this.#renew());
  }

  /** Looks for work; while it looks, once more is enough for all who ask. */
  #work(): void {
    if (this.#stopping || this.#programs.size === 0) return;
    if (this.#working !== undefined) {
      this.#again = true;
      return;
    }
    this.#working = this.#pass()
      .catch((error: unknown) => {
        this.#options.log.warn("workflows: the journal could not be read", {
          error: String(error),
        });
        this.#armAt(this.#options.clock.now() + retryMs);
      })
      .finally(() => {
        this.#working = undefined;
        if (!this.#again) return;
        this.#again = false;
        this.#work();
      });
  }

  async #pass(): Promise<void> {
    for (const row of await this.#claims.nudged(this.#owner)) {
      const life = this.#lives.get(row.id);
      if (life !== undefined) await life.news(row);
      else if (this.#beginning.has(row.id)) this.#early.set(row.id, row);
    }
    // Where there is no room, the next run that leaves looks again.
    const room = this.#room();
    if (room <= 0) return;
    const claimed = await this.#claims.claim(this.#owner, [...this.#programs.keys()], room);
    await Promise.all(claimed.map((row) => this.#take(row)));
    if (claimed.length > 0) this.#again = true;
    const wakeAtMs = await this.#claims.nextWakeMs();
    if (wakeAtMs !== undefined) this.#armAt(wakeAtMs);
  }

  #armAt(atMs: number): void {
    this.#timer();
    const { clock } = this.#options;
    this.#timer = clock.after(Math.max(0, atMs - clock.now()), () => this.#work());
  }

  #room(): number {
    return this.#limits.runsMax - this.#lives.size - this.#beginning.size;
  }

  async #take(row: RunRow): Promise<void> {
    try {
      // A first epoch has recorded nothing.
      this.#begin(row, row.epoch === 1 ? [] : await this.#journal.entries(row.id));
    } catch (error) {
      this.#lost({ run: row.id, owner: this.#owner, epoch: row.epoch }, error);
    }
  }

  #begin(row: RunRow, entries: readonly Entry[]): void {
    const program = this.#programs.get(row.workflow);
    if (program === undefined || this.#stopping) return;
    const life = new Life(row, this.#owner, entries, this.#surroundings());
    this.#lives.set(row.id, life);
    const early = this.#early.get(row.id);
    if (early !== undefined) void life.news(early).catch((error: unknown) => life.drop(error));
    void life.live(() => perform(life, program)).then((outcome) => this.#left(row, life, outcome));
  }

  #left(row: RunRow, life: Life, outcome: Outcome): void {
    if (this.#lives.get(row.id) === life) this.#lives.delete(row.id);
    if (outcome.how === "ended") this.#tellEnd(row.id);
    if (outcome.how === "suspended" && outcome.wakeAtMs !== undefined) this.#work();
    if (outcome.how === "lost") this.#lost(life.lease, outcome.error);
    // There is room again.
    if (this.#room() === 1) this.#work();
  }

  #lost(lease: Lease, error: unknown): void {
    if (this.#stopping || MorningError.is(error, "MOR_WORKFLOW_FENCED")) return;
    const { clock, log } = this.#options;
    log.warn("workflows: a run was interrupted", { run: lease.run, error: String(error) });
    clock.after(retryMs, () => {
      if (this.#stopping) return;
      this.#claims.giveBack(lease).catch((again: unknown) => this.#lost(lease, again));
    });
  }

  #surroundings(): Surroundings {
    const { clock, random, log, ids } = this.#options;
    return {
      journal: this.#journal,
      clock,
      random,
      log,
      lingerMs: this.#limits.lingerMs,
      begin: (run) => this.#insert({ ...run, version: this.#versionOf(run.workflow), priority: 0 }),
      newToken: () => ids.hex(32),
    };
  }

  #versionOf(workflow: string): string {
    return this.#programs.get(workflow)?.version ?? "";
  }

  async #insert(run: NewRun): Promise<void> {
    // Where there is room for it, it is taken in the same write.
    const mine = !this.#stopping && this.#programs.has(run.workflow) && this.#room() > 0;
    if (!mine) return void (await this.#journal.begin(run, undefined));
    this.#beginning.add(run.id);
    try {
      if (await this.#journal.begin(run, this.#owner)) this.#begin(this.#begun(run), []);
    } finally {
      this.#beginning.delete(run.id);
      this.#early.delete(run.id);
    }
  }

  /** A new run as the journal has it. */
  #begun(run: NewRun): RunRow {
    const now = this.#options.clock.now();
    return {
      ...run,
      status: "running",
      output: undefined,
      error: undefined,
      owner: this.#owner,
      epoch: 1,
      cancel: false,
      wakeAtMs: undefined,
      parent: run.parent?.run,
      parentAt: run.parent?.at,
      createdAtMs: now,
      startedAtMs: now,
      endedAtMs: undefined,
    };
  }

  /** Starts a run, and gives its id. Starting a run of an id that exists does nothing. */
  async run(workflow: string, input: unknown, options: StartOptions = {}): Promise<string> {
    const id = options.id ?? this.#options.ids.uuid();
    await this.#insert({
      id,
      workflow,
      version: this.#versionOf(workflow),
      input: encodeValue(input, `the input of workflow ${workflow}`),
      priority: options.priority ?? 0,
    });
    return id;
  }

  /**
   * Waits for a run's result.
   * @throws MOR_NOT_FOUND, MOR_WORKFLOW_FAILED with its cause, MOR_WORKFLOW_CANCELLED
   */
  async result(id: string): Promise<unknown> {
    for (;;) {
      let heard = (): void => {};
      const end = new Promise<void>((resolve) => (heard = resolve));
      const waiting = this.#ends.get(id) ?? new Set();
      this.#ends.set(id, waiting.add(heard));
      try {
        const row = await this.state(id);
        if (row.endedAtMs !== undefined) return outcomeOf(row);
        await end;
      } finally {
        waiting.delete(heard);
        if (waiting.size === 0) this.#ends.delete(id);
      }
    }
  }

  /** How a run stands. @throws MOR_NOT_FOUND */
  async state(id: string): Promise<RunRow> {
    const row = await this.#journal.run(id);
    if (row === undefined) throw coreErrors.MOR_NOT_FOUND(`there is no run ${id}`);
    return row;
  }

  /** What a run recorded. */
  entries(id: string): Promise<readonly Entry[]> {
    return this.#journal.entries(id);
  }

  /** @throws MOR_WORKFLOW_ENDED */
  async signal(id: string, name: string, value?: unknown): Promise<void> {
    const text = encodeValue(value, `signal ${name}`);
    if (await this.#journal.signal(id, name, text)) return;
    throw workflowErrors.MOR_WORKFLOW_ENDED(`run ${id} has ended, or never was`);
  }

  /** Answers a callback. @throws MOR_WORKFLOW_TOKEN */
  async answer(token: string, value?: unknown): Promise<void> {
    const text = encodeValue(value, "the answer");
    if (await this.#journal.answerToken(token, text)) return;
    throw workflowErrors.MOR_WORKFLOW_TOKEN("nobody waits for this token");
  }

  /** Asks a run to undo what it did and to end. @throws MOR_WORKFLOW_ENDED */
  async cancel(id: string): Promise<void> {
    if (await this.#journal.cancel(id)) return;
    throw workflowErrors.MOR_WORKFLOW_ENDED(`run ${id} has ended, or never was`);
  }

  #tellEnd(id: string): void {
    for (const heard of this.#ends.get(id) ?? []) heard();
  }

  #tellEnds(): void {
    for (const id of this.#ends.keys()) if (!this.#lives.has(id)) this.#tellEnd(id);
  }

  /** Runs in memory, for figures. */
  get living(): number {
    return this.#lives.size;
  }

  /** Stops: what runs is given back, for others or the next start. */
  async close(): Promise<void> {
    this.#stopping = true;
    this.#timer();
    this.#lease();
    for (const cancel of this.#cancels) cancel();
    await this.#working;
    for (const life of this.#lives.values()) life.drop(coreErrors.MOR_STOPPING("stopping"));
    await this.#claims.release(this.#owner);
  }
}

function outcomeOf({ id, status, output, error }: RunRow): unknown {
  if (status === "completed") return decodeValue(output ?? "");
  const cause = error === undefined ? undefined : decodeError(error);
  if (status === "cancelled") {
    throw workflowErrors.MOR_WORKFLOW_CANCELLED(`run ${id} was cancelled`, { cause });
  }
  throw workflowErrors.MOR_WORKFLOW_FAILED(`run ${id} ${status}: ${cause?.message ?? ""}`, {
    cause,
  });
}
