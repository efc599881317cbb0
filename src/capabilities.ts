import type { CapabilityModule } from "./core/host.ts";

/** One lazy line a capability, in the order in which they open: what others use comes first. */
export const capabilities: Readonly<Record<string, () => Promise<CapabilityModule>>> = {
  secret: async () => (await import("./state/secret/capability.ts")).secretCapability,
  table: async () => (await import("./state/table/capability.ts")).tableCapability,
  blob: async () => (await import("./state/blob/capability.ts")).blobCapability,
  cache: async () => (await import("./state/cache/capability.ts")).cacheCapability,
  queue: async () => (await import("./messaging/queue/capability.ts")).queueCapability,
  event: async () => (await import("./messaging/event/capability.ts")).eventCapability,
  schedule: async () => (await import("./messaging/schedule/capability.ts")).scheduleCapability,
  workflow: async () => (await import("./workflow/capability.ts")).workflowCapability,
  telemetry: async () =>
    (await import("./observability/telemetry/capability.ts")).telemetryCapability,
};

/** Kinds of resources, and first words of commands, of capabilities of another name. */
const openers: Readonly<Record<string, string>> = {
  asset: "workflow",
  metric: "telemetry",
  alert: "telemetry",
  slo: "telemetry",
  notifier: "telemetry",
  dashboard: "telemetry",
  logs: "telemetry",
  traces: "telemetry",
  metrics: "telemetry",
  errors: "telemetry",
  alerts: "telemetry",
};

/** The capability that opens resources of `kind`, or whose commands begin with that word. */
export function openerOf(kind: string): string {
  return openers[kind] ?? kind;
}

/** Capabilities that open whatever the app declares. */
export const alwaysOpen: ReadonlySet<string> = new Set(["telemetry"]);
