import { useQuery, useQueryClient } from "@tanstack/react-query";
import { createContext, use, useMemo, type ReactNode } from "react";
import { call, setCsrfToken } from "./client.ts";
import { Problem } from "./problem.ts";

/** What a caller may do, the least first. */
export const roles = ["ingest", "viewer", "operator", "admin"] as const;
export type Role = (typeof roles)[number];

/** Who looks at the console. */
export interface Session {
  readonly name: string;
  readonly role: Role;
  readonly kind: "local" | "key" | "session";
  readonly expiresAtMs?: number;
}

interface SessionState {
  /** `unknown` until the server has answered. */
  readonly state: "unknown" | "in" | "out";
  readonly session: Session | undefined;
  /** @throws Problem when the key is wrong */
  readonly signIn: (key: string) => Promise<void>;
  readonly signOut: () => Promise<void>;
}

export const sessionKey = ["session"] as const;
const Context = createContext<SessionState | undefined>(undefined);

async function fetchSession(): Promise<Session | null> {
  try {
    const session = await call("get", "/session", {});
    setCsrfToken(session.csrf);
    return session as Session;
  } catch (problem) {
    if (problem instanceof Problem && (problem.status === 401 || problem.status === 403)) {
      return null;
    }
    throw problem;
  }
}

/** Asks the server who we are, and signs in and out. */
export function SessionProvider({ children }: { children: ReactNode }): ReactNode {
  const client = useQueryClient();
  const { data } = useQuery({ queryKey: sessionKey, queryFn: fetchSession, retry: 1 });
  const value = useMemo<SessionState>(
    () => ({
      state: data === undefined ? "unknown" : data === null ? "out" : "in",
      session: data ?? undefined,
      async signIn(key) {
        const { csrf } = await call("post", "/sessions", { body: { key } });
        setCsrfToken(csrf);
        await client.invalidateQueries();
      },
      async signOut() {
        await call("delete", "/sessions/current", {});
        setCsrfToken(undefined);
        client.removeQueries({ predicate: ({ queryKey: [kind] }) => kind === "api" });
        await client.invalidateQueries({ queryKey: sessionKey });
      },
    }),
    [client, data],
  );
  return <Context value={value}>{children}</Context>;
}

export function useSession(): SessionState {
  const value = use(Context);
  if (value === undefined) throw new Error("useSession stands outside SessionProvider");
  return value;
}

/** Whether the reader may do what needs a role; nobody may before the server has said who it is. */
export function useMay(needed: Role): boolean {
  const { session } = useSession();
  return session !== undefined && includes(session.role, needed);
}

/** Whether a role includes what another may do. */
export function includes(role: Role, needed: Role): boolean {
  return roles.indexOf(role) >= roles.indexOf(needed);
}
