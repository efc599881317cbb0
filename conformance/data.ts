import { existsSync } from "node:fs";
import { join } from "node:path";

/**
 * The path of a recorded data set below the folder that `MORNING_DATA` names, or nothing when it is
 * not there: then the line `no data: NAME` is printed, which the test report counts apart from
 * skips.
 * @example const path = dataFile("event-patterns/cases.json"); if (path === undefined) return;
 */
export function dataFile(name: string): string | undefined {
  const folder = process.env["MORNING_DATA"];
  const path = folder === undefined ? undefined : join(folder, name);
  if (path !== undefined && existsSync(path)) return path;
  console.warn(`no data: ${name}`);
  return undefined;
}
