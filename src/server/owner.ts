import { join } from "node:path";
import type { Clock } from "../core/clock.ts";
import { coreErrors } from "../core/errors.ts";
import type { Driver } from "../core/host.ts";
import type { Random } from "../core/ids.ts";
import type { Series } from "../core/metrics.ts";
import type { Store } from "../core/store.ts";
import { connectSocket } from "../engines/socket/client.ts";
import type { Service } from "../engines/socket/peer.ts";
import { serveSocket } from "../engines/socket/server.ts";
import { offerStore, remoteStore } from "../engines/socket/store.ts";
import { serverErrors } from "./errors.ts";
import { mergeSeries } from "./prometheus.ts";
import type { Transport } from "./service/client.ts";
import type { Transports } from "./service/capability.ts";

/** Proves to an instance that a request comes from its platform. */
export const instanceHeader = "x-morning-instance";

/** A process that runs one service. */
export interface Instance {
  readonly service: string;
  readonly pid: number;
  readonly port: number;
  /** What a request must bring in {@link instanceHeader}. */
  readonly token: string;
}

/** What the owner process offers to the processes of services, beside store and drivers. */
export interface Control {
  /** Makes an instance known; it gets requests from then on. */
  register(instance: Instance): Promise<void>;
  /** Takes an instance out: it gets no more requests. */
  withdraw(service: string, pid: number): Promise<void>;
  instances(): Promise<readonly Instance[]>;
  /** Hands in the metrics of a process, whole: each report takes the place of the one before. */
  report(service: string, pid: number, series: readonly Series[]): Promise<void>;
  /** The last word of a process that ends: its counts stay, its gauges go. */
  leave(service: string, pid: number): Promise<void>;
  /** The feature flags of a driver that lives here. */
  features(capability: string): Promise<Driver["features"]>;
}

/** The way from a service's process to the process that owns the embedded engines. */
export interface OwnerConnection {
  readonly control: Control;
  store(): Promise<Store>;
  driver(capability: string): Promise<Driver>;
  close(): Promise<void>;
}

/** The owner's socket, in the folder of the embedded engines. */
export function socketPath(dataFolder: string): string {
  return join(dataFolder, "morning.sock");
}

/** Instances by service, and requests spread over them in turn. */
export interface Instances extends Transports {
  readonly control: Control;
  /** A process is gone, however it went: it gets no requests, its counts stay, its gauges go. */
  ended(service: string, pid: number): void;
  has(service: string): boolean;
  list(): readonly Instance[];
  /** Whether a process took itself out and finishes what it has begun. */
  isDraining(service: string, pid: number): boolean;
  series(): readonly (readonly Series[])[];
}

/** Headers that describe the hop between two processes, not the answer. */
const hopHeaders = [
  "connection",
  "content-encoding",
  "content-length",
  "keep-alive",
  "transfer-encoding",
];

/** The answer as one of ours: its headers can be changed, its body is decoded already. */
function passedOn(answer: Response): Response {
  const headers = new Headers(answer.headers);
  for (const name of hopHeaders) headers.delete(name);
  return new Response(answer.body, { status: answer.status, headers });
}

/** Whether a connection could not even be made: nothing of the request has left. */
function isUnreached(error: unknown): boolean {
  const cause = error instanceof Error ? (error.cause as NodeJS.ErrnoException) : undefined;
  return cause?.code === "ECONNREFUSED";
}

function failureOf({ service, pid }: Instance, cause: unknown): Error {
  if (isUnreached(cause)) {
    const message = `instance ${pid} of service ${service} is gone`;
    return coreErrors.MOR_ENGINE_UNAVAILABLE(message, { cause, details: { service } });
  }
  const message = `instance ${pid} of service ${service} ended the call: ${String(cause)}`;
  return serverErrors.MOR_CALL_FAILED(message, { cause, details: { service } });
}

/** Sends a request on to an instance; `lost` hears when nobody is there. */
export function instanceTransport(
  instance: Instance,
  lost: (instance: Instance) => void = () => {},
): Transport {
  return async (request) => {
    const url = new URL(request.url);
    const target = new URL(`${url.pathname}${url.search}`, `http://127.0.0.1:${instance.port}`);
    const headers = new Headers(request.headers);
    headers.set(instanceHeader, instance.token);
    headers.delete("host");
    const { method, body, signal } = request;
    const init = { method, headers, body, signal, duplex: "half", redirect: "manual" };
    try {
      return passedOn(await fetch(target, init as RequestInit));
    } catch (error) {
      if (isUnreached(error)) lost(instance);
      throw failureOf(instance, error);
    }
  };
}

/** Chooses the instances of a service in turn. */
export function inTurn(
  list: () => readonly Instance[],
  lost?: (instance: Instance) => void,
): Transports {
  const turns = new Map<string, number>();
  return {
    to(service) {
      const ready = list().filter((one) => one.service === service);
      const turn = turns.get(service) ?? 0;
      const chosen = ready[turn % Math.max(1, ready.length)];
      if (chosen === undefined) {
        throw coreErrors.MOR_ENGINE_UNAVAILABLE(`no instance of service ${service} is ready`);
      }
      turns.set(service, turn + 1);
      return instanceTransport(chosen, lost);
    },
  };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** The owner's side: who runs, and what they measured. */
export function makeInstances(drivers: ReadonlyMap<string, Driver>): Instances {
  const known = new Map<string, Instance>();
  const reports = new Map<string, readonly Series[]>();
  const keyOf = (service: string, pid: number): string => `${service} ${pid}`;
  const list = (): readonly Instance[] => [...known.values()];
  const forget = ({ service, pid }: Pick<Instance, "service" | "pid">): void =>
    void known.delete(keyOf(service, pid));
  const draining = new Map<string, Pick<Instance, "service" | "pid">>();
  let past: readonly Series[] = [];
  const ended = (service: string, pid: number): void => {
    forget({ service, pid });
    draining.delete(keyOf(service, pid));
    const last = reports.get(keyOf(service, pid)) ?? [];
    reports.delete(keyOf(service, pid));
    past = mergeSeries([past, last.filter(({ kind }) => kind !== "gauge")]);
  };
  return {
    // One that is there after all makes itself known again within a second.
    ...inTurn(list, forget),
    ended,
    list,
    isDraining: (service, pid) => draining.has(keyOf(service, pid)),
    has: (service) => list().some((one) => one.service === service),
    series: () => [past, ...reports.values()],
    control: {
      async register(instance) {
        // Processes that nobody supervises leave no word when they are killed.
        for (const { service, pid } of [...list(), ...draining.values()]) {
          if (!isAlive(pid)) ended(service, pid);
        }
        known.set(keyOf(instance.service, instance.pid), instance);
      },
      async withdraw(service, pid) {
        forget({ service, pid });
        draining.set(keyOf(service, pid), { service, pid });
      },
      async leave(service, pid) {
        ended(service, pid);
      },
      instances: async () => list(),
      async report(service, pid, series) {
        reports.set(keyOf(service, pid), series);
      },
      async features(capability) {
        const driver = drivers.get(capability);
        if (driver === undefined) {
          throw coreErrors.MOR_NOT_FOUND(`the owner process has no driver for ${capability}`);
        }
        return driver.features;
      },
    },
  };
}

/** Serves the owner's store and drivers to the processes of services on this machine. */
export async function serveOwner(options: {
  readonly path: string;
  readonly store: Store;
  readonly drivers: ReadonlyMap<string, Driver>;
  readonly control: Control;
  readonly clock: Clock;
  readonly random: Random;
}): Promise<{ close(): Promise<void> }> {
  const { path, store, drivers, control, clock, random } = options;
  const offer = offerStore(store);
  const services: Record<string, Service> = { ...offer.services, control: serviceOf(control) };
  for (const [capability, driver] of drivers) services[`driver/${capability}`] = serviceOf(driver);
  return serveSocket({ path, services, listen: offer.listen, clock, random });
}

/** The functions of an object: its flags and other data do not cross the socket. */
function serviceOf(offered: object): Service {
  const functions = Object.entries(offered).filter(([, value]) => typeof value === "function");
  return Object.fromEntries(functions) as Service;
}

/** Connects a service's process to the owner. */
export async function connectOwner(options: {
  readonly dataFolder: string;
  readonly clock: Clock;
  readonly random: Random;
}): Promise<OwnerConnection> {
  const { dataFolder, clock, random } = options;
  const connection = await connectSocket({ path: socketPath(dataFolder), clock, random });
  const control = connection.service<Control>("control");
  return {
    control,
    store: () => remoteStore(connection),
    async driver(capability) {
      const features = await control.features(capability);
      const remote = connection.service<Driver>(`driver/${capability}`);
      return new Proxy(remote, {
        get(target, key, receiver) {
          if (key === "features") return features;
          // The driver lives on in its owner: this process only leaves.
          if (key === "close") return () => Promise.resolve();
          return Reflect.get(target, key, receiver) as unknown;
        },
      });
    },
    close: () => connection.close(),
  };
}
