import { coreErrors } from "./errors.ts";
import type { AnswerOf, AnyRoute, Method, PathParams, Route, RouteOptions } from "./http.ts";
import type { HandlerBinding } from "./receiver.ts";
import { capability, checkName } from "./resource.ts";
import type { Capability, Held, Resource, Uses } from "./resource.ts";
import type { InputOf } from "./schema.ts";

/** What a service is made of. */
export interface ServiceOptions<U extends Uses, R extends readonly AnyRoute[]> {
  readonly description?: string;
  /** What the service may do; its code can call only this. */
  readonly uses?: U;
  /** HTTP routes, given what is held. */
  readonly routes?: (held: Held<U>) => R;
  /** Handlers of messages, events and schedules, given what is held. */
  readonly handlers?: (held: Held<U>) => readonly HandlerBinding[];
  /** Whether callers outside the platform reach its routes without a key; false if left out. */
  readonly open?: boolean;
  /** What nobody calls and belongs to this service: its alerts, objectives, dashboards. */
  readonly owns?: readonly Resource[];
  /** Workflows, and other code with `uses` of its own, that run in its process, as this service. */
  readonly runs?: readonly Runnable[];
}

/** Code that a service runs beside its routes and handlers. */
export interface Runnable extends Resource {
  /** What it may do; the service that runs it does it. */
  readonly uses: Uses;
}

/** A service of any types, as lists hold it. */
export interface AnyService extends Resource<"service"> {
  readonly description: string;
  readonly open: boolean;
  readonly uses: Uses;
  readonly owns: readonly Resource[];
  readonly runs: readonly Runnable[];
  /** Its routes, over the objects that its `uses` map turned into. */
  routes(held: Readonly<Record<string, unknown>>): readonly AnyRoute[];
  handlers(held: Readonly<Record<string, unknown>>): readonly HandlerBinding[];
}

/** A service: code with routes and handlers, and the capabilities that it holds. */
export interface Service<Name extends string, R extends readonly AnyRoute[]> extends AnyService {
  readonly name: Name;
  routes(held: Readonly<Record<string, unknown>>): R;
  /** The right to call its routes. */
  client(options?: ClientOptions): Capability<Client<R>>;
}

/** Limits of the calls of one client. */
export interface ClientOptions {
  /** Deadline of a call with all its retries, milliseconds; 5,000 if left out. */
  readonly timeoutMs?: number;
  /** Attempts after the first, for calls that are safe to repeat; 2 if left out. */
  readonly retriesMax?: number;
}

/** One call through a client. */
export interface CallOptions {
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Makes a POST or PATCH safe to repeat: the callee sees the same key each time. */
  readonly idempotencyKey?: string;
}

type RouteOf<R extends readonly AnyRoute[], M extends Method> = Extract<R[number], { method: M }>;
type RouteAt<R extends readonly AnyRoute[], M extends Method, P> = Extract<
  RouteOf<R, M>,
  { path: P }
>;
type Given<Key extends string, T> = unknown extends T
  ? { readonly [K in Key]?: never }
  : { readonly [K in Key]: T };
type Sent<O, Key extends "query" | "body"> = O extends { readonly [K in Key]: infer S }
  ? InputOf<S>
  : unknown;

/** The input of a route as its caller gives it. */
export type CallInput<T> =
  T extends Route<Method, infer Path, infer O, unknown>
    ? Given<"params", PathParams<Path>> &
        Given<"query", Sent<O, "query">> &
        Given<"body", Sent<O, "body">>
    : never;

/** The answer of a route as its caller gets it. */
export type CallAnswer<T> =
  T extends Route<Method, string, RouteOptions, infer Result> ? AnswerOf<Result> : never;

type CallMethod<R extends readonly AnyRoute[], M extends Method> = <
  const P extends RouteOf<R, M>["path"],
>(
  path: P,
  input: CallInput<RouteAt<R, M, P>>,
  options?: CallOptions,
) => Promise<CallAnswer<RouteAt<R, M, P>>>;

/**
 * A typed client of a service, from its routes: `held.catalog.get("/products/:id", { params: { id }
 * })`. Every call has a deadline, a retry budget and a circuit breaker, and carries the trace.
 */
export type Client<R extends readonly AnyRoute[]> = {
  readonly [M in R[number]["method"]]: CallMethod<R, M>;
};

/**
 * Declares a service.
 * @example
 * export const users = service("users", {
 *   uses: { welcome: welcomeEmail.sender() },
 *   routes: ({ welcome }) => [
 *     post("/users", { body: NewUser }, async ({ body }) => created(await welcome.send(body))),
 *   ],
 * });
 * @throws MOR_NAME when the name is not usable on every engine
 */
export function service<
  const Name extends string,
  const U extends Uses = Record<never, never>,
  const R extends readonly AnyRoute[] = readonly [],
>(name: Name, options: ServiceOptions<U, R>): Service<Name, R> {
  checkName("service", name);
  const declared: Service<Name, R> = {
    kind: "service",
    name,
    description: options.description ?? "",
    open: options.open ?? false,
    uses: options.uses ?? {},
    owns: options.owns ?? [],
    runs: options.runs ?? [],
    routes: (held) => options.routes?.(held as Held<U>) ?? ([] as unknown as R),
    handlers: (held) => options.handlers?.(held as Held<U>) ?? [],
    client: (clientOptions = {}) =>
      capability(declared, "call", "out", clientOptions as Readonly<Record<string, unknown>>),
  };
  return Object.freeze(declared);
}

/** Every capability that a service holds, its own and those of what it runs, by its name there. */
export function heldBy(service: Pick<AnyService, "uses" | "runs">): [string, Capability][] {
  const running = service.runs.flatMap(({ name, uses }) =>
    Object.entries(uses).map(([key, held]): [string, Capability] => [`${name}.${key}`, held]),
  );
  return [...Object.entries(service.uses), ...running];
}

/** The services of an app and everything they use. */
export interface App {
  readonly name: string;
  readonly description: string;
  readonly services: readonly AnyService[];
  /**
   * Every resource that a service's `uses` reaches or a service owns, services included, in order
   * of discovery.
   */
  readonly resources: readonly Resource[];
}

/** Whoever starts what no service runs would wait for ever. */
function refuseUnrun(
  name: string,
  resources: readonly Resource[],
  runners: ReadonlyMap<Resource, string>,
): void {
  for (const resource of resources) {
    if (resource.code !== true || runners.has(resource)) continue;
    throw coreErrors.MOR_DECLARATION(
      `app ${name}: no service runs ${resource.kind} ${resource.name}`,
      { fix: `Add it to the \`runs\` of the service whose code it is.` },
    );
  }
}

/**
 * Declares an app. It finds the rest by walking what its services use.
 * @throws MOR_DECLARATION when two different resources of a kind share a name, or a service is
 * called that the app does not list
 */
export function app(
  name: string,
  options: { readonly services: readonly AnyService[]; readonly description?: string },
): App {
  checkName("app", name);
  const found = new Map<string, Resource>();
  const add = (resource: Resource, user: string): void => {
    const key = `${resource.kind} ${resource.name}`;
    const known = found.get(key);
    if (known === resource) return;
    if (known !== undefined) {
      throw coreErrors.MOR_DECLARATION(`app ${name}: two declarations of ${key} (see ${user})`);
    }
    found.set(key, resource);
    for (const needed of resource.needs ?? []) add(needed, key);
  };
  const listed = new Set<Resource>(options.services);
  if (listed.size < options.services.length) {
    throw coreErrors.MOR_DECLARATION(`app ${name}: a service is listed twice`);
  }
  for (const one of listed) add(one, `app ${name}`);
  const runners = new Map<Runnable, string>();
  for (const user of options.services) {
    for (const one of user.runs) {
      const other = runners.get(one);
      if (other !== undefined) {
        throw coreErrors.MOR_DECLARATION(
          `app ${name}: ${one.kind} ${one.name} is run by ${other} and by ${user.name}`,
          { fix: "List it in the `runs` of one service; others start it." },
        );
      }
      runners.set(one, user.name);
      add(one, `service ${user.name}`);
    }
    for (const [, held] of heldBy(user)) {
      if (held.resource.kind === "service" && !listed.has(held.resource)) {
        throw coreErrors.MOR_DECLARATION(
          `app ${name}: service ${user.name} calls ${held.resource.name}, which is not listed`,
          { fix: `Add ${held.resource.name} to the services of app("${name}").` },
        );
      }
      add(held.resource, `service ${user.name}`);
    }
    for (const owned of user.owns) add(owned, `service ${user.name}`);
  }
  refuseUnrun(name, [...found.values()], runners);
  const resources = [...found.values()];
  return Object.freeze({
    name,
    description: options.description ?? "",
    services: options.services,
    resources,
  });
}
