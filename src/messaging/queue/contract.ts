import { describe, it } from "vitest";
import { deadLetterCases } from "./contract/dead-letters.ts";
import { featureCases } from "./contract/features.ts";
import { fifoCases } from "./contract/fifo.ts";
import { standardCases } from "./contract/standard.ts";
import { timeCases } from "./contract/time.ts";
import { worldOf } from "./contract/world.ts";
import type { QueueUnderTest } from "./contract/world.ts";

/** How the contract is run. */
export interface ContractOptions {
  /** `sqs on ministack`. */
  readonly name: string;
  /** Opens the engine; called once. */
  open(): Promise<QueueUnderTest>;
  /** The variable that names the engine's address, when it is not set. */
  readonly missing?: string | undefined;
  /** Whether hours may pass: a simulated clock. */
  readonly hours: boolean;
  /** Why a case cannot run on this emulator. */
  gap?(caseName: string): string | undefined;
}

/**
 * The one suite that every queue driver passes against a real engine. Cases of a feature that the
 * driver does not
 * have assert its `MOR_UNSUPPORTED` instead; what an emulator gets wrong is on record with its
 * evidence.
 */
export function describeQueueContract(options: ContractOptions): void {
  const cases = [
    ...standardCases,
    ...deadLetterCases,
    ...fifoCases,
    ...featureCases,
    ...(options.hours ? timeCases : []),
  ];
  const { hours, missing } = options;
  const needs = missing === undefined ? "" : ` [needs ${missing}]`;
  const title = `${options.name} queue contract${needs}`;
  // A real engine takes its time: its cases wait together.
  describe(title, { concurrent: !hours, skip: missing !== undefined }, () => {
    let under: Promise<QueueUnderTest> | undefined;
    for (const [serial, { name, run }] of cases.entries()) {
      const gap = options.gap?.(name);
      it.skipIf(gap !== undefined)(name, async () => {
        under ??= options.open();
        await run(worldOf(await under, serial));
      });
    }
  });
}
