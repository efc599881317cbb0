import { cpSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { coreErrors } from "../core/errors.ts";
import type { Host } from "../core/host.ts";
import { packageVersion } from "../core/package.ts";
import { restoreSqlite } from "../engines/sqlite/restore.ts";
import { makeFolder } from "./folder.ts";

/** What a backup says of itself. */
export interface BackupManifest {
  readonly format: 1;
  readonly app: string;
  readonly environment: string;
  readonly version: string;
  readonly atMs: number;
}

const manifestFile = "manifest.json";
const stateFile = "state.db";
const blobFolder = "blobs";

/**
 * Writes a consistent copy of everything that the embedded engines hold to a new folder, while they
 * run. Blobs are copied after the state: a row never names a blob that the copy lacks, unless it
 * was deleted meanwhile.
 * @throws MOR_UNSUPPORTED when the state store is not embedded
 * @throws MOR_CONFLICT when the folder exists, MOR_INVALID when it cannot be made
 */
export async function backUp(host: Host, folder: string): Promise<BackupManifest> {
  const store = await host.store();
  if (store.backup === undefined || store.dialect !== "sqlite") {
    throw coreErrors.MOR_UNSUPPORTED("backup: the state store is Postgres", {
      fix: "Back Postgres up with pg_dump or RDS snapshots.",
    });
  }
  if (existsSync(folder)) throw coreErrors.MOR_CONFLICT(`backup: ${folder} exists already`);
  makeNew(folder);
  await store.backup(join(folder, stateFile));
  const blobs = join(host.dataFolder, blobFolder);
  if (existsSync(blobs)) cpSync(blobs, join(folder, blobFolder), { recursive: true });
  const manifest: BackupManifest = {
    format: 1,
    app: host.app.name,
    environment: host.environment,
    version: packageVersion(),
    atMs: host.clock.now(),
  };
  writeFileSync(join(folder, manifestFile), `${JSON.stringify(manifest, null, 2)}\n`);
  return manifest;
}

/** @throws MOR_INVALID when the folder cannot be made */
function makeNew(folder: string): void {
  try {
    makeFolder(folder);
  } catch (cause) {
    const message = `backup: ${folder} cannot be made: ${(cause as Error).message}`;
    throw coreErrors.MOR_INVALID(message, { cause, fix: "Name a folder on this machine." });
  }
}

function manifestIn(file: string): BackupManifest {
  try {
    const manifest = JSON.parse(readFileSync(file, "utf8")) as BackupManifest;
    if (manifest.format === 1) return manifest;
  } catch {
    // As wrong as one of another format.
  }
  throw coreErrors.MOR_INVALID(`restore: ${file} is no manifest of a backup`, {
    fix: "Name the folder that morning backup wrote, or restore with a newer Morning.",
  });
}

/**
 * Puts a backup in the place of a data folder's content; no process may run on it.
 * @throws MOR_NOT_FOUND when the folder holds no backup
 * @throws MOR_STATE_OWNED while a process runs on the data folder
 */
export function restoreBackup(folder: string, dataFolder: string): BackupManifest {
  const file = join(folder, manifestFile);
  if (!existsSync(file)) throw coreErrors.MOR_NOT_FOUND(`restore: there is no backup in ${folder}`);
  const manifest = manifestIn(file);
  makeFolder(dataFolder);
  restoreSqlite({ from: join(folder, stateFile), to: join(dataFolder, stateFile) });
  const blobs = join(folder, blobFolder);
  if (existsSync(blobs)) cpSync(blobs, join(dataFolder, blobFolder), { recursive: true });
  return manifest;
}
