import { createWriteStream, mkdirSync } from "node:fs";
import type { WriteStream } from "node:fs";
import { dirname } from "node:path";
import { finished } from "node:stream/promises";
import type { CsvProblem } from "./csv.ts";

/** Where malformed rows are set aside: line, reason, and the row as it stood. */
export interface Rejects {
  readonly add: (problem: CsvProblem) => void;
  readonly count: () => number;
  readonly close: () => Promise<void>;
}

const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;

/** Opens the file at the first malformed row: none, no file. */
export function rejectsTo(path: string, report: (text: string) => void): Rejects {
  let file: WriteStream | undefined;
  let count = 0;
  return {
    add({ line, reason, raw }) {
      if (file === undefined) {
        mkdirSync(dirname(path), { recursive: true });
        file = createWriteStream(path);
        file.write("line,reason,row\n");
      }
      count++;
      // More would drown the rest; the file has them all.
      if (count <= 20) report(`line ${line}: ${reason}`);
      if (count === 21) report(`more malformed lines: see ${path}`);
      file.write(`${line},${quoted(reason)},${quoted(raw)}\n`);
    },
    count: () => count,
    async close() {
      if (file === undefined) return;
      file.end();
      await finished(file);
    },
  };
}
