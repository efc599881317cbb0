/** Ours on Postgres: four processes that share a database against one that has one of its own. */
import { makeDatabase } from "./database.ts";
import { shown } from "./figures.ts";
import type { Sizes } from "./plan.ts";
import { launch } from "./processes.ts";
import type { Worker } from "./processes.ts";
import type { Work } from "./subject.ts";

/** Processes that share a database. */
export const processes = 4;

/** Workflows at once in each process, of steps that wait. */
export const waitingLanes = 16;

/** What is compared: how many are in flight in the one process, and in each of the four. */
export interface Contest {
  readonly title: string;
  readonly work: Work;
  readonly lanes: { readonly one: number; readonly each: number };
  readonly counts: { readonly one: number; readonly each: number };
}

/** Workflows a second, by round. */
export interface Scaled {
  readonly contest: Contest;
  readonly one: number[];
  readonly four: number[];
}

/** Steps that do nothing share the same work; steps that wait take the same time. */
export function contestsOf({ lanes, shared, waiting }: Sizes): readonly Contest[] {
  const counts = { one: shared, each: shared / processes };
  return [
    {
      title: `steps that do nothing, ${lanes} workflows at once in each process`,
      work: "nothing",
      lanes: { one: lanes, each: lanes },
      counts,
    },
    {
      title: `steps that do nothing, ${lanes} workflows at once over all processes`,
      work: "nothing",
      lanes: { one: lanes, each: lanes / processes },
      counts,
    },
    {
      title: `steps that wait 50 ms, ${waitingLanes} workflows at once in each process`,
      work: "wait",
      lanes: { one: waitingLanes, each: waitingLanes },
      counts: { one: waiting, each: waiting },
    },
  ];
}

/** Workflows a second of all workers, from the first order to the last answer. */
async function rateOf(
  workers: readonly Worker[],
  work: Work,
  count: number,
  lanes: number,
): Promise<number> {
  const began = performance.now();
  await Promise.all(workers.map((worker) => worker.run({ count, lanes, work })));
  return (workers.length * count * 1000) / (performance.now() - began);
}

async function scale(
  contest: Contest,
  one: readonly Worker[],
  four: readonly Worker[],
  rounds: number,
): Promise<Scaled> {
  const { title, work, lanes, counts } = contest;
  const scaled: Scaled = { contest, one: [], four: [] };
  for (let round = 0; round < rounds; round++) {
    scaled.one.push(await rateOf(one, work, counts.one, lanes.one));
    scaled.four.push(await rateOf(four, work, counts.each, lanes.each));
    const [alone, together] = [scaled.one.at(-1) ?? NaN, scaled.four.at(-1) ?? NaN];
    console.log(`${title}: one ${shown(alone)}/s, four ${shown(together)}/s`);
  }
  return scaled;
}

/** Compares, all processes started before and warmed up. */
export async function together(
  postgres: string,
  folder: string,
  sizes: Sizes,
): Promise<readonly Scaled[]> {
  const databases = [await makeDatabase(postgres), await makeDatabase(postgres)];
  const urls = databases.map(({ url }) => url);
  const open = (url = ""): Promise<Worker> =>
    launch("morning-postgres", { folder, url, lanesMax: sizes.lanes });
  const opened = await Promise.allSettled(
    Array.from({ length: processes + 1 }, (_, at) => open(urls[at === 0 ? 0 : 1])),
  );
  const workers = opened.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  try {
    for (const one of opened) if (one.status === "rejected") throw one.reason;
    const [one, four] = [workers.slice(0, 1), workers.slice(1)];
    const warm = Math.ceil(sizes.shared / 4);
    for (const group of [one, four]) await rateOf(group, "nothing", warm, sizes.lanes);
    const all: Scaled[] = [];
    for (const contest of contestsOf(sizes)) {
      all.push(await scale(contest, one, four, sizes.rounds));
    }
    return all;
  } finally {
    await Promise.all(workers.map((worker) => worker.close()));
    await Promise.all(databases.map((database) => database.drop()));
  }
}
