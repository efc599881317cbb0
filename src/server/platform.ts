import type { Hono } from "hono";
import { alwaysOpen, capabilities, openerOf } from "../capabilities.ts";
import { driverChoice } from "../core/config.ts";
import { outbox } from "../core/capabilities/outbox.ts";
import { coreErrors } from "../core/errors.ts";
import type { CapabilityModule, CapabilityRuntime } from "../core/host.ts";
import type { AnyRoute } from "../core/http.ts";
import type { Receiving } from "../core/receiver.ts";
import type { Uses } from "../core/resource.ts";
import type { AnyService } from "../core/service.ts";
import { openOutbox } from "../state/transaction/index.ts";
import { makeHost } from "./host.ts";
import type { HostOptions, OpenHost } from "./host.ts";
import { mountRoutes } from "./routes.ts";
import { serviceRuntime } from "./service/capability.ts";
import type { Transports } from "./service/capability.ts";

/** What a platform is made from. */
export interface PlatformOptions extends HostOptions {
  /** Services that run in this process; all of the app if left out. */
  readonly services?: readonly string[];
  /** How requests reach services that run elsewhere. */
  readonly transports?: Transports;
}

/** A service that runs in this process. */
export interface RunningService {
  readonly service: AnyService;
  readonly routes: readonly AnyRoute[];
  readonly http: Hono;
}

/** A capability of the app, opened. */
export interface OpenCapability {
  readonly module: CapabilityModule;
  readonly runtime: CapabilityRuntime;
}

/** The pillars and services of one process. */
export interface Platform {
  readonly host: OpenHost;
  readonly capabilities: ReadonlyMap<string, OpenCapability>;
  readonly services: ReadonlyMap<string, RunningService>;
  /** Begins to take work: handlers start. */
  start(): Promise<void>;
  /** Stops taking work, finishes or releases what is in flight within `graceMs`. */
  drain(graceMs: number): Promise<void>;
  /** Drains, if that was not done yet, and closes everything. */
  stop(graceMs: number): Promise<void>;
}

/** Whether workflows are used whose configuration says where state machines run. */
function hasMachines({ settings }: OpenHost, used: ReadonlySet<string>): boolean {
  return used.has("workflow") && "machines" in driverChoice(settings, "workflow", "").options;
}

async function openCapabilities(host: OpenHost): Promise<Map<string, OpenCapability>> {
  const used = new Set(host.app.resources.map(({ kind }) => openerOf(kind)));
  const opened = new Map<string, OpenCapability>();
  for (const [kind, load] of Object.entries(capabilities)) {
    // Events and schedules deliver through queues, and so does what runs state machines elsewhere.
    // Telemetry keeps its files as blobs.
    const queued = ["event", "schedule"].some((one) => used.has(one)) || hasMachines(host, used);
    const needed = kind === "blob" || (kind === "queue" && queued);
    if (!used.has(kind) && !needed && !alwaysOpen.has(kind)) continue;
    const module = await load();
    const driver = await host.openDriver(module);
    const resources = host.app.resources.filter((resource) => openerOf(resource.kind) === kind);
    opened.set(kind, { module, runtime: await module.open(host, driver, resources) });
  }
  return opened;
}

function heldOf(
  uses: Uses,
  service: string,
  runtimes: (kind: string) => CapabilityRuntime,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(uses).map(([key, capability]) => [
      key,
      runtimes(capability.resource.kind).hold(capability, { service }),
    ]),
  );
}

/** Begins to run what a service runs beside its handlers. */
function runOf(
  { name, runs }: AnyService,
  runtimes: (kind: string) => CapabilityRuntime,
): Receiving[] {
  return runs.map((code) => {
    const runtime = runtimes(code.kind);
    if (runtime.execute === undefined) {
      throw coreErrors.MOR_DECLARATION(
        `service ${name}: a ${code.kind} is nothing that it can run`,
      );
    }
    return runtime.execute(code, heldOf(code.uses, name, runtimes), { service: name });
  });
}

function openService(
  service: AnyService,
  held: Record<string, unknown>,
  host: OpenHost,
): RunningService {
  const routes = service.routes(held);
  const { clock, metrics } = host;
  const transactions = host.transactions(service.name);
  const log = host.log.with({ service: service.name });
  const http = mountRoutes(routes, {
    service: service.name,
    transactions,
    tracer: host.tracing.tracerFor(service.name),
    clock,
    log,
    metrics,
  });
  return { service, routes, http };
}

/**
 * Opens the pillars that the app uses and the services that run here. Nothing takes work before
 * `start`.
 */
export async function openPlatform(options: PlatformOptions): Promise<Platform> {
  const host = makeHost(options);
  try {
    return await openOn(host, options);
  } catch (error) {
    for (const driver of [...host.drivers.values()].reverse()) await driver.close();
    await host.close();
    throw error;
  }
}

async function openOn(host: OpenHost, options: PlatformOptions): Promise<Platform> {
  const listed = host.app.services.filter(
    ({ name }) => options.services === undefined || options.services.includes(name),
  );
  const box = await openOutbox(await host.store(), host);
  host.provide(outbox, box);
  const opened = await openCapabilities(host);
  const services = new Map<string, RunningService>();
  const local: Transports = {
    to(name) {
      const running = services.get(name);
      if (running !== undefined) return async (request) => running.http.fetch(request);
      if (options.transports !== undefined) return options.transports.to(name);
      throw coreErrors.MOR_ENGINE_UNAVAILABLE(`service ${name} does not run in this process`);
    },
  };
  const calls = serviceRuntime(host, local);
  const runtimeOf = (kind: string): CapabilityRuntime => {
    if (kind === "service") return calls;
    const found = opened.get(openerOf(kind));
    if (found === undefined) throw coreErrors.MOR_CONFIG(`no capability serves ${kind}`);
    return found.runtime;
  };
  const holdings = new Map<AnyService, Record<string, unknown>>();
  for (const service of listed) {
    const held = heldOf(service.uses, service.name, runtimeOf);
    holdings.set(service, held);
    services.set(service.name, openService(service, held, host));
  }
  let receiving: Receiving[] = [];
  const drain = async (graceMs: number): Promise<void> => {
    const stopping = receiving;
    receiving = [];
    await Promise.all(stopping.map((one) => one.stop(graceMs)));
  };
  return {
    host,
    capabilities: opened,
    services,
    async start() {
      if (host.owner) {
        for (const { runtime } of opened.values()) await runtime.start?.();
      }
      receiving = listed.flatMap((service) => [
        ...service.handlers(holdings.get(service) ?? {}).map((binding) => binding.start()),
        ...runOf(service, runtimeOf),
      ]);
    },
    drain,
    async stop(graceMs) {
      await drain(graceMs);
      const runtimes = [...opened.values()].reverse();
      for (const { runtime } of runtimes) await runtime.drain?.();
      await box.close();
      for (const { runtime } of runtimes) await runtime.close();
      for (const driver of [...host.drivers.values()].reverse()) await driver.close();
      await host.close();
    },
  };
}
