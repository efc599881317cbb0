import { MorningError } from "../../core/errors.ts";
import type { Tx } from "../../core/transaction.ts";
import type { Made, Step } from "./attempted.ts";
import { setAttributes } from "./begin.ts";
import { Draws } from "./draws.ts";
import { workflowErrors } from "./errors.ts";
import { encodeError, failureOf } from "./failure.ts";
import type { Life } from "./life.ts";
import { assertAttributes } from "./limits.ts";
import { gathered } from "./once.ts";
import type {
  Attributes,
  MapOptions,
  OnceOptions,
  Settled,
  StepCall,
  StepOptions,
  WorkflowContext,
} from "./program.ts";
import { opened } from "./rows.ts";
import type { Ending, EntryKind } from "./rows.ts";
import { isCutOff, perform } from "./steps.ts";
import { stepOf, undo } from "./undo.ts";
import { decodeValue, encodeValue } from "./value.ts";
import { callback, child, event, signal, sleepUntil } from "./waiting.ts";
import type { CallbackOptions, WaitOptions } from "./waiting.ts";

const nameOf = (named: string | { readonly name: string }): string =>
  typeof named === "string" ? named : named.name;

/**
 * How long a step without a time limit is waited for when its run is undone, milliseconds: it hears
 * by its signal that it is to end.
 */
const settleMsUsual = 10_000;

/** The context of a run's program, or of one branch of it. */
class Context implements WorkflowContext {
  readonly #life: Life;
  readonly #prefix: string;
  readonly #draws: Draws;
  #calls = 0;

  constructor(life: Life, prefix: string) {
    this.#life = life;
    this.#prefix = prefix;
    this.#draws = new Draws(`${life.run.seed ?? life.run.id} ${prefix}`);
  }

  get run(): string {
    return this.#life.run.id;
  }

  get log(): WorkflowContext["log"] {
    return this.#life.log;
  }

  #at(): string {
    return `${this.#prefix}${this.#calls++}`;
  }

  step<T>(
    name: string,
    work: (held: unknown, call: StepCall) => T | Promise<T>,
    options: StepOptions<T> = {},
  ): Promise<T> {
    return this.#step("step", name, work, options);
  }

  invoke<T>(
    name: string,
    work: (held: unknown, call: StepCall) => T | Promise<T>,
    options: StepOptions<T> = {},
  ): Promise<T> {
    return this.#step("invoke", name, work, options);
  }

  async #step<T>(
    kind: EntryKind,
    name: string,
    work: (held: unknown, call: StepCall) => T | Promise<T>,
    { compensate, ...options }: StepOptions<T>,
  ): Promise<T> {
    const life = this.#life;
    const { held } = life.around.program;
    const at = this.#at();
    const step = stepOf(at, kind, name, (call) => work(held, call), options);
    if (compensate === undefined) return decodeValue(await perform(life, step)) as T;
    const undoing = life.saga.call({
      kind: "step",
      at,
      name,
      settleMsMax: options.timeoutMs ?? settleMsUsual,
      undo: (result, call) => compensate(held, result as T | undefined, call),
    });
    try {
      const begun = (made: Promise<Made>): void => void (undoing.attempt = valueOf(made));
      const result = await perform(life, { ...step, begun });
      life.saga.done(undoing, result);
      return decodeValue(result) as T;
    } catch (error) {
      if (isCutOff(error)) life.saga.done(undoing, "");
      // A step that the run's stop interrupts stays under way.
      else if (error !== life.stopped) life.saga.drop(undoing);
      throw error;
    }
  }

  async once(
    name: string,
    collect: (tx: Tx, held: unknown) => void | Promise<void>,
    options: OnceOptions = {},
  ): Promise<void> {
    const { around, run } = this.#life;
    const { held } = around.program;
    const work = (): ReturnType<Step["work"]> =>
      gathered(around, run.workflow, (tx) => collect(tx, held));
    await perform(this.#life, { at: this.#at(), kind: "once", name, work, options });
  }

  sleep(delayMs: number): Promise<void> {
    const { clock } = this.#life.around;
    return sleepUntil(this.#life, this.#at(), () => clock.now() + Math.max(0, delayMs));
  }

  sleepUntil(atMs: number): Promise<void> {
    return sleepUntil(this.#life, this.#at(), () => atMs);
  }

  async signal<T>(name: string, options: WaitOptions = {}): Promise<T> {
    return decodeValue(await signal(this.#life, this.#at(), name, options)) as T;
  }

  query(name: string, answer: () => unknown): void {
    this.#life.queries.set(name, answer);
  }

  async waitForEvent<T>(
    awaited: string | { readonly name: string },
    options: WaitOptions & { readonly pattern?: unknown } = {},
  ): Promise<T> {
    const envelope = decodeValue(await event(this.#life, this.#at(), nameOf(awaited), options));
    return (envelope as { readonly detail: T }).detail;
  }

  async waitForCallback<T>(
    name: string,
    submit: (held: unknown, token: string, call: StepCall) => unknown,
    options: CallbackOptions = {},
  ): Promise<T> {
    const at = this.#at();
    const hand = (token: string): Promise<void> =>
      this.step(`${name}: submit`, async (held, call) => void (await submit(held, token, call)));
    return decodeValue(await callback(this.#life, at, name, hand, options)) as T;
  }

  async waitForCondition<T>(
    name: string,
    check: (held: unknown, call: StepCall) => T | undefined | Promise<T | undefined>,
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

  async child<T>(
    workflow: string | { readonly name: string },
    input?: unknown,
    options: { readonly id?: string } = {},
  ): Promise<T> {
    const life = this.#life;
    const [at, name] = [this.#at(), nameOf(workflow)];
    const undoing = life.saga.callChild(at, name);
    const begins = (begun: Promise<unknown>): void => void (undoing.begins = begun);
    try {
      const result = await child(life, at, { workflow: name, input, id: options.id, begins });
      life.saga.drop(undoing);
      return decodeValue(result) as T;
    } catch (error) {
      // A child that is cut off by the run's stop goes on until it has undone what it did.
      if (error !== life.stopped) life.saga.drop(undoing);
      throw error;
    }
  }

  parallel<T extends readonly unknown[]>(branches: {
    readonly [K in keyof T]: (context: WorkflowContext) => Promise<T[K]>;
  }): Promise<T> {
    const at = this.#at();
    const each = branches.map(async (branch, index) => branch(this.#branch(at, index)));
    return Promise.all(each) as Promise<unknown> as Promise<T>;
  }

  #branch(at: string, index: number): Context {
    return new Context(this.#life, `${at}.${index}.`);
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
      while (next < items.length && failures <= failuresMax) {
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

  async patched(marker: string): Promise<boolean> {
    const at = `${this.#prefix}patch:${marker}`;
    const replays = this.#life.replays;
    const known = await this.#life.ask(at, "patch", marker);
    if (known !== undefined && known.place > 0) return true;
    if (replays) return false;
    const entry = opened(at, "patch", marker, this.#life.around.clock.now());
    await this.#life.settle({ ...entry, status: "done", endedAtMs: entry.startedAtMs });
    return true;
  }

  now(): number {
    return this.#life.nowMs;
  }

  random(): number {
    return this.#draws.random();
  }

  uuid(): string {
    return this.#draws.uuid();
  }

  async attributes(values: Attributes): Promise<void> {
    const life = this.#life;
    assertAttributes({ ...life.found, ...values });
    const at = this.#at();
    const known = await life.ask(at, "attributes", "attributes");
    life.found = { ...life.found, ...values };
    if (known !== undefined && known.place > 0) return;
    const { clock, journal } = life.around;
    const entry = opened(at, "attributes", "attributes", clock.now());
    const value = encodeValue(values, "the attributes");
    const statements = setAttributes(journal.script, life.run.id, life.found);
    const ended = { ...entry, status: "done", value, endedAtMs: entry.startedAtMs } as const;
    await life.settle(ended, { statements });
  }

  async continueAsNew(input?: unknown): Promise<never> {
    const life = this.#life;
    const { id, chain = id, link, workflow, priority, parent, parentAt } = life.run;
    const text = encodeValue(input, `the input of workflow ${workflow}`);
    // Nothing is recorded here: it waits or fails where anything else would.
    await life.ask(this.#at(), "patch", "continue as new");
    const above =
      parent === undefined || parentAt === undefined
        ? {}
        : { parent: { run: parent, at: parentAt } };
    const { found: attributes } = life;
    const next = { id: `${chain}~${link + 1}`, workflow, input: text, priority, attributes };
    const run = life.around.next({ ...next, ...above, trace: life.run.trace });
    return life.goOn({ run, origin: { chain, link: link + 1, continues: id } });
  }
}

/** The value of an attempt; who waits for it is late, or nobody. */
function valueOf(made: Promise<Made>): Promise<string> {
  const value = made.then((one) => one.value);
  value.catch(() => {});
  return value;
}

/** Runs a program from its beginning, over what its run recorded, to its end. */
export async function runProgram(life: Life): Promise<Ending> {
  const { program } = life.around;
  try {
    const context = new Context(life, "");
    const output = await program.run(context, decodeValue(life.run.input));
    const text = encodeValue(output, `the result of ${program.name}`);
    life.close();
    return { status: "completed", output: text };
  } catch (error) {
    life.close();
    await undo(life);
    const isCancelled = MorningError.is(life.stopped, "MOR_WORKFLOW_CANCELLED");
    const status = isCancelled ? "cancelled" : "failed";
    return { status, error: encodeError(life.stopped ?? error) };
  }
}
