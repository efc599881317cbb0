/**
 * The writer's thread: owns the one writing connection and folds what arrives into durable commits.
 */
import { parentPort, workerData } from "node:worker_threads";
import type { DatabaseSync } from "node:sqlite";
import { openWriter } from "./connection.ts";
import { failureOf } from "./failures.ts";
import { makeFolder } from "./fold.ts";
import type { WriterData, WriterReply, WriterRequest } from "./protocol.ts";

const { path, cacheKib } = workerData as WriterData;

function reply(answer: WriterReply): void {
  parentPort?.postMessage(answer);
}

/** Copies the log into the file and empties it if nobody reads: a failure here loses nothing. */
function checkpoint(db: DatabaseSync, mode: "passive" | "truncate"): WriterReply {
  try {
    db.exec(`pragma wal_checkpoint(${mode})`);
    return { kind: "done" };
  } catch (error) {
    return { kind: "failed", failure: failureOf(error) };
  }
}

function close(db: DatabaseSync): WriterReply {
  const answer = checkpoint(db, "truncate");
  db.close();
  return answer;
}

function serve(db: DatabaseSync): void {
  const folder = makeFolder(db);
  parentPort?.on("message", (request: WriterRequest) => {
    if (!("kind" in request)) return reply(folder.fold(request));
    reply(request.kind === "close" ? close(db) : checkpoint(db, "passive"));
  });
  reply({ kind: "done" });
}

try {
  serve(openWriter(path, { cacheKib }));
} catch (error) {
  reply({ kind: "failed", failure: failureOf(error) });
}
