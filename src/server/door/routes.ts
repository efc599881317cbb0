import { z } from "zod";
import { created, del, get, noContent, post, reply } from "../../core/http.ts";
import type { AnyRoute } from "../../core/http.ts";
import {
  auditAnswer,
  keysAnswer,
  newKeyAnswer,
  sessionAnswer,
  sessionsAnswer,
  signedInAnswer,
} from "./answers.ts";
import type { SessionAnswer } from "./answers.ts";
import type { Audit } from "./audit.ts";
import { roles } from "./keys.ts";
import type { Caller, Keys, Role } from "./keys.ts";
import { sessionCookie } from "./sessions.ts";
import type { Session, Sessions } from "./sessions.ts";

const NewKey = z.strictObject({
  name: z.string().min(1).max(100).meta({ title: "Name" }),
  role: z.enum(roles as [Role, ...Role[]]).meta({ title: "Role" }),
});
const SignInRequest = z.strictObject({
  key: z.string().min(1).max(200).meta({ title: "API key", format: "password" }),
});
const SessionParams = z.object({ id: z.string().regex(/^[0-9a-f]{12}$/, "is no session's id") });
/** Postgres has no text with a NUL in it. */
const text = z.string().refine((given) => !given.includes("\0"), "has a NUL");
const instant = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const AuditQuery = z.object({
  limit: z.coerce.number().int().min(1).max(500).default(100),
  before: z.coerce.number().int().min(1).optional().describe("The last seq of the page before."),
  actor: text.max(100).optional(),
  method: text.max(10).toUpperCase().optional(),
  path: text.min(1).max(500).optional().describe("A part of the path."),
  fromMs: instant.optional(),
  toMs: instant.optional(),
  failed: z
    .enum(["true", "false"])
    .optional()
    .describe("true: answered with a status of 400 or more; false: with a lower one."),
});

/**
 * Who signs in with a key.
 * @throws MOR_AUTH_INVALID when nobody has it; MOR_HTTP_RATE_LIMITED after too many wrong ones
 */
export type SignIn = (headers: Headers, key: string) => Promise<Caller>;

/** What the routes of the door work with. */
export interface DoorParts {
  readonly keys: Keys;
  readonly sessions: Sessions;
  readonly audit: Audit;
  readonly signIn: SignIn;
  /** Who sent the request that has these headers. */
  readonly visitOf: (headers: Headers) => {
    readonly caller?: Caller;
    readonly session?: Session;
  };
}

function keyRoutes({ keys }: DoorParts): readonly AnyRoute[] {
  return [
    get(
      "/keys",
      { role: "admin", answer: keysAnswer, summary: "API keys, without their secrets" },
      async () => ({ keys: await keys.list() }),
    ),
    post(
      "/keys",
      {
        role: "admin",
        body: NewKey,
        answer: newKeyAnswer,
        status: 201,
        summary: "Make an API key; shown this once",
      },
      async ({ body }) => {
        const { key, text } = await keys.create(body.name, body.role);
        return created({ ...key, key: text });
      },
    ),
    del(
      "/keys/:id",
      { role: "admin", status: 204, summary: "Revoke an API key" },
      async ({ params }) => {
        await keys.revoke(params.id);
        return noContent();
      },
    ),
  ];
}

function currentSession({ caller, session }: ReturnType<DoorParts["visitOf"]>): SessionAnswer {
  const { name = "unknown", role = "viewer", keyId } = caller ?? {};
  if (session === undefined) return { name, role, kind: keyId === "local" ? "local" : "key" };
  const { csrf, expiresAtMs } = session;
  return { name, role, kind: "session", csrf, expiresAtMs };
}

function signInRoutes({ sessions, signIn, visitOf }: DoorParts): readonly AnyRoute[] {
  return [
    get(
      "/session",
      { role: "viewer", answer: sessionAnswer, summary: "Who calls, and what they may do" },
      ({ headers }) => currentSession(visitOf(headers)),
    ),
    post(
      "/sessions",
      {
        body: SignInRequest,
        answer: signedInAnswer,
        status: 201,
        summary: "Sign in with an API key",
      },
      async (call) => {
        const caller = await signIn(call.headers, call.body.key);
        const { session, secret } = await sessions.open(caller);
        const { csrf, expiresAtMs } = session;
        const overTls = call.headers.get("x-forwarded-proto") === "https";
        const attributes = `Path=/; HttpOnly; SameSite=Strict${overTls ? "; Secure" : ""}`;
        const cookie = `${sessionCookie}=${secret}; ${attributes}`;
        const answer = { csrf, expiresAtMs, name: caller.name, role: caller.role };
        return reply(201, answer, { "set-cookie": cookie });
      },
    ),
    del(
      "/sessions/current",
      { role: "viewer", status: 204, summary: "Sign out" },
      async ({ headers }) => {
        const form = new RegExp(`(?:^|;\\s*)${sessionCookie}=([0-9a-f]{64})`);
        const secret = form.exec(headers.get("cookie") ?? "")?.[1];
        if (secret !== undefined) await sessions.end(secret);
        const cookie = `${sessionCookie}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0`;
        return reply(204, undefined, { "set-cookie": cookie });
      },
    ),
  ];
}

function sessionRoutes({ sessions, visitOf }: DoorParts): readonly AnyRoute[] {
  return [
    get(
      "/sessions",
      { role: "admin", answer: sessionsAnswer, summary: "Who is signed in to the console" },
      async ({ headers }) => {
        const current = visitOf(headers).session?.id;
        const open = await sessions.list();
        return { sessions: open.map((one) => ({ ...one, current: one.id === current })) };
      },
    ),
    del(
      "/sessions/:id",
      { role: "admin", params: SessionParams, status: 204, summary: "Sign somebody out" },
      async ({ params }) => {
        await sessions.endOne(params.id);
        return noContent();
      },
    ),
  ];
}

/** The API of keys, sessions and the audit log. */
export function doorRoutes(parts: DoorParts): readonly AnyRoute[] {
  return [
    ...keyRoutes(parts),
    ...signInRoutes(parts),
    ...sessionRoutes(parts),
    get(
      "/audit",
      {
        role: "viewer",
        query: AuditQuery,
        answer: auditAnswer,
        summary: "State-changing calls, newest first",
      },
      async ({ query: { failed, ...query } }) => ({
        entries: await parts.audit.list({
          ...query,
          ...(failed === undefined ? {} : { failed: failed === "true" }),
        }),
      }),
    ),
  ];
}
