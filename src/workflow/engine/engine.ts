import type { Cancel } from "../../core/clock.ts";
import { coreErrors } from "../../core/errors.ts";
import { parseJson } from "../../core/json.ts";
import { answer, asked } from "./asks.ts";
import { StepCache } from "./cache.ts";
import { Deliveries } from "./deliveries.ts";
import { replyOf } from "./deliveries.ts";
import type { Reply } from "./deliveries.ts";
import { Ends } from "./ends.ts";
import { workflowErrors } from "./errors.ts";
import { assertFailed, Forks } from "./forks.ts";
import type { ForkPlace } from "./forks.ts";
import { Journal } from "./journal.ts";
import type { Life } from "./life.ts";
import { assertAttributes, assertId, assertName } from "./limits.ts";
import { Orders } from "./orders.ts";
import { usualLimits } from "./options.ts";
import type {
  ForkOptions,
  StartOptions,
  WorkflowEngineOptions,
  WorkflowLimits,
} from "./options.ts";
import type { Program } from "./program.ts";
import { Programs } from "./programs.ts";
import { Records } from "./records.ts";
import type { OpenCallback, Page, PageOptions, RunCount, RunFilter } from "./records.ts";
import { replay } from "./replays.ts";
import type { Replayed, ReplayAsked } from "./replays.ts";
import { Retention } from "./retention.ts";
import type { Entry, RunRow, RunSummary } from "./rows.ts";
import { workflowSchema } from "./schema.ts";
import { encodeValue } from "./value.ts";
import { Worker } from "./worker.ts";

export type {
  ForkOptions,
  StartOptions,
  WorkflowEngineOptions,
  WorkflowLimits,
} from "./options.ts";

/** How often what is old is removed, milliseconds. */
const sweepMs = 600_000;

/** Runs workflows over the journal of a state store; many engines may share one. */
export class WorkflowEngine {
  readonly #options: WorkflowEngineOptions;
  readonly #limits: WorkflowLimits;
  readonly #journal: Journal;
  readonly #cache: StepCache;
  readonly #records: Records;
  readonly #orders: Orders;
  readonly #deliveries: Deliveries;
  readonly #forks: Forks;
  readonly #retention: Retention;
  readonly #worker: Worker;
  readonly #ends: Ends;
  readonly #known: Programs = new Programs();
  #sweep: Cancel = () => {};
  #stopping = false;

  private constructor(options: WorkflowEngineOptions) {
    this.#options = options;
    this.#limits = { ...usualLimits, ...options.limits };
    const { store, clock } = options;
    this.#journal = new Journal(store, clock);
    const { script } = this.#journal;
    this.#cache = new StepCache(script, clock);
    this.#records = new Records(script);
    this.#orders = new Orders(script, clock);
    this.#deliveries = new Deliveries(script, clock);
    this.#forks = new Forks(script, clock);
    this.#retention = new Retention(
      script,
      clock,
      this.#limits.retentionMs,
      options.removing ?? (() => Promise.resolve()),
    );
    this.#ends = new Ends(this.#records, store, (id) => this.#worker.lifeOf(id) !== undefined);
    this.#worker = new Worker({
      options,
      limits: this.#limits,
      journal: this.#journal,
      cache: this.#cache,
      deliveries: this.#deliveries,
      left: (run, ending) => this.#ends.left(run, ending),
    });
  }

  /** Opens an engine; it runs nothing before it is started. */
  static async open(options: WorkflowEngineOptions): Promise<WorkflowEngine> {
    await options.store.migrate(workflowSchema);
    return new WorkflowEngine(options);
  }

  /**
   * Begins to run what is ready of these workflows. Several versions of one may stand beside each
   * other: the last one given is started anew, the others finish what was started with them.
   */
  async start(programs: readonly Program[]): Promise<void> {
    await this.#worker.start(programs);
    this.#sweep();
    if (programs.length > 0)
      this.#sweep = this.#options.clock.after(sweepMs, () => void this.#clean());
  }

  async #clean(): Promise<void> {
    try {
      while (!this.#stopping && (await this.sweep()));
    } catch (error) {
      this.#options.log.warn("workflows: what is old was not removed", { error: String(error) });
    }
    if (!this.#stopping) this.#sweep = this.#options.clock.after(sweepMs, () => void this.#clean());
  }

  /** Removes a bounded number of old runs and results; whether there may be more. */
  async sweep(): Promise<boolean> {
    const [runs, results] = [await this.#retention.sweep(), await this.#cache.sweep()];
    return runs || results;
  }

  /**
   * Starts a run, and gives its id. Starting a run of an id that exists does nothing.
   * @throws MOR_WORKFLOW_ID where the id is that of another workflow's run
   */
  async run(workflow: string, input: unknown, options: StartOptions = {}): Promise<string> {
    const { id = this.#options.ids.uuid(), priority = 0, attributes, trace } = options;
    assertId(id);
    assertName(workflow);
    if (attributes !== undefined) assertAttributes(attributes);
    const isNew = await this.#worker.insert({
      id,
      workflow,
      version: this.#worker.programs.newest(workflow)?.version ?? "",
      input: encodeValue(input, `the input of workflow ${workflow}`),
      priority,
      trace,
      ...(attributes === undefined ? {} : { attributes }),
    });
    if (!isNew) await this.#assertOf(workflow, id);
    return id;
  }

  async #assertOf(workflow: string, id: string): Promise<void> {
    const row = await this.#journal.run(id);
    if (row === undefined || row.workflow === workflow) return;
    throw workflowErrors.MOR_WORKFLOW_ID(
      `workflow ${workflow}: ${id} is a run of workflow ${row.workflow}`,
    );
  }

  /**
   * Waits for the result of a run, or of the chain that it begins.
   * @throws MOR_NOT_FOUND, MOR_WORKFLOW_FAILED with its cause, MOR_WORKFLOW_CANCELLED,
   * MOR_WORKFLOW_TERMINATED
   */
  result(id: string): Promise<unknown> {
    return this.#ends.result(id);
  }

  /** How a run stands. @throws MOR_NOT_FOUND */
  async state(id: string): Promise<RunRow> {
    const row = await this.#journal.run(id);
    if (row === undefined) throw coreErrors.MOR_NOT_FOUND(`there is no run ${id}`);
    return row;
  }

  /** Programs that are not run here, and can be asked: a replay takes nothing that they hold. */
  know(programs: readonly Program[]): void {
    for (const program of programs) this.#known.add(program);
  }

  /** What a run recorded, in the order of its program; 1,000 entries if `limit` is left out. */
  entries(
    id: string,
    options: { readonly after?: string; readonly limit?: number } = {},
  ): Promise<readonly Entry[]> {
    return this.#records.entries(id, options);
  }

  /** Runs, the newest first. */
  list(options: RunFilter & PageOptions = {}): Promise<Page<RunSummary>> {
    return this.#records.list(options, options);
  }

  /** How many runs each workflow has in each state. */
  counts(): Promise<readonly RunCount[]> {
    return this.#records.counts();
  }

  /** Callbacks that wait for their answers, the oldest first; their tokens stay hidden. */
  openCallbacks(options: PageOptions = {}): Promise<Page<OpenCallback>> {
    return this.#records.openCallbacks(options);
  }

  /** @throws MOR_WORKFLOW_ENDED, MOR_WORKFLOW_SIGNALS_FULL */
  async signal(id: string, name: string, value?: unknown): Promise<void> {
    assertName(name);
    const text = encodeValue(value, `signal ${name}`);
    await this.#order(id, async (run) => {
      if ((await this.#deliveries.signalsKept(run)) >= this.#limits.signalsMax) {
        throw workflowErrors.MOR_WORKFLOW_SIGNALS_FULL(
          `run ${run} has ${this.#limits.signalsMax} signals that it has not taken`,
        );
      }
      return this.#deliveries.signal(run, name, text);
    });
  }

  /** Answers a callback. @throws MOR_WORKFLOW_TOKEN */
  answer(token: string, value?: unknown): Promise<void> {
    return this.#reply(token, replyOf({ value }));
  }

  /** Says that whoever has a callback's token still works on it. @throws MOR_WORKFLOW_TOKEN */
  async heartbeat(token: string): Promise<void> {
    if (await this.#deliveries.heartbeat(token)) return;
    throw workflowErrors.MOR_WORKFLOW_TOKEN("nobody waits for this token");
  }

  /** Fails a callback. @throws MOR_WORKFLOW_TOKEN */
  fail(token: string, error: unknown): Promise<void> {
    return this.#reply(token, replyOf({ error }));
  }

  async #reply(token: string, reply: Reply): Promise<void> {
    if (await this.#deliveries.answerToken(token, reply)) return;
    throw workflowErrors.MOR_WORKFLOW_TOKEN("nobody waits for this token");
  }

  /** Answers the callback at a position, for those who may without its token. */
  async answerAt(
    run: string,
    at: string,
    reply: { readonly value?: unknown } | { readonly error: unknown },
  ): Promise<void> {
    if (await this.#deliveries.answerAt(run, at, replyOf(reply))) return;
    throw workflowErrors.MOR_WORKFLOW_TOKEN(`run ${run} waits for no answer at ${at}`);
  }

  /**
   * Gives an event to the runs that wait for it, and to those that will: to each once, however
   * often it is delivered.
   * @param envelope its JSON, with the event's `id` and, for patterns and the workflow, `detail`
   * @returns how many runs got it by this call
   * @throws MOR_INVALID
   */
  async deliverEvent(name: string, envelope: string): Promise<number> {
    const { id } = (parseJson(envelope, `event ${name}`) ?? {}) as { readonly id?: unknown };
    if (typeof id !== "string" || id === "") {
      throw coreErrors.MOR_INVALID(`event ${name}: its envelope has no id`);
    }
    return this.#deliveries.event({ id, name, value: envelope });
  }

  /**
   * Asks a run what its workflow registered by `context.query`, also while it waits and after its
   * end.
   * @throws MOR_NOT_FOUND, MOR_WORKFLOW_QUERY
   */
  async query(id: string, name: string): Promise<unknown> {
    return answer(await this.#asked(id), name);
  }

  /** What a run can be asked, by name. @throws MOR_NOT_FOUND, MOR_WORKFLOW_QUERY */
  async queries(id: string): Promise<readonly string[]> {
    return [...(await this.#asked(id)).queries.keys()];
  }

  async #asked(id: string): Promise<Life> {
    const run = await this.#current(id);
    const { programs } = this.#worker;
    const program =
      programs.find(run.workflow, run.version) ?? this.#known.find(run.workflow, run.version);
    return asked(this.#worker.lifeOf(run.id), {
      run,
      entries: () => this.#journal.entries(run.id),
      around: program === undefined ? undefined : this.#worker.surroundings(program),
    });
  }

  /** Asks a run and its children to undo what they did and to end. @throws MOR_WORKFLOW_ENDED */
  cancel(id: string): Promise<void> {
    return this.#order(id, (run) => this.#orders.cancel(run));
  }

  /** Keeps a run from going on; a step that runs may end. @throws MOR_WORKFLOW_ENDED */
  pause(id: string): Promise<void> {
    return this.#order(id, (run) => this.#orders.pause(run));
  }

  /** Lets a paused run go on. @throws MOR_WORKFLOW_ENDED */
  resume(id: string): Promise<void> {
    return this.#order(id, (run) => this.#orders.resume(run));
  }

  /** Ends a run and its children where they stand: nothing is undone. @throws MOR_WORKFLOW_ENDED */
  terminate(id: string, reason: string): Promise<void> {
    return this.#order(id, (run) => this.#orders.terminate(run, reason));
  }

  /** Asks a run, or the one with which its chain goes on by now. */
  async #order(id: string, order: (run: string) => Promise<boolean>): Promise<void> {
    for (let [to, tried] = [id, ""]; to !== tried;) {
      if (await order(to)) return;
      tried = to;
      to = (await this.#records.current(id))?.id ?? to;
    }
    throw workflowErrors.MOR_WORKFLOW_ENDED(`run ${id} has ended, or never was`);
  }

  async #current(id: string): Promise<RunRow> {
    const row = await this.#records.current(id);
    if (row === undefined) throw coreErrors.MOR_NOT_FOUND(`there is no run ${id}`);
    return row;
  }

  /**
   * Begins a run with what another one recorded before a position, and goes on from there with
   * today's program. What is open is not copied: it is begun anew.
   * @returns its id
   * @throws MOR_NOT_FOUND, MOR_WORKFLOW_FORK, MOR_CONFLICT where a run of its id exists
   */
  async fork(id: string, options: ForkOptions): Promise<string> {
    const source = await this.state(id);
    const place = await this.#forks.placeAt(id, options.at);
    const input = "input" in options ? encodeValue(options.input, "the input") : source.input;
    return this.#fork(source, input, place, options.id);
  }

  async #fork(source: RunRow, input: string, place: ForkPlace, as?: string): Promise<string> {
    const { workflow, priority, attributes, trace } = source;
    const id = as ?? this.#options.ids.uuid();
    assertId(id);
    const version = this.#worker.programs.newest(workflow)?.version ?? "";
    await this.#forks.fork(
      source,
      { id, workflow, version, input, priority, attributes, trace },
      place,
    );
    return id;
  }

  /**
   * Tries a run that failed again, as a fork: from the step that failed, or from the first one that
   * was undone.
   * @returns the fork's id
   */
  async retry(id: string, options: { readonly id?: string } = {}): Promise<string> {
    const source = await this.#current(id);
    assertFailed(source);
    const place = await this.#forks.placeOfFailure(source);
    return this.#fork(source, source.input, place, options.id);
  }

  /**
   * Begins a run anew from its start, with today's program and, unless another is given, its input.
   * @returns the new run's id
   * @throws MOR_NOT_FOUND, MOR_CONFLICT where a run of its id exists
   */
  async anew(id: string, options: Omit<ForkOptions, "at"> = {}): Promise<string> {
    const source = await this.state(id);
    const input = "input" in options ? encodeValue(options.input, "the input") : source.input;
    return this.#fork(source, input, "start", options.id);
  }

  /**
   * Takes up many ended runs again, the newest first: those that failed from where they failed, or
   * all of them from their start.
   * @param which those that failed if it names no statuses; from the start all that ended
   * @returns the runs and their forks, and where to go on
   */
  replay(which: ReplayAsked): Promise<Page<Replayed>> {
    return replay(
      which,
      (filter) => this.list(filter),
      (id, from) => (from === "start" ? this.anew(id) : this.retry(id)),
    );
  }

  /** Runs in memory, for figures. */
  get living(): number {
    return this.#worker.living;
  }

  /** Stops: what runs is given back, for others or the next start. */
  async close(): Promise<void> {
    this.#stopping = true;
    this.#sweep();
    this.#ends.close();
    await this.#worker.close();
  }
}
