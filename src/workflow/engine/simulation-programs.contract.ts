/** Programs of the simulation: their shape is drawn by their input, what they see is told. */
import { seededRandom } from "../../core/ids.ts";
import type { Transactional } from "../../core/transaction.ts";
import type { Program, WorkflowContext } from "./program.ts";

type Counter = Transactional<{ add(key: string): void }>;

/** What the programs share with their world. */
export interface Watch {
  readonly held: Counter;
  /** A value that nobody was given before. */
  draw(): string;
  chance(share: number): boolean;
  /** A program sees a value. */
  see(key: string, value: string): void;
  /** A program saw that what it counted is durable. */
  counted(key: string): void;
  ended(run: string, output: string): void;
  /** A step did something outside. */
  did(run: string, key: string): void;
  /** What it did there was undone. */
  undid(run: string, key: string): void;
}

/** What runs fail with that are meant to. */
export const meant = "meant to fail";

type Part =
  | { readonly kind: "step" | "once" | "child" | "signal" | "race" | "undone" | "broken" }
  | { readonly kind: "sleep"; readonly ms: number }
  | { readonly kind: "parallel" | "map"; readonly widths: readonly number[] };

const kinds = [
  "step",
  "step",
  "once",
  "child",
  "signal",
  "race",
  "undone",
  "undone",
  "broken",
  "sleep",
  "parallel",
  "map",
] as const;

function shapeOf(seed: number): Part[] {
  const random = seededRandom(seed);
  const below = (limit: number): number => Math.floor(random.next() * limit);
  return Array.from({ length: 1 + below(5) }, () => {
    const kind = kinds[below(kinds.length)] ?? "step";
    if (kind === "sleep") return { kind, ms: below(2000) };
    if (kind !== "parallel" && kind !== "map") return { kind };
    return { kind, widths: Array.from({ length: 1 + below(4) }, () => 1 + below(3)) };
  });
}

const patient = {
  retry: { attemptsMax: 1000, deathsMax: 1000, baseMs: 5, delayMsMax: 40 },
} as const;

class Acts {
  readonly #watch: Watch;
  readonly #context: WorkflowContext<Counter>;

  constructor(watch: Watch, context: WorkflowContext<Counter>) {
    this.#watch = watch;
    this.#context = context;
  }

  #saw(name: string, value: string): string {
    this.#watch.see(`${this.#context.run} ${name}`, value);
    return value;
  }

  async step(context: WorkflowContext<Counter>, name: string): Promise<string> {
    const watch = this.#watch;
    const work = async (): Promise<string> => {
      if (watch.chance(0.3)) await new Promise((resolve) => setImmediate(resolve));
      if (watch.chance(0.1)) throw new Error("one of ten");
      return watch.draw();
    };
    return this.#saw(name, await context.step(name, work, patient));
  }

  /** A step with an effect outside; the run may fail, be stopped or die before and after it. */
  async undone(context: WorkflowContext<Counter>, name: string): Promise<string> {
    const watch = this.#watch;
    const { run } = context;
    const rest = async (): Promise<void> => {
      for (let turns = 0; watch.chance(0.7) && turns < 20; turns++) {
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    const work = async (): Promise<string> => {
      await rest();
      watch.did(run, name);
      await rest();
      if (watch.chance(0.1)) throw new Error("one of ten");
      return watch.draw();
    };
    const compensate = async (_: unknown, value: string | undefined): Promise<void> => {
      await rest();
      if (watch.chance(0.1)) throw new Error("one of ten");
      if (value !== undefined) watch.see(`${run} undo of ${name}`, value);
      watch.undid(run, name);
    };
    return this.#saw(name, await context.step(name, work, { ...patient, compensate }));
  }

  /** One branch fails while others do something outside. */
  async #broken(name: string): Promise<unknown> {
    const context = this.#context;
    return context.parallel([
      (branch) => this.undone(branch, `${name} left`),
      (branch) => this.undone(branch, `${name} right`),
      (branch) => branch.child("child", name),
      async (branch) => {
        await this.step(branch, `${name} failing`);
        throw new Error(meant);
      },
    ]);
  }

  async #signal(name: string): Promise<string> {
    const outcome = this.#context
      .signal<number>("go", { timeoutMs: 300 })
      .then(String, (error: unknown) => (error as { code: string }).code);
    return this.#saw(name, await outcome);
  }

  async #once(name: string): Promise<string> {
    const key = `${this.#context.run} ${name}`;
    await this.#context.once(name, (tx, held) => tx(held).add(key), patient);
    this.#watch.counted(key);
    return "counted";
  }

  async #branches(
    part: Part & { readonly widths: readonly number[] },
    name: string,
  ): Promise<unknown> {
    const branch = async (
      context: WorkflowContext<Counter>,
      width: number,
      index: number,
    ): Promise<string[]> => {
      const values: string[] = [];
      for (let step = 0; step < width; step++) {
        if (step === 1) await context.sleep(50);
        values.push(await this.step(context, `${name} ${index} ${step}`));
      }
      return values;
    };
    if (part.kind === "map") {
      return this.#context.map(part.widths, branch, { concurrency: 2 });
    }
    return this.#context.parallel(
      part.widths.map(
        (width, index) => (context: WorkflowContext<Counter>) => branch(context, width, index),
      ),
    );
  }

  async do(part: Part, name: string): Promise<unknown> {
    const context = this.#context;
    if ("widths" in part) return this.#branches(part, name);
    if ("ms" in part) return context.sleep(part.ms);
    if (part.kind === "step") return this.step(context, name);
    if (part.kind === "undone") return this.undone(context, name);
    if (part.kind === "broken") return this.#broken(name);
    if (part.kind === "once") return this.#once(name);
    if (part.kind === "signal") return this.#signal(name);
    if (part.kind === "child") {
      return this.#saw(name, await context.child<string>("child", name));
    }
    const raced = await Promise.race([
      this.step(context, `${name} left`),
      this.step(context, `${name} right`),
    ]);
    return this.#saw(name, raced);
  }
}

/** The programs of one process. */
export function simulatedPrograms(watch: Watch): Program[] {
  const ended = (run: string, output: unknown): unknown => {
    watch.ended(run, JSON.stringify(output));
    return output;
  };
  return [
    {
      name: "child",
      version: "1",
      held: watch.held,
      retry: patient.retry,
      run: async (given, name) => {
        const context = given as WorkflowContext<Counter>;
        const acts = new Acts(watch, context);
        await acts.undone(context, `${String(name)} below`);
        return ended(context.run, await acts.step(context, "only"));
      },
    },
    {
      name: "work",
      version: "1",
      // What undoes a step is tried as often as the step.
      retry: patient.retry,
      held: watch.held,
      run: async (context, input) => {
        const acts = new Acts(watch, context as WorkflowContext<Counter>);
        const all: unknown[] = [];
        for (const [index, part] of shapeOf((input as { shape: number }).shape).entries()) {
          all.push((await acts.do(part, `part ${index}`)) ?? null);
        }
        return ended(context.run, all);
      },
    },
  ];
}
