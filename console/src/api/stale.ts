import type { QueryClient } from "@tanstack/react-query";

/** Collections that an action on another changes too: `/redrives/17` is about queues. */
const families: Readonly<Record<string, readonly string[]>> = {
  redrives: ["queues"],
  events: ["events", "queues"],
  schedules: ["schedules", "queues"],
  workflows: ["workflows", "workflow-runs", "assets"],
  "workflow-runs": ["workflows", "workflow-runs", "workflow-callbacks"],
  "workflow-callbacks": ["workflows", "workflow-runs", "workflow-callbacks"],
  sessions: ["sessions", "session"],
  silences: ["silences", "alerts"],
  maintenance: ["maintenance", "alerts"],
  slos: ["slos", "alerts"],
};

/** Makes stale what an action on `path` (`/api/v1/queues/mail/redrive`) may have changed. */
export function staleBy(client: QueryClient, path: string): Promise<void> {
  const [, segment = ""] = /^\/api\/v1\/([^/?]+)/.exec(path) ?? [];
  const stale = new Set(["audit", ...(families[segment] ?? [segment])]);
  return client.invalidateQueries({
    predicate: ({ queryKey: [kind, queried] }) =>
      kind === "api" && stale.has(String(queried).split("/")[1] ?? ""),
  });
}
