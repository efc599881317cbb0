import { constants, copyFileSync, existsSync, mkdirSync, rmSync } from "node:fs";
import { dirname, resolve as absolute } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { assertIntact, replaceFile } from "./files.ts";
import { own } from "./owner.ts";

/** Brings the old file's log into it: a crash before the rename then leaves the old state whole. */
function settleOld(path: string): void {
  if (!existsSync(path)) return;
  try {
    const db = new DatabaseSync(path);
    db.exec("pragma wal_checkpoint(truncate)");
    db.close();
  } catch {
    // A damaged file is what a restore is for: it is replaced as a whole.
  }
}

/**
 * Puts a backup in the place of a state file that no process has open. The backup is checked before
 * anything is touched, and the exchange is one rename: the old state or the new one, never a
 * mixture.
 * @throws MOR_STATE_OWNED when a process has `to` open
 * @throws MOR_STATE_CORRUPT when the backup is damaged
 * @throws MOR_NOT_FOUND when there is no backup
 */
export function restoreSqlite(files: { readonly from: string; readonly to: string }): void {
  const from = absolute(files.from);
  const to = absolute(files.to);
  assertIntact(from);
  mkdirSync(dirname(to), { recursive: true });
  const ownership = own(to);
  const copy = `${to}.restoring`;
  try {
    copyFileSync(from, copy, constants.COPYFILE_FICLONE);
    settleOld(to);
    // A log that stays behind would be applied to the restored file.
    for (const suffix of ["-wal", "-shm"]) rmSync(to + suffix, { force: true });
    replaceFile(copy, to);
  } finally {
    rmSync(copy, { force: true });
    ownership.release();
  }
}
