import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { engineErrors } from "../errors.ts";
import { errorOf, failureKinds, failureOf } from "./failures.ts";

/** Ownership of a state file, held until released or until the process ends, however it ends. */
export interface Ownership {
  release(): void;
}

function pidIn(file: string): string {
  try {
    return readFileSync(file, "utf8").trim();
  } catch {
    // The owner is between taking the lock and writing its number.
    return "unknown";
  }
}

/**
 * Takes the ownership of `path`: an exclusive lock on `path.lock`, which the kernel drops with the
 * process, so that a kill leaves nothing stale behind. `path.pid` only tells whom to blame.
 * (SQLite's own lock is used since Node has no other; and it also knows of stores in the same
 * process.)
 * @throws MOR_STATE_OWNED when another process, or this one, holds it
 */
export function own(path: string): Ownership {
  const pidFile = `${path}.pid`;
  const lock = lockOn(path, pidFile);
  writeFileSync(pidFile, `${process.pid}\n`);
  return {
    release() {
      rmSync(pidFile, { force: true });
      lock.close();
    },
  };
}

function lockOn(path: string, pidFile: string): DatabaseSync {
  let lock: DatabaseSync | undefined;
  try {
    lock = new DatabaseSync(`${path}.lock`, { timeout: 0 });
    lock.exec("begin exclusive");
    return lock;
  } catch (error) {
    lock?.close();
    const failure = failureOf(error);
    if (failure.kind !== failureKinds.locked) throw errorOf(failure, `state ${path}`);
    const pid = pidIn(pidFile);
    throw engineErrors.MOR_STATE_OWNED(`state ${path}: process ${pid} owns it`, {
      cause: error,
      details: { pid: Number(pid) || null, path },
    });
  }
}
