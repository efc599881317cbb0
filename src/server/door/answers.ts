import { z } from "zod";
import type { Schema } from "../../core/schema.ts";
import type { AuditEntry } from "./audit.ts";
import { roles } from "./keys.ts";
import type { ApiKey, Role } from "./keys.ts";
import type { OpenSession } from "./sessions.ts";

/** Who calls, as `GET /session` answers. */
export interface SessionAnswer {
  readonly name: string;
  readonly role: Role;
  /** `local`: this machine is trusted, since there are no credentials. */
  readonly kind: "local" | "key" | "session";
  /** What calls by session that change something send as `x-morning-csrf`. */
  readonly csrf?: string;
  readonly expiresAtMs?: number;
}

/** A session that was opened; its secret is in the cookie. */
export interface SignedIn {
  readonly name: string;
  readonly role: Role;
  readonly csrf: string;
  readonly expiresAtMs: number;
}

/** A new API key with its text, which is shown this once. */
export interface NewApiKey extends ApiKey {
  readonly key: string;
}

const role = z.enum(roles as [Role, ...Role[]]);
const atMs = z.number().int().describe("Milliseconds since the epoch.");
const key = {
  id: z.string(),
  name: z.string(),
  role,
  createdAtMs: atMs,
  usedAtMs: atMs.nullable(),
  revokedAtMs: atMs.nullable(),
};

/** `GET /session` */
export const sessionAnswer: Schema<unknown, SessionAnswer> = z.object({
  name: z.string(),
  role,
  kind: z.enum(["local", "key", "session"]),
  csrf: z.exactOptional(z.string()),
  expiresAtMs: z.exactOptional(atMs),
});

/** `POST /sessions` */
export const signedInAnswer: Schema<unknown, SignedIn> = z.object({
  name: z.string(),
  role,
  csrf: z.string(),
  expiresAtMs: atMs,
});

/** `GET /sessions` */
export const sessionsAnswer: Schema<
  unknown,
  { readonly sessions: readonly (OpenSession & { readonly current: boolean })[] }
> = z.object({
  sessions: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      role,
      createdAtMs: atMs,
      expiresAtMs: atMs,
      current: z.boolean(),
    }),
  ),
});

/** `GET /keys` */
export const keysAnswer: Schema<unknown, { readonly keys: readonly ApiKey[] }> = z.object({
  keys: z.array(z.object(key)),
});

/** `POST /keys` */
export const newKeyAnswer: Schema<unknown, NewApiKey> = z.object({ ...key, key: z.string() });

/** `GET /audit` */
export const auditAnswer: Schema<unknown, { readonly entries: readonly AuditEntry[] }> = z.object({
  entries: z.array(
    z.object({
      seq: z.number().int(),
      atMs,
      actor: z.string(),
      role,
      method: z.string(),
      path: z.string(),
      status: z.number().int(),
      traceId: z.string().nullable(),
    }),
  ),
});
