import { readFileSync } from "node:fs";

/** A case of a contract that an emulator cannot answer as the real engine does. */
export interface EngineGap {
  /** The emulator: `moto`, `ministack`. */
  readonly engine: string;
  /** The driver under test: `sqs`, `eventbridge`. */
  readonly driver: string;
  /** The name of the test in the contract, to the letter. */
  readonly case: string;
  /** What the emulator does, and the documentation of the real engine that says otherwise. */
  readonly evidence: string;
}

/** Every gap on record in `engine-gaps.json`. */
export function engineGaps(): readonly EngineGap[] {
  const path = new URL("engine-gaps.json", import.meta.url);
  return JSON.parse(readFileSync(path, "utf8")) as EngineGap[];
}

/**
 * Why a case of a contract cannot run on an emulator, or nothing when it can.
 * @example it.skipIf(engineGap("ministack", "sqs", name) !== undefined)(name, run)
 */
export function engineGap(engine: string, driver: string, name: string): string | undefined {
  return engineGaps().find(
    (gap) => gap.engine === engine && gap.driver === driver && gap.case === name,
  )?.evidence;
}
