import type { Clock } from "./clock.ts";
import type { Command } from "./command.ts";
import type { AnyRoute } from "./http.ts";
import type { Ids, Random } from "./ids.ts";
import type { CapabilityInfra } from "./infra.ts";
import type { Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import type { PhysicalKind } from "./names.ts";
import type { Receiving } from "./receiver.ts";
import type { Capability, Resource } from "./resource.ts";
import type { App, Runnable } from "./service.ts";
import type { Store } from "./store.ts";
import type { Tracing } from "./tracing.ts";
import type { Transactions } from "./transaction.ts";

declare const provided: unique symbol;

/** Names something that one pillar provides and others use; its type travels with it. */
export interface ProviderKey<T> {
  readonly provider: string;
  readonly [provided]?: T;
}

/** What a driver module (`drivers/<engine>.ts`) exports as `driver`. */
export interface DriverModule<Driver> {
  /** The engine's name, as configuration spells it. */
  readonly engine: string;
  /** An embedded engine has one owner process: others reach its driver over the local socket. */
  readonly embedded: boolean;
  /**
   * Opens the driver. `options` are the settings of `morning.config.ts`, validated by the driver
   * itself.
   * @throws MOR_CONFIG, MOR_ENGINE_NOT_INSTALLED, MOR_ENGINE_UNAVAILABLE
   */
  open(host: Host, options: Readonly<Record<string, unknown>>): Promise<Driver>;
}

/**
 * Every driver: its flags, and how it ends. All its other members are async functions of plain
 * data.
 */
export interface Driver {
  /** Positive flags: what this driver can do. */
  readonly features: Readonly<Record<string, boolean | number | string>>;
  close(): Promise<void>;
}

/** Who holds a capability: one service, in one process. */
export interface Holder {
  readonly service: string;
}

/** One capability folder at run time, over the driver that the environment chose. */
export interface CapabilityRuntime {
  /** Makes the object that a holder of `capability` works with. */
  hold(capability: Capability, holder: Holder): unknown;
  /**
   * Begins to run code of a service over what that code holds: a workflow. Called in the processes
   * of its service, after `start`.
   */
  execute?(code: Runnable, held: Readonly<Record<string, unknown>>, holder: Holder): Receiving;
  /**
   * Begins background work of the platform's own (relays, timers). Called in the owner process
   * alone.
   */
  start?(): Promise<void>;
  /** Stops taking work; finishes or releases what is in flight. */
  drain?(): Promise<void>;
  close(): Promise<void>;
}

/** A limit that holds, as the console tells it. */
export interface Limit {
  /** `request-body` */
  readonly name: string;
  readonly value: number;
  readonly unit: "bytes" | "perSecond" | "count" | "ms";
  /** What it is a limit of, one sentence. */
  readonly about: string;
}

/** Something that bears an identifier that was looked for. */
export interface FindHit {
  /** What it is: `message`, `event`, `row`. */
  readonly kind: string;
  /** What opens it within its resource: the message's or event's id, a row's key as JSON. */
  readonly id: string;
  /** One line for people, at most 200 characters. */
  readonly title: string;
  /** `queue/welcome-email`. */
  readonly resource: string;
  readonly atMs?: number;
}

/** A protocol that others defined, on the platform's own port. */
export interface ForeignProtocol {
  /** Path patterns: `/compat/jaeger/*`. */
  readonly paths: readonly string[];
  /** Whom it serves: who may look, who may hand telemetry in, who has a token that it knows. */
  readonly role: "viewer" | "ingest" | "token";
  /** @param client who asks, for fairness: a key's name or an address */
  handle(request: Request, client: string): Promise<Response>;
}

/** What `src/capabilities.ts` lists, one lazy line each. */
export interface CapabilityModule {
  /** The resource kind that it owns: `queue`. */
  readonly kind: string;
  /** Its place in configuration and default driver. */
  readonly defaultDriver: string;
  /** It lives in the state store: its default driver is the one of that name. */
  readonly followsState?: boolean;
  /** Its fixed limits: `message-body`. */
  readonly limits?: readonly Limit[];
  readonly drivers: Readonly<
    Record<string, () => Promise<{ readonly driver: DriverModule<Driver> }>>
  >;
  open(host: Host, driver: Driver, resources: readonly Resource[]): Promise<CapabilityRuntime>;
  /** HTTP API below `/api/v1`; called in the owner process after `open`. */
  routes?(runtime: CapabilityRuntime, host: Host): readonly AnyRoute[];
  /** Protocols of others that it serves beside its API; called in the owner process. */
  foreign?(runtime: CapabilityRuntime, host: Host): readonly ForeignProtocol[];
  /**
   * What bears `id` exactly: an id, a key, or the trace (32 hex) that it belongs to. At most 20,
   * and bounded work: whoever asks waits for two seconds.
   */
  find?(runtime: CapabilityRuntime, id: string): Promise<readonly FindHit[]>;
  readonly infra?: () => Promise<{ readonly infra: CapabilityInfra }>;
  /** Its CLI verbs, all beginning with the kind: `queue send`. */
  readonly commands?: () => Promise<{ readonly commands: readonly Command[] }>;
}

/** What a pillar gets from the process that runs it. */
export interface Host {
  readonly app: App;
  readonly environment: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly ids: Ids;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Spans, a tracer each service. */
  readonly tracing: Tracing;
  /** Folder for files of embedded engines; only the owner process may write in it. */
  readonly dataFolder: string;
  /** The engines that the environment chose, by capability: `queue` runs on `sqs`. */
  readonly engines?: ReadonlyMap<string, string>;
  /** Whether this process owns the embedded engines. */
  readonly owner: boolean;
  /** The state store, opened once; over the local socket when this process is not its owner. */
  store(): Promise<Store>;
  /** A shared client, opened once per key and closed last: an AWS client, a Valkey connection. */
  engine<T>(key: string, open: () => Promise<{ value: T; close(): Promise<void> }>): Promise<T>;
  /** The cloud name of a resource in this app and environment. */
  physicalName(kind: PhysicalKind, name: string): string;
  /** Transactions whose ledger keys are scoped to `scope`. */
  transactions(scope: string): Transactions;
  provide<T>(key: ProviderKey<T>, value: T): void;
  /** @throws MOR_CONFIG when nothing provides it */
  need<T>(key: ProviderKey<T>): T;
}
