import type { HttpBindings } from "@hono/node-server";
import type { Context as HonoContext, MiddlewareHandler } from "hono";
import { getCookie } from "hono/cookie";
import { coreErrors } from "../../core/errors.ts";
import type { Host } from "../../core/host.ts";
import type { Door } from "../http.ts";
import { problemResponse } from "../problem.ts";
import { makeAudit } from "./audit.ts";
import type { Audit } from "./audit.ts";
import { doorErrors } from "./errors.ts";
import { includes, makeKeys } from "./keys.ts";
import type { Caller, Keys } from "./keys.ts";
import { isLoopback, refusalOf } from "./origin.ts";
import { rateLimit } from "./rate.ts";
import type { RateLimit } from "./rate.ts";
import { doorRoutes } from "./routes.ts";
import { doorSchema } from "./schema.ts";
import { makeSessions, sessionCookie } from "./sessions.ts";
import type { Sessions } from "./sessions.ts";

/** How the door is kept. */
export interface DoorOptions {
  /** The address that the server binds. */
  readonly hostname: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** A door with an end. */
export interface OpenDoor extends Door {
  readonly keys: Keys;
  close(): Promise<void>;
}

/** Requests a second that one caller may send where `MORNING_RATE_LIMIT` says nothing. */
const requestsPerSecond = 5_000;
/** Wrong credentials that one address may send: 10 at once, then one in 6 s. */
const failuresBurst = 10;
const failuresPerSecond = 1 / 6;

const local: Caller = { name: "local", keyId: "local", role: "admin" };
const safeMethods: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

interface Keeper {
  readonly keys: Keys;
  readonly sessions: Sessions;
  readonly audit: Audit;
  readonly failures: RateLimit;
  readonly requests: RateLimit;
}

/** Who a request comes from; remembered while it is answered. */
type Callers = WeakMap<Request, Caller>;

function addressOf(request: HonoContext): string {
  const bindings = request.env as Partial<HttpBindings> | undefined;
  return bindings?.incoming?.socket.remoteAddress ?? "local";
}

async function byKey(request: HonoContext, keeper: Keeper): Promise<Caller | undefined> {
  const header = request.req.header("authorization");
  if (header === undefined) return undefined;
  const text = /^Bearer (\S{1,200})$/.exec(header)?.[1];
  const caller = text === undefined ? undefined : await keeper.keys.find(text);
  if (caller !== undefined) return caller;
  const retryAfterMs = keeper.failures.take(addressOf(request));
  if (retryAfterMs !== undefined) {
    const message = "too many wrong credentials from this address";
    throw doorErrors.MOR_HTTP_RATE_LIMITED(message, { details: { retryAfterMs } });
  }
  throw doorErrors.MOR_AUTH_INVALID("the API key is not valid");
}

async function bySession(request: HonoContext, keeper: Keeper): Promise<Caller | undefined> {
  const secret = getCookie(request, sessionCookie);
  if (secret === undefined) return undefined;
  const session = await keeper.sessions.find(secret);
  if (session === undefined) return undefined;
  const safe = safeMethods.has(request.req.method);
  if (!safe && request.req.header("x-morning-csrf") !== session.csrf) {
    throw doorErrors.MOR_AUTH_CSRF("the header x-morning-csrf is missing or wrong");
  }
  return session.caller;
}

/** Who calls; `local` as long as no credential is configured, since only this machine can call then. */
async function callerOf(request: HonoContext, keeper: Keeper): Promise<Caller | undefined> {
  const known = (await byKey(request, keeper)) ?? (await bySession(request, keeper));
  if (known !== undefined) return known;
  return (await keeper.keys.configured()) ? undefined : local;
}

function guard(keeper: Keeper, names: ReadonlySet<string>): MiddlewareHandler {
  return async (request, next) => {
    // Load balancers ask for health by address.
    if (request.req.path === "/healthz" || request.req.path === "/readyz") return next();
    const refusal = refusalOf(request.req.raw.headers, names);
    if (refusal !== undefined) return problemResponse(refusal, undefined);
    const retryAfterMs = keeper.requests.take(addressOf(request));
    if (retryAfterMs !== undefined) {
      const message = "too many requests from this address";
      const error = doorErrors.MOR_HTTP_RATE_LIMITED(message, { details: { retryAfterMs } });
      return problemResponse(error, undefined);
    }
    return next();
  };
}

function audited(keeper: Keeper, callers: Callers): MiddlewareHandler {
  return async (request, next) => {
    await next();
    const { method, path } = request.req;
    if (safeMethods.has(method) || !path.startsWith("/api/")) return;
    const caller = callers.get(request.req.raw);
    await keeper.audit.record({
      actor: caller?.name ?? "unknown",
      role: caller?.role ?? "viewer",
      method,
      path,
      status: request.res.status,
      traceId: null,
    });
  };
}

async function refuseOpenDoor(options: DoorOptions, keys: Keys): Promise<void> {
  if (isLoopback(options.hostname) || (await keys.configured())) return;
  throw coreErrors.MOR_CONFIG(
    `the server would listen on ${options.hostname} without credentials`,
    {
      fix:
        "Set MORNING_ADMIN_KEY to a long random text (and MORNING_HOSTS to the server's names), " +
        "or bind loopback.",
    },
  );
}

/**
 * Opens the door of the server.
 * @throws MOR_CONFIG when it would be open to the network without credentials
 */
export async function openDoor(host: Host, options: DoorOptions): Promise<OpenDoor> {
  const env = options.env ?? process.env;
  const { clock, ids } = host;
  const store = await host.store();
  await store.migrate(doorSchema);
  const keys = makeKeys({ store, clock, ids, adminKey: env["MORNING_ADMIN_KEY"] || undefined });
  await refuseOpenDoor(options, keys);
  const perSecond = Number(env["MORNING_RATE_LIMIT"] ?? requestsPerSecond);
  const keeper: Keeper = {
    keys,
    sessions: makeSessions(store, clock, ids),
    audit: makeAudit(store, clock),
    failures: rateLimit(clock, failuresPerSecond, failuresBurst),
    requests: rateLimit(clock, perSecond, perSecond * 2),
  };
  const names = new Set(
    (env["MORNING_HOSTS"] ?? "").split(",").map((name) => name.trim().toLowerCase()),
  );
  names.delete("");
  const callers: Callers = new WeakMap();
  const inner = guard(keeper, names);
  const outer = audited(keeper, callers);
  return {
    keys,
    guard: (request, next) => inner(request, () => outer(request, next).then(() => undefined)),
    async authorize(request, route) {
      const { role } = route.options;
      if (role === undefined) return;
      const caller = await callerOf(request, keeper);
      if (caller === undefined) throw doorErrors.MOR_AUTH_REQUIRED("the call needs credentials");
      callers.set(request.req.raw, caller);
      if (!includes(caller.role, role)) {
        const message = `the key ${caller.name} is ${caller.role}; the call needs ${role}`;
        throw doorErrors.MOR_AUTH_FORBIDDEN(message);
      }
    },
    routes: doorRoutes(keeper),
    close: () => Promise.resolve(),
  };
}
