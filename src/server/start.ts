import type { Clock } from "../core/clock.ts";
import { driverChoice } from "../core/config.ts";
import type { Config } from "../core/config.ts";
import type { Log } from "../core/log.ts";
import { ports } from "../core/ports.ts";
import type { Tracing } from "../core/tracing.ts";
import { bridgeApi } from "../observability/sdk/bridge.ts";
import { openDoor } from "./door/index.ts";
import { serverApp } from "./http.ts";
import { supervise } from "./isolate.ts";
import type { Isolation } from "./isolate.ts";
import { listen, listenLimits } from "./listen.ts";
import type { ListenLimits } from "./listen.ts";
import { makeInstances, serveOwner, socketPath } from "./owner.ts";
import type { Instances } from "./owner.ts";
import { openPlatform } from "./platform.ts";
import type { Platform } from "./platform.ts";
import { serverParts } from "./served.ts";
import { attachTelemetry, beginRecording } from "./telemetry.ts";
import { graceMs } from "./stop.ts";

/** How a platform is started. */
export interface StartOptions {
  readonly config: Config;
  readonly environment?: string;
  readonly log: Log;
  readonly dataFolder?: string;
  /** Address to bind; loopback if left out. Any other needs credentials. */
  readonly hostname?: string;
  /** Port; 7070 if left out, 0 for a free one. */
  readonly port?: number;
  /** Telemetry comes in on free ports, as it does where `port` is 0. */
  readonly freeIngestPorts?: boolean;
  /** Whose keys and limits hold (`MORNING_*`); the process's own environment if left out. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly clock?: Clock;
  /** Who records spans; nobody if left out. */
  readonly tracing?: Tracing;
  /** What a peer may do to the server, where it is to be another than by default. */
  readonly limits?: Partial<ListenLimits>;
  /** Runs each service in processes of its own. */
  readonly isolation?: Isolation;
  /** Spans of OpenTelemetry's global API are recorded too: the process is this platform's alone. */
  readonly ownsProcess?: boolean;
}

/** A platform that runs. */
export interface Running {
  readonly url: string;
  readonly port: number;
  readonly platform: Platform;
  /** Answers a request as the server would, without the network. */
  fetch(request: Request): Response | Promise<Response>;
  stop(): Promise<void>;
}

function urlOf(hostname: string, port: number): string {
  const shown = hostname === "127.0.0.1" || hostname === "0.0.0.0" ? "localhost" : hostname;
  return `http://${shown}:${port}`;
}

async function openOwner(
  platform: Platform,
  instances: Instances,
): Promise<{ close(): Promise<void> }> {
  const { host } = platform;
  const embedded = driverChoice(host.settings, "state", "sqlite").driver === "sqlite";
  if (!embedded) return { close: () => Promise.resolve() };
  const { clock, random, drivers, dataFolder } = host;
  const store = await host.store();
  const path = socketPath(dataFolder);
  return serveOwner({ path, store, drivers, control: instances.control, clock, random });
}

/** Where what a starting platform has opened is closed, newest first. */
interface Closing {
  add(close: () => Promise<void> | void): void;
  /** Closes all; the first failure is thrown once everything else is closed too. */
  run(): Promise<void>;
}

function closing(): Closing {
  const closes: (() => Promise<void> | void)[] = [];
  return {
    add: (close) => void closes.push(close),
    async run() {
      const failures: unknown[] = [];
      for (const close of closes.splice(0).reverse()) {
        await Promise.resolve()
          .then(close)
          .catch((error: unknown) => failures.push(error));
      }
      if (failures.length > 0) throw failures[0];
    },
  };
}

/**
 * Starts pillars, services, server and console in this process; resolves when it is ready. When it
 * cannot start, nothing of it stays open.
 * @throws MOR_PORT_TAKEN, MOR_STATE_OWNED, MOR_CONFIG
 */
export async function start(options: StartOptions): Promise<Running> {
  const opened = closing();
  try {
    return await startWith(options, opened);
  } catch (error) {
    await opened.run().catch(() => undefined);
    throw error;
  }
}

async function startWith(options: StartOptions, opened: Closing): Promise<Running> {
  const { config, log, isolation, env } = options;
  const environment = options.environment ?? "local";
  // Instances that run elsewhere are known only later; services ask when they call.
  const later: { instances?: Instances } = {};
  const recording =
    options.tracing === undefined ? beginRecording(options, environment) : undefined;
  const tracing = options.tracing ?? recording?.tracing;
  const platform = await openPlatform({
    config,
    environment,
    log: recording?.log(log) ?? log,
    ...(options.clock === undefined ? {} : { clock: options.clock }),
    ...(tracing === undefined ? {} : { tracing }),
    ...(options.dataFolder === undefined ? {} : { dataFolder: options.dataFolder }),
    ...(isolation === undefined ? {} : { services: [] }),
    transports: { to: (name) => (later.instances as Instances).to(name) },
  });
  opened.add(() => platform.stop(graceMs));
  const { host } = platform;
  const instances = makeInstances(host.drivers);
  later.instances = instances;
  const owner = await openOwner(platform, instances);
  opened.add(() => owner.close());
  const hostname = options.hostname ?? host.settings.host ?? "127.0.0.1";
  const door = await openDoor(host, { hostname, ...(env === undefined ? {} : { env }) });
  opened.add(() => door.close());
  const telemetry = attachTelemetry(platform, door, recording);
  opened.add(() => telemetry.close());
  if (options.ownsProcess === true && recording !== undefined) {
    opened.add(bridgeApi(recording.tracing));
  }
  const limits = { ...listenLimits, ...options.limits };
  const isolated = isolation !== undefined;
  const served = await serverParts({ platform, door, instances, limits, isolated }, opened);
  recording?.pump(() => served.parts.keeper.points());
  const http = serverApp(served.parts);
  const port = options.port ?? host.settings.port ?? ports.http;
  const listening = await listen(
    (request, bindings) => http.fetch(request, bindings),
    hostname,
    port,
    limits,
  );
  opened.add(() => listening.stop(0));
  await platform.start();
  await telemetry.listen(options.freeIngestPorts ?? options.port === 0);
  const supervisor =
    isolation === undefined ? undefined : supervise({ host, isolation, instances });
  if (supervisor !== undefined) {
    opened.add(() => supervisor.stop(0));
    served.supervised(supervisor);
    await supervisor.ready();
  }
  served.say(undefined);
  return {
    url: urlOf(hostname, listening.port),
    port: listening.port,
    platform,
    fetch: (request) => http.fetch(request),
    async stop() {
      served.say("stopping");
      served.parts.streams.endAll();
      // Work that is under way ends first, wherever it came from; what it uses closes after it.
      await Promise.all([
        listening.stop(graceMs),
        platform.drain(graceMs),
        supervisor?.stop(graceMs),
      ]);
      await opened.run();
    },
  };
}
