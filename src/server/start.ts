import { join } from "node:path";
import { driverChoice } from "../core/config.ts";
import type { Config } from "../core/config.ts";
import type { Log } from "../core/log.ts";
import type { Series } from "../core/metrics.ts";
import { packageRoot, packageVersion } from "../core/package.ts";
import { ports } from "../core/ports.ts";
import { asyncapiDocument } from "./asyncapi.ts";
import { openDoor } from "./door/index.ts";
import { serverApp } from "./http.ts";
import { supervise } from "./isolate.ts";
import type { Isolation, Supervisor } from "./isolate.ts";
import { listen } from "./listen.ts";
import type { Listening } from "./listen.ts";
import { openapiDocument } from "./openapi.ts";
import { overviewFeed } from "./overview.ts";
import { makeInstances, serveOwner, socketPath } from "./owner.ts";
import type { Instances } from "./owner.ts";
import { openPlatform } from "./platform.ts";
import type { Platform } from "./platform.ts";
import { mergeSeries } from "./prometheus.ts";
import type { Transports } from "./service/capability.ts";
import { graceMs } from "./stop.ts";
import { eventStreams } from "./stream.ts";

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
  /** Runs each service in processes of its own. */
  readonly isolation?: Isolation;
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

function transportsOf(platform: Platform, instances: Instances): Transports {
  return {
    to(name) {
      const running = platform.services.get(name);
      return running === undefined
        ? instances.to(name)
        : async (request) => running.http.fetch(request);
    },
  };
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

/** Starts pillars, services, server and console in this process; resolves when it is ready. */
export async function start(options: StartOptions): Promise<Running> {
  const { config, log, isolation } = options;
  const environment = options.environment ?? "local";
  // Instances that run elsewhere are known only later; services ask when they call.
  let instances: Instances | undefined;
  const platform = await openPlatform({
    config,
    environment,
    log,
    ...(options.dataFolder === undefined ? {} : { dataFolder: options.dataFolder }),
    ...(isolation === undefined ? {} : { services: [] }),
    transports: { to: (name) => (instances as Instances).to(name) },
  });
  const { host } = platform;
  instances = makeInstances(host.drivers);
  const known = instances;
  const owner = await openOwner(platform, known);
  const hostname = options.hostname ?? host.settings.host ?? "127.0.0.1";
  const door = await openDoor(host, { hostname });
  const series = (): readonly Series[] => mergeSeries([host.metrics.snapshot(), ...known.series()]);
  let supervisor: Supervisor | undefined;
  const version = packageVersion();
  const problems = (): ReturnType<Supervisor["problems"]> => supervisor?.problems() ?? [];
  const feed = await overviewFeed({ host, version, series, problems });
  const streams = eventStreams(host.clock);
  let notReady: string | undefined = "starting";
  const parts = {
    platform,
    door,
    feed,
    streams,
    series,
    transports: transportsOf(platform, known),
    documents: {
      openapi: () => openapiDocument(parts, version),
      asyncapi: () => asyncapiDocument(host.app, version),
    },
    consoleFolder: join(packageRoot(), "dist", "console"),
    notReady: () => notReady ?? supervisor?.notReady(),
  };
  const http = serverApp(parts);
  const listening = await listen(
    (request) => http.fetch(request),
    hostname,
    options.port ?? host.settings.port ?? ports.http,
  );
  await platform.start();
  if (isolation !== undefined) {
    supervisor = supervise({ host, isolation, instances: known });
    await supervisor.ready();
  }
  notReady = undefined;
  return {
    url: urlOf(hostname, listening.port),
    port: listening.port,
    platform,
    fetch: (request) => http.fetch(request),
    async stop() {
      notReady = "stopping";
      streams.endAll();
      feed.stop();
      await stopAll(listening, supervisor, platform);
      await door.close();
      await owner.close();
    },
  };
}

/** Requests and children end first; the pillars that they use end after them. */
async function stopAll(
  listening: Listening,
  supervisor: Supervisor | undefined,
  platform: Platform,
): Promise<void> {
  const halfMs = graceMs / 2;
  await Promise.all([listening.stop(halfMs), supervisor?.stop(graceMs)]);
  await platform.stop(halfMs);
}
