import { z } from "zod";
import { created, del, get, noContent, post, reply } from "../../core/http.ts";
import type { AnyRoute } from "../../core/http.ts";
import type { Audit } from "./audit.ts";
import { roles } from "./keys.ts";
import type { Caller, Keys } from "./keys.ts";
import { sessionCookie } from "./sessions.ts";
import type { Sessions } from "./sessions.ts";

const NewKey = z.strictObject({
  name: z.string().min(1).max(100),
  role: z.enum(roles as ["viewer", "operator", "admin", "ingest"]),
});
const SignInRequest = z.strictObject({ key: z.string().min(1).max(200) });
const AuditQuery = z.object({
  limit: z.coerce.number().int().min(1).max(500).default(100),
  before: z.coerce.number().int().min(1).optional(),
});

/**
 * Who signs in with a key.
 * @throws MOR_AUTH_INVALID when nobody has it; MOR_HTTP_RATE_LIMITED after too many wrong ones
 */
export type SignIn = (headers: Headers, key: string) => Promise<Caller>;

/** The API of keys, sessions and the audit log. */
export function doorRoutes({
  keys,
  sessions,
  audit,
  signIn,
}: {
  readonly keys: Keys;
  readonly sessions: Sessions;
  readonly audit: Audit;
  readonly signIn: SignIn;
}): readonly AnyRoute[] {
  return [
    get("/keys", { role: "admin", summary: "API keys, without their secrets" }, async () => ({
      keys: await keys.list(),
    })),
    post(
      "/keys",
      { role: "admin", body: NewKey, status: 201, summary: "Make an API key; shown this once" },
      async ({ body }) => {
        const { key, text } = await keys.create(body.name, body.role);
        return created({ ...key, key: text });
      },
    ),
    del("/keys/:id", { role: "admin", summary: "Revoke an API key" }, async ({ params }) => {
      await keys.revoke(params.id);
      return noContent();
    }),
    post(
      "/sessions",
      { body: SignInRequest, status: 201, summary: "Sign in with an API key" },
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
    del("/sessions/current", { role: "viewer", summary: "Sign out" }, async ({ headers }) => {
      const form = new RegExp(`(?:^|;\\s*)${sessionCookie}=([0-9a-f]{64})`);
      const secret = form.exec(headers.get("cookie") ?? "")?.[1];
      if (secret !== undefined) await sessions.end(secret);
      const cookie = `${sessionCookie}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0`;
      return reply(204, undefined, { "set-cookie": cookie });
    }),
    get(
      "/audit",
      { role: "viewer", query: AuditQuery, summary: "State-changing calls, newest first" },
      async ({ query }) => ({ entries: await audit.list(query.limit, query.before) }),
    ),
  ];
}
