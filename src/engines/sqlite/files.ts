import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { coreErrors, MorningError } from "../../core/errors.ts";
import { engineErrors } from "../errors.ts";
import { errorOf, failureOf } from "./failures.ts";

/** Makes a file's content, or a folder's entries, durable. */
export function syncPath(path: string): void {
  const file = openSync(path, "r");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Puts `from` in the place of `to` durably: both lie in the same folder. */
export function replaceFile(from: string, to: string): void {
  syncPath(from);
  renameSync(from, to);
  syncPath(dirname(to));
}

function problemOf(path: string): string | undefined {
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    const row = db.prepare("pragma integrity_check(1)").get();
    const verdict = String(Object.values(row ?? {})[0]);
    return verdict === "ok" ? undefined : verdict;
  } finally {
    db.close();
  }
}

/**
 * Reads the whole file and checks its structure.
 * @throws MOR_STATE_CORRUPT when it is damaged, or no SQLite file at all
 * @throws MOR_NOT_FOUND when there is no such file
 */
export function assertIntact(path: string): void {
  if (!existsSync(path)) throw coreErrors.MOR_NOT_FOUND(`state: there is no file ${path}`);
  let problem: string | undefined;
  try {
    problem = problemOf(path);
  } catch (error) {
    problem = failureOf(error).message;
  }
  if (problem === undefined) return;
  throw engineErrors.MOR_STATE_CORRUPT(`state ${path}: ${problem}`);
}

/**
 * Writes a consistent, compact copy of what `db` holds to `to`, durable and checked, while others
 * write.
 * @throws MOR_CONFLICT when `to` exists
 */
export function copyStore(db: DatabaseSync, to: string): void {
  if (existsSync(to)) {
    throw coreErrors.MOR_CONFLICT(`backup: ${to} exists`, {
      fix: "Name a new file, or remove that one first.",
    });
  }
  const partial = `${to}.partial`;
  rmSync(partial, { force: true });
  try {
    db.prepare("vacuum into ?").run(partial);
    syncPath(partial);
    assertIntact(partial);
    replaceFile(partial, to);
  } catch (error) {
    rmSync(partial, { force: true });
    throw MorningError.is(error) ? error : errorOf(failureOf(error), `backup ${to}`);
  }
}
