/** Processor time of other processes, where the system tells. */
import { readFileSync } from "node:fs";

/** What `/proc` counts in: Linux shows it in hundredths of a second on every machine. */
const tickMs = 10;

/** Processor time of each process so far, milliseconds; those are left out that cannot be read. */
export function processorMs(pids: readonly number[]): Map<number, number> {
  const times = new Map<number, number>();
  for (const pid of pids) {
    try {
      const text = readFileSync(`/proc/${pid}/stat`, "utf8");
      // The name before the bracket may hold blanks.
      const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
      times.set(pid, (Number(fields[11]) + Number(fields[12])) * tickMs);
    } catch (error) {
      if (!["ENOENT", "ESRCH"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
    }
  }
  return times;
}

/** What was used between two looks; who came between them is counted from its start. */
export function usedMs(before: Map<number, number>, after: Map<number, number>): number {
  let sum = 0;
  for (const [pid, ms] of after) sum += ms - (before.get(pid) ?? 0);
  return sum;
}
