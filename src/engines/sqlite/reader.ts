/** A reading thread: long reads and backups, away from the event loop. */
import { DatabaseSync } from "node:sqlite";
import { parentPort, workerData } from "node:worker_threads";
import { coreErrors, MorningError } from "../../core/errors.ts";
import type { Row } from "../../core/store.ts";
import { openReader } from "./connection.ts";
import { copyStore } from "./files.ts";
import type { ReaderReply, ReaderRequest, WriterData } from "./protocol.ts";
import { makeReads } from "./reads.ts";

const { path, cacheKib } = workerData as WriterData;

/** Long reads are rare and various: each is prepared anew. */
function read(request: ReaderRequest & { readonly kind: "read" }): readonly Row[] {
  const db = openReader(path, { cacheKib });
  try {
    return makeReads(db, `state ${path}`, 1).read(request.sql, request.params, request.limits);
  } finally {
    db.close();
  }
}

/** `vacuum into` attaches a file, which a connection for reads must not. */
function backup(to: string): readonly Row[] {
  const db = new DatabaseSync(path, { readOnly: true, timeout: 5000 });
  try {
    copyStore(db, to);
    return [];
  } finally {
    db.close();
  }
}

function answer(request: ReaderRequest): ReaderReply {
  const { id } = request;
  try {
    return { kind: "rows", id, rows: request.kind === "read" ? read(request) : backup(request.to) };
  } catch (error) {
    const known = MorningError.is(error)
      ? error
      : coreErrors.MOR_INTERNAL(`state ${path}: ${String(error)}`);
    return { kind: "failed", id, error: known.toJSON() };
  }
}

parentPort?.on("message", (request: ReaderRequest) => parentPort?.postMessage(answer(request)));
