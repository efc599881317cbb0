import { createHash } from "node:crypto";
import type { Hash } from "node:crypto";
import { mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { join } from "node:path";
import type { Cancel } from "../../../core/clock.ts";
import { coreErrors } from "../../../core/errors.ts";
import type { DriverModule, Host } from "../../../core/host.ts";
import type { Row, Schema, Store } from "../../../core/store.ts";
import { engineErrors } from "../../../engines/errors.ts";
import { placeholders } from "../../../engines/sql.ts";
import type { BlobDriver, BlobFeatures, BlobInfo } from "../driver.ts";
import { blobErrors } from "../errors.ts";

const features: BlobFeatures = {
  ordered: true,
  listsContentType: true,
  partBytesMax: 8 * 2 ** 20,
};

/** An upload without a word for so long is dropped, and a file that nothing names is removed. */
const abandonedMs = 3_600_000;
const uploadsMax = 256;

const columns = "key, file, size, etag, content_type, updated_at";

const schema: Schema = {
  component: "blob",
  migrations: [
    {
      version: 1,
      sqlite: [
        `create table morning_blob (set_name text not null, key text not null, file text not null,
          size integer not null, etag text not null, content_type text not null,
          updated_at integer not null, primary key (set_name, key)) without rowid`,
      ],
      postgres: [
        `create table morning_blob (set_name text not null, key text collate "C" not null,
          file text not null, size bigint not null, etag text not null,
          content_type text not null, updated_at bigint not null, primary key (set_name, key))`,
      ],
    },
  ],
};

/** A file that grows, not yet known to anyone. */
interface Upload {
  readonly set: string;
  readonly key: string;
  readonly contentType: string;
  readonly file: string;
  readonly handle: FileHandle;
  readonly hash: Hash;
  size: number;
  cancel: Cancel;
}

function infoOf(row: Row): BlobInfo {
  return {
    key: String(row["key"]),
    size: Number(row["size"]),
    etag: String(row["etag"]),
    contentType: String(row["content_type"]),
    updatedAtMs: Number(row["updated_at"]),
  };
}

/** A file system's error as one of ours. */
function diskError(cause: unknown, what: string): Error {
  const { code, message } = cause as NodeJS.ErrnoException;
  const text = `blob ${what}: ${message}`;
  if (code === "ENOSPC" || code === "EDQUOT") return engineErrors.MOR_STATE_FULL(text, { cause });
  return engineErrors.MOR_STATE_IO(text, { cause });
}

async function onDisk<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw diskError(cause, what);
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Content in files whose names are ours, so that no key is ever part of a path; what they are
 * called stands in the state store. A file is written aside, synced and renamed before its row
 * commits, and removed after its row is gone.
 */
function makeFiles(folder: string): {
  /** Opens a new file for writing. */
  create(file: string): Promise<FileHandle>;
  /** Makes a written file durable under its name. */
  keep(file: string, handle: FileHandle): Promise<void>;
  read(file: string, start: number, length: number): Promise<Uint8Array>;
  remove(file: string): Promise<void>;
  /** Files that were last written before `beforeMs`. */
  older(beforeMs: number): Promise<string[]>;
} {
  const pathOf = (file: string): string => join(folder, file.slice(-2), file);
  const partOf = (file: string): string => `${pathOf(file)}.part`;
  return {
    async create(file) {
      await mkdir(join(folder, file.slice(-2)), { recursive: true, mode: 0o700 });
      return open(partOf(file), "wx", 0o600);
    },
    async keep(file, handle) {
      await handle.sync();
      await handle.close();
      await rename(partOf(file), pathOf(file));
      await syncFolder(join(folder, file.slice(-2)));
    },
    async read(file, start, length) {
      const handle = await open(pathOf(file), "r");
      try {
        const bytes = new Uint8Array(length);
        const { bytesRead } = await handle.read(bytes, 0, length, start);
        return bytes.subarray(0, bytesRead);
      } finally {
        await handle.close();
      }
    },
    async remove(file) {
      await rm(pathOf(file), { force: true });
      await rm(partOf(file), { force: true });
    },
    async older(beforeMs) {
      const names = await readdir(folder, { recursive: true, withFileTypes: true });
      const old: string[] = [];
      for (const entry of names) {
        if (!entry.isFile()) continue;
        const { mtimeMs } = await stat(join(entry.parentPath, entry.name));
        if (mtimeMs < beforeMs) old.push(entry.name.replace(/\.part$/, ""));
      }
      return old;
    },
  };
}

/** The rows that say which file holds which blob. */
function makeRows(store: Store): {
  get(set: string, key: string): Promise<Row | undefined>;
  /** Puts a row and gives the file that the one before it named. */
  put(upload: Upload, etag: string, nowMs: number): Promise<string | undefined>;
  remove(set: string, key: string): Promise<string | undefined>;
  list(
    set: string,
    prefix: string,
    after: string | undefined,
    limit: number,
  ): Promise<readonly Row[]>;
  named(files: readonly string[]): Promise<Set<string>>;
} {
  const sql = (text: string): string => placeholders(store.dialect, text);
  const find = sql(`select ${columns} from morning_blob where set_name = ? and key = ?`);
  const put = sql(`insert into morning_blob (set_name, ${columns}) values (?, ?, ?, ?, ?, ?, ?)
    on conflict (set_name, key) do update set file = excluded.file, size = excluded.size,
    etag = excluded.etag, content_type = excluded.content_type, updated_at = excluded.updated_at`);
  const remove = sql("delete from morning_blob where set_name = ? and key = ? returning file");
  const list = sql(`select ${columns} from morning_blob where set_name = ? and key > ?
    and key >= ? and key < ? order by key limit ?`);
  const fileOf = (row: Row | undefined): string | undefined =>
    row === undefined ? undefined : String(row["file"]);
  return {
    get: async (set, key) => (await store.read(find, [set, key]))[0],
    async put({ set, key, file, size, contentType }, etag, nowMs) {
      const results = await store.write({
        statements: [
          { sql: find, params: [set, key] },
          { sql: put, params: [set, key, file, size, etag, contentType, nowMs] },
        ],
      });
      return fileOf(results[0]?.rows[0]);
    },
    async remove(set, key) {
      const [result] = await store.write({ statements: [{ sql: remove, params: [set, key] }] });
      return fileOf(result?.rows[0]);
    },
    list: (set, prefix, after = "", limit) =>
      store.read(list, [set, after, prefix, `${prefix}\u{10FFFF}`, limit]),
    async named(files) {
      const found = new Set<string>();
      for (let at = 0; at < files.length; at += 500) {
        const some = files.slice(at, at + 500);
        const marks = some.map(() => "?").join(", ");
        const rows = await store.read(
          sql(`select file from morning_blob where file in (${marks})`),
          some,
        );
        for (const row of rows) found.add(String(row["file"]));
      }
      return found;
    },
  };
}

/** Removes files that a crash left without a row. */
async function sweep(
  files: ReturnType<typeof makeFiles>,
  rows: ReturnType<typeof makeRows>,
  nowMs: number,
): Promise<void> {
  const old = await files.older(nowMs - abandonedMs);
  const named = await rows.named(old);
  for (const file of old) if (!named.has(file)) await files.remove(file);
}

async function openFilesystem(host: Host, given: unknown): Promise<BlobDriver> {
  const folder = typeof given === "string" ? given : join(host.dataFolder, "blob");
  const store = await host.store();
  await store.migrate(schema);
  await onDisk(folder, () => mkdir(folder, { recursive: true, mode: 0o700 }));
  const files = makeFiles(folder);
  const rows = makeRows(store);
  await onDisk(folder, () => sweep(files, rows, host.clock.now()));
  const uploads = new Map<string, Upload>();

  const take = (id: string): Upload => {
    const upload = uploads.get(id);
    if (upload === undefined) throw blobErrors.MOR_BLOB_UPLOAD(`blob: there is no upload ${id}`);
    upload.cancel();
    return upload;
  };
  const drop = async (id: string): Promise<void> => {
    const upload = uploads.get(id);
    uploads.delete(id);
    upload?.cancel();
    await upload?.handle.close();
    if (upload !== undefined) await files.remove(upload.file);
  };
  const watch = (id: string, upload: Upload): void => {
    upload.cancel = host.clock.after(abandonedMs, () => void drop(id).catch(() => {}));
  };
  const begin = async (set: string, key: string, contentType: string): Promise<string> => {
    if (uploads.size >= uploadsMax) {
      throw coreErrors.MOR_OVERLOADED(`blob ${set}: ${uploadsMax} uploads are under way`);
    }
    const id = host.ids.uuid();
    const handle = await onDisk(set, () => files.create(id));
    const hash = createHash("sha256");
    const upload: Upload = {
      set,
      key,
      contentType,
      handle,
      hash,
      file: id,
      size: 0,
      cancel: () => {},
    };
    uploads.set(id, upload);
    watch(id, upload);
    return id;
  };
  const append = async (id: string, bytes: Uint8Array): Promise<void> => {
    const upload = take(id);
    upload.hash.update(bytes);
    upload.size += bytes.byteLength;
    await onDisk(upload.set, () => upload.handle.appendFile(bytes));
    watch(id, upload);
  };
  const complete = async (id: string): Promise<BlobInfo> => {
    const upload = take(id);
    uploads.delete(id);
    const { set, key, contentType, size } = upload;
    try {
      await onDisk(set, () => files.keep(upload.file, upload.handle));
      const etag = upload.hash.digest("hex");
      const updatedAtMs = host.clock.now();
      const replaced = await rows.put(upload, etag, updatedAtMs);
      if (replaced !== undefined) await files.remove(replaced);
      return { key, size, etag, contentType, updatedAtMs };
    } catch (error) {
      await upload.handle.close().catch(() => {});
      // Of unknown outcome, the row may name it: then the file stays, for the next sweep to judge.
      if ((error as { code?: unknown }).code !== "MOR_STATE_UNKNOWN_OUTCOME") {
        await files.remove(upload.file);
      }
      throw error;
    }
  };

  return {
    features,
    declare: async () => {},
    begin,
    append,
    complete,
    abort: drop,
    async info(set, key) {
      const row = await rows.get(set, key);
      return row === undefined ? undefined : infoOf(row);
    },
    async read(set, key, { start, length, etag }) {
      const row = await rows.get(set, key);
      const conflict = (): Error =>
        coreErrors.MOR_CONFLICT(`blob ${set}: ${JSON.stringify(key)} changed while it was read`);
      if (row === undefined || row["etag"] !== etag) throw conflict();
      try {
        return await files.read(String(row["file"]), start, length);
      } catch (error) {
        throw (error as { code?: unknown }).code === "ENOENT" ? conflict() : diskError(error, set);
      }
    },
    async put(set, key, bytes, contentType) {
      const id = await begin(set, key, contentType);
      try {
        await append(id, bytes);
      } catch (error) {
        await drop(id);
        throw error;
      }
      return complete(id);
    },
    async delete(set, key) {
      const file = await rows.remove(set, key);
      if (file !== undefined) await files.remove(file);
    },
    async list(set, { prefix, after, limit }) {
      const found = await rows.list(set, prefix, after, limit + 1);
      const blobs = found.slice(0, limit).map(infoOf);
      const last = blobs.at(-1);
      return found.length > limit && last !== undefined ? { blobs, cursor: last.key } : { blobs };
    },
    async close() {
      for (const id of uploads.keys()) await drop(id);
    },
  };
}

/** Blobs in files of the data folder, or of the folder that the option `folder` names. */
export const driver: DriverModule<BlobDriver> = {
  engine: "filesystem",
  embedded: true,
  open: (host, options) => openFilesystem(host, options["folder"]),
};
