import { makeLog } from "../../core/log.ts";
import type { Log } from "../../core/log.ts";
import type { RunRow } from "./rows.ts";
import type { Surroundings } from "./surroundings.ts";

/** Lines of a run's program bear the run, and are written once: not while it is replayed. */
export function runLog(around: Surroundings, run: RunRow, isReplayed: () => boolean): Log {
  const { log, program, reads } = around;
  const write = program.log ?? log;
  return makeLog(({ level, message, fields }) => {
    if (reads !== true && !isReplayed()) write[level](message, fields);
  }).with({ workflow: run.workflow, run: run.id });
}
