/** What the tests share that kill processes in which workflows run, or what they stand on. */
import { spawn } from "node:child_process";
import type { ChildProcessByStdio } from "node:child_process";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";

/** Where a process finds its journal, and what it runs. */
export interface Living {
  /** Path of a SQLite file or URL of a Postgres. */
  readonly place: string;
  readonly schema: string;
  readonly runs: number;
  readonly seed: number;
}

/** Starts a process that runs workflows, and prints what they see. */
export function birth({
  place,
  schema,
  runs,
  seed,
}: Living): ChildProcessByStdio<null, Readable, null> {
  const script = fileURLToPath(new URL("chaos.child.ts", import.meta.url));
  const args = ["--conditions=morning-source", script, place, schema, String(runs), String(seed)];
  return spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
}

/** What all processes saw: a result once seen never is another. */
export class Witness {
  readonly seen: Map<string, string> = new Map();
  readonly ends: Map<string, string> = new Map();
  readonly changed: string[] = [];

  hear(line: string): void {
    const [word = "", run = "", ...rest] = line.split(" ");
    const value = rest.at(-1) ?? "";
    const key = word === "end" ? run : [run, ...rest.slice(0, -1)].join(" ");
    const kept = word === "end" ? this.ends : this.seen;
    if (word !== "end" && word !== "saw") return;
    if ((kept.get(key) ?? value) !== value) this.changed.push(`${key}: ${kept.get(key)}, ${value}`);
    kept.set(key, value);
  }
}

/**
 * No result was lost or changed, and every run ended with what its program saw.
 * @param runs how many runs there are
 */
export function check(witness: Witness, runs: number): void {
  expect(witness.changed).toEqual([]);
  expect(witness.ends.size).toBe(runs);
  for (const [run, text] of witness.ends) {
    const { first, raced, mapped, below } = JSON.parse(text) as {
      first: string;
      raced: string;
      mapped: { value: string }[];
      below: string;
    };
    const saw = (name: string): string | undefined => witness.seen.get(`${run} ${name}`);
    expect([first, raced, below]).toEqual([saw("first"), saw("raced"), saw("child")]);
    expect(mapped.map(({ value }) => value)).toEqual([1, 2, 3].map((item) => saw(`item ${item}`)));
  }
}
