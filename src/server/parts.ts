import type { Limit } from "../core/host.ts";
import type { Series } from "../core/metrics.ts";
import type { Door } from "./door/index.ts";
import type { InstanceState } from "./isolate.ts";
import type { OverviewFeed } from "./overview/feed.ts";
import type { History } from "./overview/history.ts";
import type { OverviewKeeper } from "./overview/keeper.ts";
import type { Past } from "./overview/past.ts";
import type { Platform } from "./platform.ts";
import type { Transports } from "./service/capability.ts";
import type { EventStreams } from "./stream.ts";

/** What the server serves. */
export interface ServerParts {
  readonly platform: Platform;
  readonly door: Door;
  readonly feed: OverviewFeed;
  readonly history: History;
  /** What earlier processes measured; undefined where no telemetry is kept. */
  readonly past: Past | undefined;
  /** What is shown, for telemetry to keep. */
  readonly keeper: OverviewKeeper;
  readonly streams: EventStreams;
  readonly series: () => readonly Series[];
  /** How requests from outside reach the services. */
  readonly transports: Transports;
  readonly documents: { openapi(): unknown; asyncapi(): unknown };
  /** Folder of the built console. */
  readonly consoleFolder: string;
  /** Undefined while all is well, else why the process must not get traffic. */
  readonly notReady: () => string | undefined;
  readonly version: string;
  readonly startedAtMs: number;
  /** Whether services run in processes of their own. */
  readonly isolated: boolean;
  /** The processes that run a service. */
  readonly instances: (service: string) => readonly InstanceState[];
  /** What a peer may do to the server, and what the door lets through. */
  readonly limits: readonly Limit[];
}
