import { notifierDesk } from "../../core/capabilities/notifier.ts";
import type { Notifier } from "../../core/capabilities/notifier.ts";
import { coreErrors } from "../../core/errors.ts";
import type { CapabilityRuntime, Host } from "../../core/host.ts";
import type { Resource } from "../../core/resource.ts";
import type { AlertResource } from "../alerts/index.ts";
import { openAlerts } from "../alerts/engine.ts";
import type { AlertEngine } from "../alerts/engine.ts";
import { openNotifier } from "../alerts/notifier.ts";
import type { NotifierResource } from "../alerts/index.ts";
import type { ApiParts } from "../api/parts.ts";
import { openSavedViews } from "../api/saved.ts";
import type { DashboardResource } from "../dashboards/dashboard.ts";
import { openGroups } from "../errors/groups.ts";
import { openMapBook } from "../errors/map-book.ts";
import { openPatternBook } from "../logs/pattern-book.ts";
import { parseQuery } from "../logs/query/index.ts";
import type { AnyMetric } from "../metrics/metric.ts";
import { holdMetric, makeRegistry, metricRegistry } from "../metrics/recorder.ts";
import type { MetricRegistry } from "../metrics/recorder.ts";
import { openSlowEngines } from "../metrics/slow-engines.ts";
import type { SlowEngines } from "../metrics/slow-engines.ts";
import { signalStore } from "../signals/store.ts";
import type { SloResource } from "../slo/index.ts";
import type { TelemetryDriver } from "./driver.ts";
import { openTails } from "./tails.ts";
import type { OpenTails } from "./tails.ts";
import { telemetryLedger, telemetryTap } from "./wiring.ts";
import type { WorkerTails } from "./worker-offer.ts";

/** What the owner of the telemetry has beside the driver. */
export interface TelemetryOffice {
  readonly parts: ApiParts;
  readonly tails: OpenTails;
  readonly alerts: AlertEngine;
  /** Metrics that the app declares. */
  readonly metrics: readonly AnyMetric[];
  /** Engines that are asked which of their statements are slow. */
  readonly slow: SlowEngines;
}

/** Telemetry at run time. */
export interface TelemetryRuntime extends CapabilityRuntime {
  readonly driver: TelemetryDriver;
  readonly registry: MetricRegistry;
  /** Undefined in processes that only write. */
  readonly office: TelemetryOffice | undefined;
}

function ofKind<R extends Resource>(resources: readonly Resource[], kind: R["kind"]): R[] {
  return resources.filter((resource): resource is R => resource.kind === kind);
}

/** Declared notifiers; one that lacks its secret is told, and does not keep the platform down. */
function notifiersOf({ clock, log }: Host, declared: readonly NotifierResource[]): Notifier[] {
  return declared.flatMap((resource) => {
    try {
      return [openNotifier(resource, clock, process.env)];
    } catch (error) {
      log.error("a notifier cannot be opened", { notifier: resource.name, error });
      return [];
    }
  });
}

/** A driver that may work in a thread of this process. */
type Threaded = TelemetryDriver & { readonly tails?: WorkerTails; warm?(): void };

async function openOffice(
  host: Host,
  driver: Threaded,
  resources: readonly Resource[],
): Promise<TelemetryOffice> {
  const { clock, ids } = host;
  const store = await host.store();
  const groups = await openGroups(store, clock);
  const patterns = await openPatternBook(store, clock);
  const dashboards = ofKind<DashboardResource>(resources, "dashboard");
  const saved = await openSavedViews(store, clock, dashboards);
  const tails = openTails(driver.tails, () => ids.hex(8));
  host.provide(telemetryTap, { tailed: async (id, part) => tails.tailed(id, part) });
  host.provide(telemetryLedger, {
    learn: (found) => patterns.learn(found),
    merge: (merged) => patterns.merge(merged),
    loadMiner: () => patterns.load(),
    saveMiner: (state) => patterns.save(state),
    seen: async (sightings) => void (await groups.seen(sightings)),
  });
  const parts: ApiParts = {
    reader: driver,
    language: { parse: parseQuery },
    groups,
    sourceMaps: openMapBook(store, clock),
    patterns,
    saved,
    services: new Set(host.app.services.map(({ name }) => name)),
    root: process.cwd(),
    clock,
    ids,
    dropped: () => driver.dropped(),
  };
  const alerts = await openAlerts({
    store,
    reader: driver,
    groups,
    patterns,
    clock,
    random: host.random,
    ids,
    log: host.log,
    metrics: host.metrics,
    alerts: ofKind<AlertResource>(resources, "alert"),
    objectives: ofKind<SloResource>(resources, "slo"),
    notifiers: notifiersOf(host, ofKind<NotifierResource>(resources, "notifier")),
    url: "",
  });
  host.provide(notifierDesk, alerts.desk);
  const metrics = ofKind<AnyMetric>(resources, "metric");
  return { parts, tails, alerts, metrics, slow: openSlowEngines(host) };
}

/** Opens telemetry over a driver. */
export async function telemetryRuntime(
  host: Host,
  driver: Threaded,
  resources: readonly Resource[],
): Promise<TelemetryRuntime> {
  const { clock, log, metrics } = host;
  const registry = makeRegistry({ clock, log, metrics });
  host.provide(metricRegistry, registry);
  const office = host.owner ? await openOffice(host, driver, resources) : undefined;
  if (office !== undefined) driver.warm?.();
  host.provide(signalStore, driver);
  return {
    driver,
    registry,
    office,
    hold(capability, holder) {
      if (capability.resource.kind === "metric") return holdMetric(capability, holder, registry);
      const { resource, verb } = capability;
      throw coreErrors.MOR_CONFIG(`${resource.kind} ${resource.name} cannot be held to ${verb}`);
    },
    async start() {
      if (driver.features.logs) office?.alerts.start();
      office?.slow.start();
    },
    async drain() {
      await Promise.all([office?.alerts.stop(), office?.slow.stop()]);
    },
    close: async () => {},
  };
}
