/** What a step costs on Postgres: statements, round trips, durable commits. */
import { makeDatabase } from "./database.ts";
import type { Entrant, Sizes } from "./plan.ts";
import { launch } from "./processes.ts";
import { steps } from "./subject.ts";
import { openTap } from "./wire.ts";
import type { Traffic } from "./wire.ts";

/** Of one engine, a step. */
export interface Trips {
  readonly title: string;
  /** With one workflow at a time. */
  readonly alone: Traffic;
  /** With many at once. */
  readonly many: Traffic;
}

const share = (before: Traffic, after: Traffic, runs: number): Traffic => ({
  statements: (after.statements - before.statements) / runs / steps,
  roundTrips: (after.roundTrips - before.roundTrips) / runs / steps,
  commits: (after.commits - before.commits) / runs / steps,
});

/** Counts between the engine and the server; what a run costs beside its steps is in it. */
export async function tripsOf(
  postgres: string,
  folder: string,
  { name, title }: Entrant,
  { counted, lanes }: Sizes,
): Promise<Trips> {
  const database = await makeDatabase(postgres);
  const tap = await openTap(database.url);
  try {
    const worker = await launch(name, { folder, url: tap.url, lanesMax: lanes });
    const during = async (count: number, atOnce: number): Promise<Traffic> => {
      const before = tap.traffic();
      await worker.run({ count, lanes: atOnce, work: "nothing" });
      return share(before, tap.traffic(), count);
    };
    await during(Math.ceil(counted / 4), lanes);
    const aloneCount = name.startsWith("openworkflow") ? 2 : Math.ceil(counted / 10);
    const trips = { title, alone: await during(aloneCount, 1), many: await during(counted, lanes) };
    await worker.close();
    return trips;
  } finally {
    await tap.close();
    await database.drop();
  }
}
