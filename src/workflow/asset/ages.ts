import type { Cancel } from "../../core/clock.ts";
import type { Host } from "../../core/host.ts";
import type { Asset } from "./asset.ts";
import type { Ledger } from "./ledger.ts";

const everyMs = 60_000;

/**
 * Measures how old assets are, for alerts: `morning_asset_age_seconds{asset}`, and
 * `morning_asset_stale{asset}`, 1 where one is older than its `freshMs`. What was never made has no
 * age, and is stale where it has to be fresh.
 */
export function measureAges(
  { clock, metrics, log }: Pick<Host, "clock" | "metrics" | "log">,
  ledger: Ledger,
  assets: readonly Asset[],
): Cancel {
  let cancel: Cancel = () => {};
  let isOver = false;
  const measure = async (): Promise<void> => {
    const newest = await ledger.newest();
    for (const { name, freshMs } of assets) {
      const made = newest.get(name);
      const ageMs = made === undefined ? Infinity : Math.max(0, clock.now() - made.atMs);
      const labels = { asset: name };
      if (made !== undefined) metrics.gauge("morning_asset_age_seconds", labels, ageMs / 1000);
      if (freshMs === undefined) continue;
      metrics.gauge("morning_asset_stale", labels, ageMs > freshMs ? 1 : 0);
    }
  };
  const go = (): void => {
    measure()
      .catch((error: unknown) => log.warn("the age of assets was not measured", { error }))
      .finally(() => {
        if (!isOver) cancel = clock.after(everyMs, go);
      });
  };
  if (assets.length > 0) go();
  return () => {
    isOver = true;
    cancel();
  };
}
