/** How much is measured. */
import { existsSync } from "node:fs";
import type { SubjectName } from "./subject.ts";

/** An engine among those that are compared. */
export interface Entrant {
  readonly name: SubjectName;
  readonly title: string;
  /** Packages that the benchmark's own folder must have. */
  readonly packages: readonly string[];
  readonly isOnPostgres: boolean;
  /** Workflows of a round with many at once. */
  readonly count: number;
  /** Workflows of a round one after the other. */
  readonly alone: number;
}

/** Ours first: what the others are held against. */
export const entrants: readonly Entrant[] = [
  {
    name: "morning-sqlite",
    title: "Morning, SQLite",
    packages: [],
    isOnPostgres: false,
    count: 10_000,
    alone: 300,
  },
  {
    name: "morning-postgres",
    title: "Morning, Postgres",
    packages: [],
    isOnPostgres: true,
    count: 4000,
    alone: 200,
  },
  {
    name: "dbos",
    title: "DBOS, Postgres",
    packages: ["@dbos-inc/dbos-sdk"],
    isOnPostgres: true,
    count: 400,
    alone: 60,
  },
  ...(["restate", "restate-one"] as const).map((name) => ({
    name,
    title: name === "restate" ? "Restate" : "Restate, one partition",
    packages: ["@restatedev/restate-sdk", "@restatedev/restate-sdk-clients"].concat(
      `@restatedev/restate-server-${process.platform}-${process.arch}`,
    ),
    isOnPostgres: false,
    count: name === "restate" ? 400 : 1000,
    alone: 60,
  })),
  {
    name: "openworkflow-sqlite",
    title: "OpenWorkflow, SQLite",
    packages: ["openworkflow"],
    isOnPostgres: false,
    count: 320,
    alone: 4,
  },
  {
    name: "openworkflow-postgres",
    title: "OpenWorkflow, Postgres",
    packages: ["openworkflow", "postgres"],
    isOnPostgres: true,
    count: 320,
    alone: 4,
  },
];

/** Sizes of a run of the benchmark. */
export interface Sizes {
  readonly rounds: number;
  /** By which the entrants' counts are divided. */
  readonly divisor: number;
  /** Workflows at once. */
  readonly lanes: number;
  /** Workflows of a round of the processes: of steps that do nothing, over all of them. */
  readonly shared: number;
  /** The same of steps that wait, of each process. */
  readonly waiting: number;
  /** Workflows whose statements are counted. */
  readonly counted: number;
}

export const full: Sizes = {
  rounds: 5,
  divisor: 1,
  lanes: 32,
  shared: 4800,
  waiting: 96,
  counted: 320,
};

export const small: Sizes = {
  rounds: 1,
  divisor: 40,
  lanes: 32,
  shared: 128,
  waiting: 16,
  counted: 16,
};

const modules = new URL("../node_modules/", import.meta.url);

/** Packages that are not installed. */
export function missing(packages: readonly string[]): readonly string[] {
  return packages.filter((one) => !existsSync(new URL(one, modules)));
}
