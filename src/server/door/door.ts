import type { HttpBindings } from "@hono/node-server";
import type { Context as HonoContext, MiddlewareHandler } from "hono";
import { getCookie } from "hono/cookie";
import { parseTraceparent } from "../../core/context.ts";
import { coreErrors } from "../../core/errors.ts";
import type { Host, Limit } from "../../core/host.ts";
import type { AnyRoute } from "../../core/http.ts";
import { problemResponse } from "../problem.ts";
import { makeAudit } from "./audit.ts";
import type { Audit } from "./audit.ts";
import { doorErrors } from "./errors.ts";
import { environmentKeyId, includes, keysMax, makeKeys } from "./keys.ts";
import type { Caller, Keys } from "./keys.ts";
import { isLoopback, refusalOf } from "./origin.ts";
import { rateLimit } from "./rate.ts";
import type { RateLimit } from "./rate.ts";
import { doorRoutes } from "./routes.ts";
import type { SignIn } from "./routes.ts";
import { doorSchema } from "./schema.ts";
import { makeSessions, sessionCookie, sessionMs } from "./sessions.ts";
import type { Session, Sessions } from "./sessions.ts";

/** What keeps the door: checks of every request, and of what its caller may do. */
export interface Door {
  /** Refuses foreign hosts and origins, floods and unknown keys; remembers who calls. */
  readonly guard: MiddlewareHandler;
  /** @throws MorningError with status 401 or 403 when the caller may not use the route */
  authorize(request: HonoContext, route: AnyRoute): void | Promise<void>;
  /**
   * Lets a sender of telemetry in that comes by a protocol of its own, with a key of role ingest.
   * @throws MOR_AUTH_REQUIRED, MOR_AUTH_INVALID, MOR_AUTH_FORBIDDEN, MOR_HTTP_RATE_LIMITED
   */
  admit(credential: string | undefined, address: string): Promise<Caller>;
  /** Who sent the request that has these headers; undefined until it was authorized. */
  callerOf(headers: Headers): Caller | undefined;
  readonly audit: Audit;
  readonly keys: Keys;
  /** What it lets through at most. */
  readonly limits: readonly Limit[];
  /** Keys, sessions and the audit log. */
  readonly routes: readonly AnyRoute[];
}

/** How the door is kept. */
export interface DoorOptions {
  /** The address that the server binds. */
  readonly hostname: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** A door with an end. */
export interface OpenDoor extends Door {
  close(): Promise<void>;
}

/** Requests a second that one caller may send where `MORNING_RATE_LIMIT` says nothing. */
const requestsPerSecond = 5_000;
/** Wrong credentials that one address may send: 10 at once, then one in 6 s. */
const failuresBurst = 10;
const failuresPerSecond = 1 / 6;

const local: Caller = { name: "local", keyId: "local", role: "admin" };
const safeMethods: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);
/** An admin key of the environment is chosen by people: shorter ones can be guessed. */
const adminKeyForm = /^\S{16,200}$/;

interface Keeper {
  readonly keys: Keys;
  readonly sessions: Sessions;
  readonly audit: Audit;
  readonly failures: RateLimit;
  readonly requests: RateLimit;
  /** Whether callers without credentials are let in as long as none are configured. */
  readonly trusting: boolean;
  readonly visits: Visits;
  readonly limits: readonly Limit[];
}

/** One request, from where it comes and by whom; kept while it is answered. */
interface Visit {
  readonly address: string;
  caller?: Caller;
  /** The console session that it came with. */
  session?: Session;
  /** Whether its route changes nothing, whatever its method. */
  reads?: boolean;
}

/** Visits by the headers of their request: all that a route's handler sees of it. */
type Visits = WeakMap<Headers, Visit>;

/** The address that a request came from. */
export function addressOf(request: HonoContext): string {
  const bindings = request.env as Partial<HttpBindings> | undefined;
  return bindings?.incoming?.socket.remoteAddress ?? "local";
}

function refuseFailures(keeper: Pick<Keeper, "failures">, address: string): void {
  const retryAfterMs = keeper.failures.check(address);
  if (retryAfterMs === undefined) return;
  const message = "too many wrong credentials from this address";
  throw doorErrors.MOR_HTTP_RATE_LIMITED(message, { details: { retryAfterMs } });
}

/** Who brings this key. Wrong ones are counted: after some the address is not even looked at. */
async function callerByKey(keeper: Keeper, address: string, text: string): Promise<Caller> {
  refuseFailures(keeper, address);
  const caller = await keeper.keys.find(text);
  if (caller !== undefined) return caller;
  keeper.failures.take(address);
  throw doorErrors.MOR_AUTH_INVALID("the API key is not valid");
}

async function byKey(request: HonoContext, keeper: Keeper): Promise<Caller | undefined> {
  const header = request.req.header("authorization");
  if (header === undefined) return undefined;
  const text = /^Bearer (\S{1,200})$/i.exec(header)?.[1] ?? "";
  return callerByKey(keeper, addressOf(request), text);
}

/** Who calls, and by which session if by one. */
interface Identity {
  readonly caller: Caller;
  readonly session?: Session;
}

async function bySession(request: HonoContext, keeper: Keeper): Promise<Identity | undefined> {
  const secret = getCookie(request, sessionCookie);
  if (secret === undefined) return undefined;
  const session = await keeper.sessions.find(secret);
  if (session === undefined) return undefined;
  const safe = safeMethods.has(request.req.method);
  if (!safe && request.req.header("x-morning-csrf") !== session.csrf) {
    throw doorErrors.MOR_AUTH_CSRF("the header x-morning-csrf is missing or wrong");
  }
  return { caller: session.caller, session };
}

/**
 * Who calls; `local` as long as no credential is configured, where only this machine can call. On
 * any other address nobody is trusted, also when the last key was revoked.
 */
async function identityOf(request: HonoContext, keeper: Keeper): Promise<Identity | undefined> {
  const caller = await byKey(request, keeper);
  const known = caller === undefined ? await bySession(request, keeper) : { caller };
  if (known !== undefined) return known;
  return keeper.trusting && !(await keeper.keys.configured()) ? { caller: local } : undefined;
}

function guard(keeper: Keeper, names: ReadonlySet<string>): MiddlewareHandler {
  return async (request, next) => {
    // Load balancers ask for health by address.
    if (request.req.path === "/healthz" || request.req.path === "/readyz") return next();
    const address = addressOf(request);
    const refusal = refusalOf(request.req.raw.headers, names);
    if (refusal !== undefined) return problemResponse(refusal, undefined);
    const retryAfterMs = keeper.requests.take(address);
    if (retryAfterMs !== undefined) {
      const message = "too many requests from this address";
      const error = doorErrors.MOR_HTTP_RATE_LIMITED(message, { details: { retryAfterMs } });
      return problemResponse(error, undefined);
    }
    const visit: Visit = { address };
    keeper.visits.set(request.req.raw.headers, visit);
    await next();
    return record(request, visit, keeper.audit);
  };
}

/** Every state-changing call of the platform's API, and of services reached by its keys. */
async function record(request: HonoContext, visit: Visit, audit: Audit): Promise<void> {
  const { caller, reads = false } = visit;
  const { method, path } = request.req;
  if (reads || safeMethods.has(method) || (!path.startsWith("/api/") && caller === undefined))
    return;
  const trace = parseTraceparent(request.res.headers.get("traceresponse") ?? undefined);
  await audit.record({
    actor: caller?.name ?? "unknown",
    role: caller?.role ?? "viewer",
    method,
    path,
    status: request.res.status,
    traceId: trace?.traceId ?? null,
  });
}

async function refuseOpenDoor({ hostname }: DoorOptions, keys: Keys): Promise<void> {
  if (isLoopback(hostname) || (await keys.configured())) return;
  throw coreErrors.MOR_CONFIG(`the server would listen on ${hostname} without credentials`, {
    fix:
      "Set MORNING_ADMIN_KEY to a long random text (and MORNING_HOSTS to the server's names), " +
      "or bind loopback.",
  });
}

function adminKeyOf(env: DoorOptions["env"]): string | undefined {
  const key = env?.["MORNING_ADMIN_KEY"] || undefined;
  if (key === undefined || adminKeyForm.test(key)) return key;
  throw coreErrors.MOR_CONFIG(
    "MORNING_ADMIN_KEY is shorter than 16 or longer than 200 characters",
    {
      fix: "Make one: openssl rand -hex 32. It has no spaces.",
    },
  );
}

function requestsPerSecondOf(env: DoorOptions["env"]): number {
  const text = env?.["MORNING_RATE_LIMIT"] || String(requestsPerSecond);
  const perSecond = Number(text);
  if (perSecond > 0 && Number.isFinite(perSecond)) return perSecond;
  throw coreErrors.MOR_CONFIG(`MORNING_RATE_LIMIT ${text} is no number of requests a second`);
}

function namesOf(env: DoorOptions["env"]): ReadonlySet<string> {
  const names = (env?.["MORNING_HOSTS"] ?? "").split(",").map((name) => name.trim().toLowerCase());
  return new Set(names.filter((name) => name !== ""));
}

function limitsOf(perSecond: number): Limit[] {
  const requests = "Requests of one address; twice as many at once. MORNING_RATE_LIMIT changes it.";
  const time = "How long a session of the console lasts.";
  return [
    { name: "requests", value: perSecond, unit: "perSecond", about: requests },
    { name: "session-time", value: sessionMs, unit: "ms", about: time },
    {
      name: "api-keys",
      value: keysMax,
      unit: "count",
      about: "API keys, revoked ones among them.",
    },
  ];
}

async function makeKeeper(host: Host, options: DoorOptions): Promise<Keeper> {
  const { clock, ids } = host;
  const env = options.env ?? process.env;
  const store = await host.store();
  await store.migrate(doorSchema);
  const adminKey = adminKeyOf(env);
  const sessions = makeSessions(store, clock, ids);
  await sessions.endOthers(adminKey === undefined ? undefined : environmentKeyId(adminKey));
  const perSecond = requestsPerSecondOf(env);
  return {
    keys: makeKeys({ store, clock, ids, adminKey }),
    sessions,
    audit: makeAudit(store, clock),
    failures: rateLimit(clock, failuresPerSecond, failuresBurst),
    requests: rateLimit(clock, perSecond, perSecond * 2),
    trusting: isLoopback(options.hostname),
    visits: new WeakMap(),
    limits: limitsOf(perSecond),
  };
}

function signInOf(keeper: Keeper): SignIn {
  return async (headers, text) => {
    const visit = keeper.visits.get(headers);
    const caller = await callerByKey(keeper, visit?.address ?? "local", text);
    if (visit !== undefined) visit.caller = caller;
    return caller;
  };
}

/**
 * Opens the door of the server.
 * @throws MOR_CONFIG when it would be open to the network without credentials, or with a key that
 * can be guessed
 */
export async function openDoor(host: Host, options: DoorOptions): Promise<OpenDoor> {
  const keeper = await makeKeeper(host, options);
  await refuseOpenDoor(options, keeper.keys);
  return {
    keys: keeper.keys,
    audit: keeper.audit,
    limits: keeper.limits,
    async admit(credential, address) {
      if (credential === undefined) {
        if (keeper.trusting && !(await keeper.keys.configured())) return local;
        throw doorErrors.MOR_AUTH_REQUIRED("telemetry needs a key of role ingest");
      }
      const trusted = keeper.trusting && !(await keeper.keys.configured());
      if (trusted) return local;
      const caller = await callerByKey(keeper, address, credential);
      if (includes(caller.role, "ingest")) return caller;
      throw doorErrors.MOR_AUTH_FORBIDDEN(`the key ${caller.name} may not hand telemetry in`);
    },
    callerOf: (headers) => keeper.visits.get(headers)?.caller,
    guard: guard(keeper, namesOf(options.env ?? process.env)),
    async authorize(request, route) {
      const { role, reads = false } = route.options;
      if (role === undefined) return;
      const identity = await identityOf(request, keeper);
      if (identity === undefined) throw doorErrors.MOR_AUTH_REQUIRED("the call needs credentials");
      const { caller } = identity;
      const visit = keeper.visits.get(request.req.raw.headers);
      if (visit !== undefined) Object.assign(visit, identity, { reads });
      if (!includes(caller.role, role)) {
        const message = `the key ${caller.name} is ${caller.role}; the call needs ${role}`;
        throw doorErrors.MOR_AUTH_FORBIDDEN(message);
      }
    },
    routes: doorRoutes({
      ...keeper,
      signIn: signInOf(keeper),
      visitOf: (headers) => keeper.visits.get(headers) ?? { address: "local" },
    }),
    close: () => Promise.resolve(),
  };
}
