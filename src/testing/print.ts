import { writeSync } from "node:fs";

/**
 * Prints a line of a process that a test kills: straight to the descriptor, so that it is out even
 * if the next instruction never comes.
 */
export function print(line: string): void {
  for (;;) {
    try {
      writeSync(1, `${line}\n`);
      return;
    } catch (error) {
      // The reader is behind and the pipe is full.
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
    }
  }
}
