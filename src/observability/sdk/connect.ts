import type { Host } from "../../core/host.ts";
import { metricRegistry } from "../metrics/recorder.ts";
import { signalStore } from "../signals/store.ts";
import { pointOf } from "./pump.ts";
import type { Sdk } from "./sdk.ts";
import type { WriteBatch } from "./buffer.ts";

/**
 * Joins what a process records to the host that it runs on, once telemetry is open: batches go to
 * its store, the process's own metrics and those that its services declare are taken as points.
 * @param write where batches go; the store of this process if left out
 */
export function connectSdk(sdk: Sdk, host: Host, write?: WriteBatch): void {
  const registry = host.need(metricRegistry);
  sdk.pump(() => host.metrics.snapshot().map(pointOf));
  sdk.pump(() => registry.points());
  if (write !== undefined) sdk.attach(write);
  else {
    const store = host.need(signalStore);
    sdk.attach((batch) => store.write(batch));
  }
}
