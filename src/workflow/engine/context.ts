import { createHash } from "node:crypto";
import { MorningError } from "../../core/errors.ts";
import { backoffMs } from "../../core/retry.ts";
import { workflowErrors } from "./errors.ts";
import { Attempt } from "./attempt.ts";
import { encodeError, failureOf, messageOf } from "./failure.ts";
import type { Ending, Entry, EntryKind } from "./rows.ts";
import { resultOf } from "./life.ts";
import type { Life } from "./life.ts";
import type {
  MapOptions,
  Program,
  Settled,
  StepCall,
  StepOptions,
  WorkflowContext,
} from "./program.ts";
import { decodeValue, encodeValue } from "./value.ts";

const retryUsual = { attemptsMax: 3, baseMs: 1000, delayMsMax: 60_000 };

/** Undoes a step. */
interface Compensation {
  readonly name: string;
  readonly undo: (call: StepCall) => unknown;
}

function opened(at: string, kind: EntryKind, name: string, startedAtMs: number): Entry {
  return {
    at,
    place: 0,
    kind,
    name,
    status: "open",
    value: "",
    error: undefined,
    attempt: 0,
    dueAtMs: undefined,
    token: undefined,
    startedAtMs,
    endedAtMs: undefined,
  };
}

/** The context of a run's program, or of one branch of it. */
class Context implements WorkflowContext {
  readonly #life: Life;
  readonly #prefix: string;
  readonly #compensations: Compensation[];
  #calls = 0;
  #draws = 0;

  constructor(life: Life, prefix: string, compensations: Compensation[]) {
    this.#life = life;
    this.#prefix = prefix;
    this.#compensations = compensations;
  }

  get run(): string {
    return this.#life.run.id;
  }

  get log(): WorkflowContext["log"] {
    return this.#life.around.log;
  }

  #at(): string {
    return `${this.#prefix}${this.#calls++}`;
  }

  get #clock(): Life["around"]["clock"] {
    return this.#life.around.clock;
  }

  async step<T>(
    name: string,
    work: (call: StepCall) => T | Promise<T>,
    options: StepOptions<T> = {},
  ): Promise<T> {
    const at = this.#at();
    const known = await this.#life.ask(at, "step", name);
    const ended =
      known !== undefined && known.place > 0
        ? known
        : await this.#attempts(known ?? opened(at, "step", name, this.#clock.now()), work, options);
    const result = decodeValue(resultOf(ended)) as T;
    const { compensate } = options;
    if (compensate !== undefined) {
      this.#compensations.push({ name, undo: (call) => compensate(result, call) });
    }
    return result;
  }

  /** Tries until the step ends, well or badly. */
  async #attempts<T>(
    begun: Entry,
    work: (call: StepCall) => T | Promise<T>,
    options: StepOptions<T>,
  ): Promise<Entry> {
    const policy = { ...retryUsual, ...options.retry };
    let entry = begun;
    for (;;) {
      if (entry.dueAtMs !== undefined) await this.#life.wait(entry.at, entry.dueAtMs);
      const attempt = entry.attempt + 1;
      const tried = await this.#life.during(() => this.#attempt(entry, attempt, work, options));
      const endedAtMs = this.#clock.now();
      if ("value" in tried) {
        entry = { ...entry, status: "done", value: tried.value, attempt, endedAtMs };
        break;
      }
      const { error } = tried;
      if (this.#life.over) return await new Promise<never>(() => {});
      const { cancelled, compensating } = this.#life;
      if (cancelled !== undefined && !compensating) throw cancelled;
      const final = attempt >= policy.attemptsMax || options.retryable?.(error) === false;
      const text = encodeError(error);
      if (final) {
        const failure = workflowErrors.MOR_WORKFLOW_STEP_FAILED(
          `step ${entry.name} of run ${this.run} failed: ${messageOf(error)}`,
          { details: { step: entry.name, attempts: attempt, cause: JSON.parse(text) as unknown } },
        );
        const kept = encodeError(failure);
        entry = { ...entry, status: "failed", error: kept, attempt, endedAtMs };
        break;
      }
      const delayMs = backoffMs(attempt, policy, this.#life.around.random);
      entry = { ...entry, error: text, attempt, dueAtMs: endedAtMs + delayMs };
      await this.#life.open(entry);
    }
    const ended = { ...entry, dueAtMs: undefined };
    await this.#life.settle(ended);
    return ended;
  }

  /** One attempt; its own error is a result like another, its value is one that can be kept. */
  async #attempt<T>(
    { at, name }: Entry,
    attempt: number,
    work: (call: StepCall) => T | Promise<T>,
    { timeoutMs }: StepOptions<T>,
  ): Promise<{ readonly value: string } | { readonly error: unknown }> {
    const call = new Attempt(attempt, `${this.run}/${at}`);
    const deaf = this.#life.compensating ? () => {} : this.#life.onAbort((why) => call.abort(why));
    const late = (): Error =>
      workflowErrors.MOR_WORKFLOW_STEP_TIMEOUT(
        `step ${name} of run ${this.run} took longer than ${timeoutMs} ms`,
      );
    const quick =
      timeoutMs === undefined ? () => {} : this.#clock.after(timeoutMs, () => call.abort(late()));
    try {
      const value = await Promise.race([(async () => work(call))(), call.aborted]);
      return { value: encodeValue(value, `the result of step ${name}`) };
    } catch (error) {
      return { error };
    } finally {
      deaf();
      quick();
    }
  }

  sleep(delayMs: number): Promise<void> {
    return this.#sleep(() => this.#clock.now() + Math.max(0, delayMs));
  }

  sleepUntil(atMs: number): Promise<void> {
    return this.#sleep(() => atMs);
  }

  async #sleep(dueAtMs: () => number): Promise<void> {
    const at = this.#at();
    const known = await this.#life.ask(at, "sleep", "sleep");
    if (known !== undefined && known.place > 0) return;
    let entry = known;
    if (entry === undefined) {
      entry = { ...opened(at, "sleep", "sleep", this.#clock.now()), dueAtMs: dueAtMs() };
      await this.#life.open(entry);
    }
    await this.#life.wait(at, entry.dueAtMs);
    await this.#life.settle({ ...entry, status: "done", endedAtMs: this.#clock.now() });
  }

  async signal<T>(name: string, options: { readonly timeoutMs?: number } = {}): Promise<T> {
    const at = this.#at();
    const known = await this.#life.ask(at, "signal", name);
    if (known !== undefined && known.place > 0) return decodeValue(resultOf(known)) as T;
    if (known !== undefined) return this.#answer<T>(known);
    const { life, entry } = { life: this.#life, entry: this.#waiting(at, "signal", name, options) };
    const { journal } = life.around;
    const value = await life.during(() => journal.openSignal(life.lease, entry));
    if (value === undefined) return this.#answer<T>(entry);
    return this.#answer<T>({ ...entry, status: "done", value, endedAtMs: this.#clock.now() });
  }

  #waiting(
    at: string,
    kind: EntryKind,
    name: string,
    { timeoutMs }: { readonly timeoutMs?: number },
  ): Entry {
    const startedAtMs = this.#clock.now();
    const due = timeoutMs === undefined ? {} : { dueAtMs: startedAtMs + timeoutMs };
    return { ...opened(at, kind, name, startedAtMs), ...due };
  }

  /** What answers an open entry. @throws MOR_WORKFLOW_WAIT_TIMEOUT */
  async #answer<T>(entry: Entry): Promise<T> {
    const waited = entry.status === "open" ? await this.#life.wait(entry.at, entry.dueAtMs) : entry;
    if (waited !== undefined) {
      await this.#life.see(waited);
      return decodeValue(resultOf(waited)) as T;
    }
    const late = workflowErrors.MOR_WORKFLOW_WAIT_TIMEOUT(
      `run ${this.run}: ${entry.kind} ${entry.name} did not come in time`,
    );
    const answered = await this.#life.expire(entry, late);
    if (answered === undefined) throw late;
    await this.#life.see(answered);
    return decodeValue(resultOf(answered)) as T;
  }

  async callback<T>(
    name: string,
    submit: (token: string, call: StepCall) => unknown,
    options: { readonly timeoutMs?: number } = {},
  ): Promise<T> {
    const at = this.#at();
    let entry = this.#life.peek(at, "callback", name);
    if (entry === undefined) {
      await this.#life.ask(at, "callback", name);
      const token = this.#life.around.newToken();
      entry = { ...this.#waiting(at, "callback", name, options), token };
      await this.#life.open(entry);
    }
    const { token = "" } = entry;
    await this.step(`${name}: submit`, async (call) => void (await submit(token, call)));
    // It may have been answered while it was handed over: the answer's turn is after that step's.
    const known = (await this.#life.ask(at, "callback", name)) ?? entry;
    return known.place > 0 ? (decodeValue(resultOf(known)) as T) : this.#answer<T>(known);
  }

  async child<T>(
    workflow: string,
    input?: unknown,
    options: { readonly id?: string } = {},
  ): Promise<T> {
    const at = this.#at();
    const known = await this.#life.ask(at, "child", workflow);
    if (known !== undefined && known.place > 0) return decodeValue(resultOf(known)) as T;
    const id = options.id ?? `${this.run}.${at}`;
    const entry = known ?? { ...opened(at, "child", workflow, this.#clock.now()), value: id };
    if (known === undefined) await this.#life.open(entry);
    if (entry.status === "open") {
      const text = encodeValue(input, `the input of workflow ${workflow}`);
      const parent = { run: this.run, at };
      await this.#life.during(() => this.#life.around.begin({ id, workflow, input: text, parent }));
    }
    return this.#answer<T>(entry);
  }

  parallel<T extends readonly unknown[]>(branches: {
    readonly [K in keyof T]: (context: WorkflowContext) => Promise<T[K]>;
  }): Promise<T> {
    const at = this.#at();
    const each = branches.map(async (branch, index) => branch(this.#branch(at, index)));
    return Promise.all(each) as Promise<unknown> as Promise<T>;
  }

  #branch(at: string, index: number): Context {
    return new Context(this.#life, `${at}.${index}.`, this.#compensations);
  }

  async map<I, O>(
    items: readonly I[],
    work: (context: WorkflowContext, item: I, index: number) => Promise<O>,
    { concurrency = Infinity, failuresMax = 0 }: MapOptions = {},
  ): Promise<Settled<O>[]> {
    const at = this.#at();
    const results: Settled<O>[] = [];
    let [next, failures] = [0, 0];
    const lane = async (): Promise<void> => {
      while (next < items.length) {
        const index = next++;
        try {
          const value = await work(this.#branch(at, index), items[index] as I, index);
          results[index] = { status: "done", value };
        } catch (error) {
          if (++failures > failuresMax) throw error;
          results[index] = { status: "failed", error: failureOf(error) };
        }
      }
    };
    const lanes = Math.max(1, Math.min(concurrency, items.length));
    await Promise.all(Array.from({ length: lanes }, lane));
    return results;
  }

  async condition<T>(
    name: string,
    check: (call: StepCall) => T | undefined | Promise<T | undefined>,
    { everyMs = 1000, timeoutMs }: { readonly everyMs?: number; readonly timeoutMs?: number } = {},
  ): Promise<T> {
    const untilMs = timeoutMs === undefined ? Infinity : this.now() + timeoutMs;
    for (let pauseMs = everyMs; ; pauseMs = Math.min(pauseMs * 2, everyMs * 60)) {
      const found = await this.step(name, check);
      if (found !== undefined) return found;
      if (this.now() >= untilMs) {
        throw workflowErrors.MOR_WORKFLOW_WAIT_TIMEOUT(
          `run ${this.run}: ${name} did not become true in time`,
        );
      }
      await this.sleep(Math.min(pauseMs, untilMs - this.now()));
    }
  }

  async patched(marker: string): Promise<boolean> {
    const at = `${this.#prefix}patch:${marker}`;
    const replays = this.#life.replays;
    const known = await this.#life.ask(at, "patch", marker);
    if (known !== undefined && known.place > 0) return true;
    if (replays) return false;
    const entry = opened(at, "patch", marker, this.#clock.now());
    await this.#life.settle({ ...entry, status: "done", endedAtMs: entry.startedAtMs });
    return true;
  }

  now(): number {
    return this.#life.nowMs;
  }

  #draw(): Buffer {
    const place = `${this.run} ${this.#prefix}${this.#draws++}`;
    return createHash("sha256").update(place).digest();
  }

  random(): number {
    return this.#draw().readUIntBE(0, 6) / 2 ** 48;
  }

  uuid(): string {
    const bytes = this.#draw().subarray(0, 16);
    bytes[6] = ((bytes[6] as number) & 0x0f) | 0x40;
    bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
    return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  }
}

/** Runs a program from its beginning, over what its run recorded, to its end. */
export async function perform(life: Life, program: Program): Promise<Ending> {
  const compensations: Compensation[] = [];
  try {
    const context = new Context(life, "", compensations);
    const output = await program.run(context, decodeValue(life.run.input));
    return { status: "completed", output: encodeValue(output, `the result of ${program.name}`) };
  } catch (error) {
    life.beginCompensation();
    const undoing = new Context(life, "undo.", []);
    for (const { name, undo } of compensations.toReversed()) {
      try {
        await undoing.step(`${name}: undo`, undo);
      } catch (cause) {
        life.around.log.error("a step could not be undone", {
          run: life.run.id,
          step: name,
          cause,
        });
      }
    }
    const status = MorningError.is(error, "MOR_WORKFLOW_CANCELLED") ? "cancelled" : "failed";
    return { status, error: encodeError(error) };
  }
}
