/**
 * A world in which workflows run: processes that die, freeze and lose their lease, commits that
 * fail, are late and overtake each other, a wall clock that jumps. One seed is one life of it.
 */
import { MorningError } from "../../core/errors.ts";
import { makeIds, seededRandom } from "../../core/ids.ts";
import type { Random } from "../../core/ids.ts";
import { makeLog } from "../../core/log.ts";
import type { Row } from "../../core/store.ts";
import { transactional } from "../../core/transaction.ts";
import type { Transactional } from "../../core/transaction.ts";
import { openInline } from "../../engines/sqlite/inline.ts";
import type { InlineFaults, InlineStore } from "../../engines/sqlite/inline.ts";
import { simulatedClock } from "../../testing/clock.ts";
import { WorkflowEngine } from "./engine.ts";
import { workflowSchema } from "./schema.ts";
import { Process } from "./simulation-process.contract.ts";
import { meant, simulatedPrograms } from "./simulation-programs.contract.ts";

/** A guarantee that does not hold. */
export class Broken extends Error {}

const leaseMs = 600;
const stepsMax = 60;
/** How long a calm world may take to end all runs, simulated milliseconds. */
const calmMsMax = 600_000;

const counters = {
  component: "simulation",
  migrations: [
    {
      version: 1,
      sqlite: ["create table counter (key text primary key, count integer)"],
      postgres: [],
    },
  ],
};

/** Counts in the store, as part of a transaction. */
const counter: Transactional<{ add(key: string): void }> = {
  [transactional]: (writes) => ({
    add: (key) =>
      writes.add([
        {
          sql: `insert into counter (key, count) values (?, 1)
            on conflict (key) do update set count = counter.count + 1`,
          params: [key],
        },
      ]),
  }),
};

/** An empty journal, to begin every life with. */
export async function emptyJournal(): Promise<Uint8Array> {
  const store = openInline({ clock: simulatedClock() });
  await store.migrate(workflowSchema);
  await store.migrate(counters);
  const content = store.snapshot();
  await store.close();
  return content;
}

/** What one life of the world came to. */
export interface Lived {
  readonly runs: number;
  readonly deaths: number;
  readonly freezes: number;
  readonly seen: number;
}

/** Lives one life. @throws Broken when a guarantee does not hold */
export async function simulate(seed: number, content: Uint8Array): Promise<Lived> {
  const world = new World(seed, content);
  await world.live();
  return world.end();
}

class World {
  readonly #random: Random;
  readonly #clock = simulatedClock();
  readonly #seen = new Map<string, string>();
  readonly #ends = new Map<string, string>();
  readonly #runs: string[] = [];
  readonly #cancelled = new Set<string>();
  readonly #counted = new Set<string>();
  /** What was done outside, with its run; and what of it was undone. */
  readonly #did = new Map<string, string>();
  readonly #undid = new Map<string, number>();
  #store: InlineStore;
  #processes: Process[] = [];
  #broken: unknown;
  #calm = false;
  #nonce = 0;
  #deaths = 0;
  #freezes = 0;
  readonly #slow: boolean;
  readonly #failing: boolean;

  constructor(seed: number, content: Uint8Array) {
    this.#random = seededRandom(seed);
    this.#slow = this.#chance(0.6);
    this.#failing = this.#chance(0.3);
    this.#store = openInline({ clock: this.#clock, content, faults: this.#faults() });
  }

  #below(limit: number): number {
    return Math.floor(this.#random.next() * limit);
  }

  #chance(share: number): boolean {
    return this.#random.next() < share;
  }

  #faults(): InlineFaults {
    return {
      commit: () => {
        if (this.#calm || !this.#failing || !this.#chance(0.03)) return undefined;
        return this.#chance(0.5) ? "full" : "io";
      },
      ...(this.#slow
        ? {
            commitMs: () => (this.#calm ? 0 : this.#below(10)),
            acknowledgeMs: () => (this.#calm ? 0 : this.#below(10)),
          }
        : {}),
    };
  }

  async #turn(turns = 4): Promise<void> {
    for (let count = 0; count < turns; count++) {
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    if (this.#broken !== undefined) throw this.#broken;
  }

  async #advance(byMs: number): Promise<void> {
    for (let leftMs = byMs; leftMs > 0;) {
      const stepMs = Math.min(leftMs, Math.max(1, this.#clock.nextInMs() ?? leftMs));
      this.#clock.advance(stepMs);
      leftMs -= stepMs;
      await this.#turn();
    }
  }

  /** A run's program sees a value: it is the same whenever it is seen again. */
  readonly #see = (key: string, value: string): void => {
    const known = this.#seen.get(key) ?? value;
    if (known !== value) this.#broken ??= new Broken(`${key} was ${known}, and is ${value}`);
    this.#seen.set(key, value);
  };

  /** When something was undone for the first time. */
  #undo(key: string): void {
    if (!this.#undid.has(key)) this.#undid.set(key, this.#undid.size);
  }

  async #open(process: Process): Promise<void> {
    const store = process.wire(this.#store, this.#clock, {
      lateMs: () => (!this.#calm && this.#slow && this.#chance(0.3) ? this.#below(25) : 0),
      arrives: () => this.#chance(0.5),
      isLost: () => !this.#calm && this.#failing && this.#chance(0.02),
    });
    const random = seededRandom(this.#below(2 ** 31));
    const ids = makeIds(this.#clock, random);
    const log = makeLog(() => {});
    const limits = {
      leaseMs,
      lingerMs: [0, 20, 40, 5000][this.#below(4)] ?? 0,
      runsMax: 4 + this.#below(20),
    };
    const options = { store, clock: this.#clock, ids, random, log, limits };
    const engine = await WorkflowEngine.open(options);
    process.engine = engine;
    await engine.start(
      simulatedPrograms({
        held: counter,
        draw: () => `${this.#nonce++}`,
        chance: (share) => this.#chance(share),
        see: this.#see,
        counted: (key) => void this.#counted.add(key),
        did: (run, key) => void this.#did.set(`${run} ${key}`, run),
        undid: (run, key) => this.#undo(`${run} ${key}`),
        ended: (run, output) => void this.#ends.set(run, output),
      }),
    );
  }

  #birth(): void {
    const process = new Process();
    this.#processes.push(process);
    // A process that cannot open its journal is one that died at once.
    this.#open(process).catch(() => process.die());
  }

  #any(): Process | undefined {
    const live = this.#processes.filter(({ isDead, engine }) => !isDead && engine !== undefined);
    return live[this.#below(live.length)];
  }

  /** Starts a run and waits for its result, if it can be started. */
  async #await(process: Process, engine: WorkflowEngine, id: string, shape: number): Promise<void> {
    await engine.run("work", { shape }, { id, priority: this.#below(3) });
    process.awaited.add(id);
    // Those that failed have been heard of too; a journal that could not be read is asked again.
    const isAway = (error: unknown): boolean =>
      MorningError.is(error) && error.code.startsWith("MOR_STATE_");
    const ask = (): Promise<unknown> =>
      engine.result(id).catch((error: unknown) => (isAway(error) ? ask() : undefined));
    await ask();
    process.awaited.delete(id);
  }

  /** Asks an engine; what it answers does not matter, and it may never. */
  #ask(work: (engine: WorkflowEngine) => Promise<unknown>): void {
    const engine = this.#any()?.engine;
    if (engine !== undefined) work(engine).catch(() => {});
  }

  #begin(): void {
    const id = `run-${this.#runs.length}`;
    const shape = this.#below(2 ** 31);
    this.#runs.push(id);
    const process = this.#any();
    const engine = process?.engine;
    if (process === undefined || engine === undefined) return;
    this.#await(process, engine, id, shape).catch(() => {});
  }

  #runAtRandom(): string {
    return this.#runs[this.#below(this.#runs.length)] ?? "run-0";
  }

  #act(): void {
    const dice = this.#random.next();
    const run = this.#runAtRandom();
    if (dice < 0.25) this.#begin();
    else if (dice < 0.45) this.#ask((engine) => engine.signal(run, "go", this.#nonce++));
    else if (dice < 0.55) this.#kill();
    else if (dice < 0.63) this.#freeze();
    else if (dice < 0.7) for (const process of this.#processes) process.thaw();
    else if (dice < 0.73) this.#crash();
    else if (dice < 0.78) this.#clock.jump(this.#below(6000) - 3000);
    else if (dice < 0.81) {
      this.#cancelled.add(run);
      this.#ask((engine) => engine.cancel(run));
    } else if (dice < 0.85) this.#ask((engine) => engine.pause(run));
    else if (dice < 0.9) this.#ask((engine) => engine.resume(run));
    else if (this.#processes.filter(({ isDead }) => !isDead).length < 3) this.#birth();
  }

  #kill(): void {
    const process = this.#any();
    if (process === undefined) return;
    this.#deaths++;
    process.die();
  }

  /** Its lease ends without its knowing. */
  #freeze(): void {
    const process = this.#any();
    if (process === undefined || process.isFrozen) return;
    this.#freezes++;
    process.freeze();
  }

  /** All processes die at once, with what was not committed. */
  #crash(): void {
    for (const process of this.#processes) {
      if (!process.isDead) this.#deaths++;
      process.die();
    }
    this.#processes = [];
    this.#store = this.#store.crash(this.#faults());
    this.#birth();
  }

  async live(): Promise<void> {
    this.#birth();
    this.#birth();
    await this.#advance(20);
    for (let step = 0; step < stepsMax; step++) {
      this.#act();
      await this.#advance(this.#below(120));
    }
  }

  /** Nothing goes wrong any more: every run reaches its end. */
  async end(): Promise<Lived> {
    this.#calm = true;
    for (const process of this.#processes) {
      process.thaw();
      if (this.#chance(0.5)) process.die();
    }
    this.#birth();
    for (let spentMs = 0; ; spentMs += 200) {
      await this.#advance(200);
      // Whoever asked for them may have died before that was committed.
      for (const id of this.#runs) {
        this.#ask((engine) => engine.run("work", { shape: 1 }, { id }));
        if (this.#chance(0.2)) this.#ask((engine) => engine.signal(id, "go", this.#nonce++));
        this.#ask((engine) => engine.resume(id));
      }
      if ((await this.#unended()) === 0) break;
      if (spentMs > calmMsMax) throw new Broken(`runs do not end: ${await this.#standing()}`);
    }
    await this.#check();
    await this.#advance(2000);
    for (const { isDead, awaited } of this.#processes) {
      const [run] = awaited;
      if (!isDead && run !== undefined) throw new Broken(`nobody heard that ${run} ended`);
    }
    for (const process of this.#processes) process.die();
    await this.#store.close();
    const [runs, seen] = [this.#runs.length, this.#seen.size];
    return { runs, deaths: this.#deaths, freezes: this.#freezes, seen };
  }

  async #unended(): Promise<number> {
    const [row] = await this.#store.read(
      `select count(*) as count from workflow_run where ended_at is null`,
      [],
    );
    const [all] = await this.#store.read(
      "select count(*) as count from workflow_run where parent is null",
      [],
    );
    return Number(row?.["count"]) + (Number(all?.["count"]) < this.#runs.length ? 1 : 0);
  }

  async #standing(): Promise<string> {
    const rows = await this.#store.read(
      `select id, status, owner, nudged, cancel, paused, wake_at, epoch from workflow_run
        where ended_at is null`,
      [],
    );
    return JSON.stringify(rows.slice(0, 5));
  }

  async #check(): Promise<void> {
    const rows = await this.#store.read(
      "select id, status, output, error, parent from workflow_run",
      [],
    );
    for (const { id, status, output, error, parent } of rows) {
      const isCancelled = this.#cancelled.has(String(id)) || parent !== null;
      if (status === "completed") {
        if (this.#ends.get(String(id)) === output) continue;
        throw new Broken(
          `${String(id)} ended with ${String(output)}, ` +
            `its program with ${this.#ends.get(String(id))}`,
        );
      }
      // In a process that stood still a step may still run when another undoes it.
      for (const [key, run] of this.#did) {
        if (run === id && !this.#undid.has(key))
          throw new Broken(`${key} was done and is not undone: ${String(status)}`);
      }
      if (status === "cancelled" && isCancelled) continue;
      if (status === "failed" && String(error).includes(meant)) continue;
      throw new Broken(`${String(id)} is ${String(status)}: ${String(error)}`);
    }
    this.#checkOrder(rows);
    const counts = await this.#store.read("select key, count from counter", []);
    const known = new Map(counts.map(({ key, count }) => [String(key), Number(count)]));
    for (const [key, count] of known)
      if (count !== 1) throw new Broken(`${key} was written ${count} times`);
    for (const key of this.#counted)
      if (!known.has(key)) throw new Broken(`${key} was not written`);
  }

  /** What a child did was undone before what its parent did before it. */
  #checkOrder(rows: readonly Row[]): void {
    const partOf = (key: string): number => Number(/ part (\d+)/.exec(key)?.[1]);
    for (const { id, parent } of rows) {
      const [below] = [...this.#undid].filter(([key]) => key.startsWith(`${String(id)} `));
      if (parent === null || below === undefined) continue;
      for (const [key, order] of this.#undid) {
        const isBefore = key.startsWith(`${String(parent)} `) && partOf(key) < partOf(below[0]);
        if (isBefore && order < below[1]) throw new Broken(`${key} was undone before ${below[0]}`);
      }
    }
  }
}
