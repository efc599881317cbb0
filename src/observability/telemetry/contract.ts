import { afterAll, beforeAll, describe, it } from "vitest";
import { figures } from "./contract/figures.ts";
import { hostility } from "./contract/hostility.ts";
import { keeping } from "./contract/keeping.ts";
import { points } from "./contract/points.ts";
import { searching } from "./contract/searching.ts";
import { tracing } from "./contract/tracing.ts";
import { stretchMs, worldOf } from "./contract/world.ts";
import type { StoreUnderTest } from "./contract/world.ts";

/** How the contract is run. */
export interface ContractOptions {
  /** `opensearch on OpenSearch`. */
  readonly name: string;
  readonly present: boolean;
  /** Opens an empty store. */
  open(): Promise<StoreUnderTest>;
  /** Why a case cannot run on this engine. */
  gap?(caseName: string): string | undefined;
}

const cases = [...keeping, ...searching, ...figures, ...tracing, ...points, ...hostility];

/**
 * What every store of telemetry does, over what its reader and writer show. The store is opened
 * once; each case has half an hour of the last two days to itself.
 */
export function describeTelemetryContract(options: ContractOptions): void {
  const { name, present } = options;
  const seed = Math.floor(performance.now() * 1000) % 1_000_000_007;
  describe.skipIf(!present)(`${name} (seed ${seed})`, () => {
    let under: StoreUnderTest;
    const hourMs = 3_600_000;
    const baseMs = Math.floor(Date.now() / hourMs) * hourMs - 48 * hourMs;
    beforeAll(async () => {
      under = await options.open();
    }, 60_000);
    afterAll(async () => {
      await under.close();
    }, 60_000);
    for (const [index, { name: caseName, needs, run }] of cases.entries()) {
      if (options.gap?.(caseName) !== undefined) continue;
      it(caseName, { timeout: 60_000 }, async () => {
        if (needs !== undefined && under.features[needs] !== true) return;
        await run(worldOf(under, baseMs + index * stretchMs, seed + index));
      });
    }
  });
}
