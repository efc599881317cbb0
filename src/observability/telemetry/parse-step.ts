import { readBatch } from "../export/read.ts";
import type { LogParser } from "../logs/parsing/index.ts";
import { batchWriter, encodeBatch } from "../signals/batch.ts";
import type { BatchWriter } from "../signals/batch.ts";
import { recordWriter } from "../signals/rows.ts";

/** Applies parsing rules to the lines of a batch; it costs what making records of them costs. */
export function parseStep(parser: LogParser): (batch: BatchWriter) => void {
  return (batch) => {
    if (batch.logs.rows === 0) return;
    const only: BatchWriter = { ...batchWriter(), origins: batch.origins, logs: batch.logs };
    const { logs } = readBatch(encodeBatch(only));
    const parsed = logs.map((record) => parser.parse(record));
    if (parsed.every((record, at) => record === logs[at])) return;
    const made = recordWriter(batchWriter());
    for (const record of parsed) made.log(record);
    // The origins are in the batch already: a parser changes none.
    const table = batch.logs;
    for (const [name, column] of Object.entries(made.batch.logs.columns)) {
      const own = table.columns[name];
      if (own === undefined) continue;
      for (const [to, from] of [
        [own, column],
        [own.keys, column.keys],
        [own.values, column.values],
      ] as const) {
        if (to === undefined || from === undefined) continue;
        to.data.length = 0;
        to.data.reserve(from.data.length);
        to.data.bytes.set(from.data.written());
        to.data.length = from.data.length;
      }
    }
    table.rows = made.batch.logs.rows;
  };
}
