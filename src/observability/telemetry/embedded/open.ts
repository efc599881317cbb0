import type { OwnBlobs } from "../../../core/capabilities/blobs.ts";
import { sleep } from "../../../core/clock.ts";
import type { Clock } from "../../../core/clock.ts";
import { MorningError } from "../../../core/errors.ts";
import type { Ids } from "../../../core/ids.ts";
import type { Log } from "../../../core/log.ts";
import type { Store } from "../../../core/store.ts";
import type { SignalReader, SignalWriter } from "../../signals/store.ts";
import type { TelemetryFigures } from "../driver.ts";
import type { TelemetrySettings } from "../settings.ts";
import type { ThreadSetup } from "../worker-offer.ts";
import { openEngine } from "./engine.ts";
import type { EngineOptions } from "./options.ts";
import { openReader } from "./read/reader.ts";
import type { Engine } from "./view.ts";
import { defaultRetention } from "./retention.ts";
import type { Retention } from "./retention.ts";
import type { SamplingPolicy } from "./sampling.ts";

/** What the embedded store is opened with. */
export interface EmbeddedOptions {
  readonly setup: ThreadSetup;
  readonly settings: TelemetrySettings;
  readonly store: Store;
  /** Where sealed files are kept for good; undefined: the folder is the only place. */
  readonly blobs: OwnBlobs | undefined;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
}

/** The embedded store whole: what writes and what reads. */
export interface Embedded extends SignalReader, SignalWriter {
  figures(): Promise<TelemetryFigures>;
  /** Says who hears how many spans sampling left out. */
  sampled(listener: (spans: number) => void): void;
  close(): Promise<void>;
}

function given<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(value).filter(([, one]) => one !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> };
}

function retentionOf({ retentionDays, retentionServices }: TelemetrySettings): Retention {
  const services = Object.entries(retentionServices).map(([name, days]) => [name, given(days)]);
  return {
    days: { ...defaultRetention.days, ...given(retentionDays) },
    services: Object.fromEntries(services) as NonNullable<Retention["services"]>,
  };
}

/** How long a lease of another process is waited for: it was killed, or is being replaced. */
const takeoverMs = 120_000;
const retryMs = 2000;

/** Opens the engine, after another writer's lease where there is one. */
async function whenFree(options: EngineOptions): Promise<Engine> {
  const { clock, log } = options;
  const untilMs = clock.monotonic() + takeoverMs;
  for (;;) {
    try {
      return await openEngine(options);
    } catch (error) {
      const isOwned = MorningError.is(error, "MOR_TELEMETRY_OWNED");
      if (!isOwned || clock.monotonic() > untilMs) throw error;
      log.info("telemetry waits for the lease of another process", { error: error.message });
      await sleep(clock, retryMs);
    }
  }
}

/** Opens the embedded store. */
export async function openEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const { setup, settings, store, blobs, clock, ids, log } = options;
  const { folder } = setup;
  let heard: (spans: number) => void = () => {};
  const engine = await whenFree({
    folder,
    store,
    ...(blobs === undefined ? {} : { blobs }),
    clock,
    ids,
    log,
    limits: { sealMs: settings.sealSeconds * 1000 },
    sampling: () => given(settings.sampling) as SamplingPolicy,
    retention: () => retentionOf(settings),
    onSampled: (spans) => heard(spans),
  });
  const limits = { memoryMb: settings.queryMemoryMb };
  const reader = openReader({ engine, clock, folder, limits });
  return {
    ...reader,
    write: (batch) => engine.write(batch),
    async figures() {
      const { commits: _, ...figures } = engine.figures();
      return { ...figures, oldestMs: given(figures.oldestMs) };
    },
    sampled: (listener) => void (heard = listener),
    async close() {
      await reader.close();
      await engine.close();
    },
  };
}
