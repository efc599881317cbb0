/** What every engine under measurement does, and how it is asked for it. */

/** What the ten steps of a workflow do: nothing, or wait for {@link waitMs}. */
export type Work = "nothing" | "wait";

/** Steps of a workflow. */
export const steps = 10;

/** How long a step waits that does. */
export const waitMs = 50;

/** So many workflows, at most so many at once. */
export interface Order {
  readonly count: number;
  readonly lanes: number;
  readonly work: Work;
}

/** How long an order took. */
export interface Timed {
  readonly seconds: number;
  /** Of each workflow, from the call that starts it to its result; none where that says nothing. */
  readonly latenciesMs: readonly number[];
  /** Of each workflow by the engine's own record, without what a client waits for beside it. */
  readonly recordedMs?: readonly number[];
}

/** An engine that runs workflows of ten steps. */
export interface Subject {
  /** What its figures stand on. */
  readonly conditions: string;
  run(order: Order): Promise<Timed>;
  /** Processes that work for it beside this one. */
  servers(): Promise<readonly number[]>;
  /** Writes and commits so far, of engines that tell. */
  counts?(): Promise<{ readonly writes: number; readonly commits: number }>;
  close(): Promise<void>;
}

/** The engines; `restate-one` is Restate with one partition in place of its 24. */
export type SubjectName =
  | "morning-sqlite"
  | "morning-postgres"
  | "dbos"
  | "restate"
  | "restate-one"
  | "openworkflow-sqlite"
  | "openworkflow-postgres";

/** Where an engine keeps its data. */
export interface Place {
  /** A folder of its own. */
  readonly folder: string;
  /** A Postgres database of its own, for those that use one. */
  readonly url: string;
  /** Workflows at once, for engines that want to know before. */
  readonly lanesMax: number;
}

/** Runs `one` so often, in so many lanes that each wait for it. */
export async function inLanes(
  { count, lanes }: Order,
  one: () => Promise<unknown>,
): Promise<Timed> {
  const latenciesMs: number[] = [];
  let left = count;
  const lane = async (): Promise<void> => {
    while (left-- > 0) {
      const began = performance.now();
      await one();
      latenciesMs.push(performance.now() - began);
    }
  };
  const began = performance.now();
  await Promise.all(Array.from({ length: Math.min(lanes, count) }, lane));
  return { seconds: (performance.now() - began) / 1000, latenciesMs };
}
