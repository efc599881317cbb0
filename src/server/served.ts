import { join } from "node:path";
import { allSeries } from "../core/capabilities/figures.ts";
import { liveStreams } from "../core/capabilities/streams.ts";
import type { Limit } from "../core/host.ts";
import type { Series } from "../core/metrics.ts";
import { packageRoot, packageVersion } from "../core/package.ts";
import type { TelemetryRuntime } from "../observability/telemetry/runtime.ts";
import { asyncapiDocument } from "./asyncapi.ts";
import { bodyBytesMax } from "./body.ts";
import type { Door } from "./door/index.ts";
import type { InstanceState, Supervisor } from "./isolate.ts";
import type { ListenLimits } from "./listen.ts";
import { openapiDocument } from "./openapi.ts";
import { overviewFeed } from "./overview/feed.ts";
import { historyMs, historySeriesMax, makeHistory } from "./overview/history.ts";
import type { History } from "./overview/history.ts";
import { overviewKeeper } from "./overview/keeper.ts";
import { openPast } from "./overview/past.ts";
import type { Past } from "./overview/past.ts";
import type { Instances } from "./owner.ts";
import type { ServerParts } from "./parts.ts";
import type { Platform } from "./platform.ts";
import { mergeSeries } from "./prometheus.ts";
import type { Transports } from "./service/capability.ts";
import { eventStreams, frameOf, streamsMax } from "./stream.ts";

/** What the server serves, and what only becomes known after it listens. */
export interface Served {
  readonly parts: ServerParts;
  supervised(supervisor: Supervisor): void;
  /** Why the platform must not get traffic. */
  say(notReady: string | undefined): void;
}

/** What a server is made of. */
export interface ServedOptions {
  readonly platform: Platform;
  readonly door: Door;
  readonly instances: Instances;
  readonly limits: ListenLimits;
  /** Whether services run in processes of their own. */
  readonly isolated: boolean;
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

function limitsOf(door: Door, listening: ListenLimits): readonly Limit[] {
  const limit = (name: string, value: number, unit: Limit["unit"], about: string): Limit => ({
    name,
    value,
    unit,
    about,
  });
  const { headerBytesMax, headersTimeoutMs, requestTimeoutMs, idleTimeoutMs } = listening;
  return [
    limit("request-body", bodyBytesMax, "bytes", "Body of a request, where a route says no other."),
    limit("request-headers", headerBytesMax, "bytes", "Headers of a request."),
    limit("headers-time", headersTimeoutMs, "ms", "How long the headers of a request may take."),
    limit("request-time", requestTimeoutMs, "ms", "How long a whole request may take to arrive."),
    limit("idle-time", idleTimeoutMs, "ms", "A connection on which nothing moves is cut then."),
    limit("connections", listening.connectionsMax, "count", "Connections at once."),
    limit("streams", streamsMax, "count", "Event streams at once: open pages of the console."),
    ...door.limits,
    limit("history-time", historyMs, "ms", "How far back the measured history goes."),
    limit("history-series", historySeriesMax, "count", "Series that the history keeps."),
  ];
}

interface Late {
  notReady: string | undefined;
  supervisor: Supervisor | undefined;
}

/** How the processes of a service are: this one, those that are supervised, and any others. */
function instanceStates(
  { platform, instances }: ServedOptions,
  startedAtMs: number,
  late: Late,
): (service: string) => readonly InstanceState[] {
  const unknown = { restarts: 0, lastExit: null };
  const ownState = (): InstanceState["state"] => {
    if (late.notReady === undefined) return "running";
    return late.notReady === "starting" ? "starting" : "draining";
  };
  return (service) => {
    const supervised = late.supervisor?.states(service) ?? [];
    const pids = new Set(supervised.map(({ pid }) => pid));
    const others = instances.list().filter((one) => one.service === service && !pids.has(one.pid));
    const own = platform.services.has(service)
      ? [{ pid: process.pid, state: ownState(), startedAtMs, ...unknown }]
      : [];
    return [
      ...own,
      ...supervised,
      ...others.map(({ pid }) => ({
        pid,
        state: "running" as const,
        startedAtMs: null,
        ...unknown,
      })),
    ];
  };
}

/** What was kept of earlier processes, where telemetry keeps points. */
function pastOf(
  { capabilities, host: { clock } }: Platform,
  history: History,
  startedAtMs: number,
): Past | undefined {
  const runtime = capabilities.get("telemetry")?.runtime as TelemetryRuntime | undefined;
  if (runtime?.driver.features.points !== true) return undefined;
  return openPast({ clock, reader: runtime.driver, history, startedAtMs });
}

/** Puts together what the server serves; `opened` hears what has to be closed. */
export async function serverParts(
  options: ServedOptions,
  opened: { add(close: () => void): void },
): Promise<Served> {
  const { platform, door, instances, limits, isolated } = options;
  const { host } = platform;
  const series = (): readonly Series[] =>
    mergeSeries([host.metrics.snapshot(), ...instances.series()]);
  host.provide(allSeries, series);
  const late: Late = { notReady: "starting", supervisor: undefined };
  const version = packageVersion();
  const startedAtMs = host.clock.now();
  const history = makeHistory();
  const keeper = overviewKeeper();
  const past = pastOf(platform, history, startedAtMs);
  const problems = (): ReturnType<Supervisor["problems"]> => late.supervisor?.problems() ?? [];
  const before = past === undefined ? {} : { before: () => past.points() };
  const feed = await overviewFeed({ host, version, series, problems, history, keeper, ...before });
  opened.add(() => feed.stop());
  const streams = eventStreams(host.clock);
  host.provide(liveStreams, {
    serve: (signal, open) =>
      streams.serve(signal, (stream) => open((event, data) => stream.send(frameOf(event, data)))),
  });
  const parts: ServerParts = {
    platform,
    door,
    feed,
    history,
    past,
    keeper,
    streams,
    series,
    transports: transportsOf(platform, instances),
    documents: {
      openapi: () => openapiDocument(parts, version),
      asyncapi: () => asyncapiDocument(host.app, version),
    },
    consoleFolder: join(packageRoot(), "dist", "console"),
    notReady: () => late.notReady ?? late.supervisor?.notReady(),
    version,
    startedAtMs,
    isolated,
    instances: instanceStates(options, startedAtMs, late),
    limits: limitsOf(door, limits),
  };
  return {
    parts,
    supervised: (one) => void (late.supervisor = one),
    say: (reason) => void (late.notReady = reason),
  };
}
