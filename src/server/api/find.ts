import { z } from "zod";
import { get } from "../../core/http.ts";
import type { AnyRoute } from "../../core/http.ts";
import type { FindHit, Host } from "../../core/host.ts";
import type { Schema } from "../../core/schema.ts";
import { includes } from "../door/index.ts";
import type { Door } from "../door/index.ts";
import type { ServerParts } from "../parts.ts";

const hitsMax = 20;
/** Whoever has not answered by then is left out, milliseconds. */
const patienceMs = 2_000;
const traceForm = /^[0-9a-f]{32}$/;

/** What was found. */
interface FindAnswer {
  readonly hits: readonly FindHit[];
  /** Whether somebody did not answer in time or failed: there may be more. */
  readonly partial: boolean;
}

const FindQuery = z.object({
  id: z.string().trim().min(1).max(200).describe("The whole identifier, a key, or a trace's id."),
});
const findAnswer: Schema<unknown, FindAnswer> = z.object({
  hits: z.array(
    z.object({
      kind: z.string(),
      id: z.string(),
      title: z.string(),
      resource: z.string(),
      atMs: z.exactOptional(z.number().int()),
    }),
  ),
  partial: z.boolean().describe("Whether somebody did not answer in time: there may be more."),
});

/** What the door knows: actions of a trace, and keys for those who may see them. */
async function findAtDoor(door: Door, headers: Headers, id: string): Promise<FindHit[]> {
  const actions = traceForm.test(id) ? await door.audit.ofTrace(id) : [];
  const caller = door.callerOf(headers);
  const mayKeys = caller !== undefined && includes(caller.role, "admin");
  const keys = mayKeys ? (await door.keys.list()).filter((key) => key.id === id) : [];
  return [
    ...actions.map(({ seq, atMs, method, path }) => ({
      kind: "action",
      id: String(seq),
      title: `${method} ${path}`.slice(0, 200),
      resource: "audit",
      atMs,
    })),
    ...keys.map(({ name, createdAtMs }) => ({
      kind: "key",
      id,
      title: name,
      resource: "keys",
      atMs: createdAtMs,
    })),
  ];
}

/** The answer, or undefined when it failed or did not come in time. */
function inTime<T>(
  { clock, log }: Host,
  who: string,
  ask: () => Promise<T>,
): Promise<T | undefined> {
  return new Promise((resolve) => {
    const cancel = clock.after(patienceMs, () => resolve(undefined));
    const fail = (error: unknown): void => {
      log.warn("a search for an identifier failed", { who, cause: String(error) });
      resolve(undefined);
    };
    Promise.resolve().then(ask).then(resolve, fail).finally(cancel);
  });
}

/** Finds what bears an identifier. */
export function findRoutes({ platform, door }: ServerParts): readonly AnyRoute[] {
  const { host, capabilities } = platform;
  const find = async (headers: Headers, id: string): Promise<FindAnswer> => {
    const answers = [...capabilities].map(([kind, { module, runtime }]) =>
      inTime(host, kind, async () => module.find?.(runtime, id) ?? []),
    );
    const atDoor = inTime(host, "door", () => findAtDoor(door, headers, id));
    const found = await Promise.all([...answers, atDoor]);
    const hits = found.flatMap((some) => some ?? []).slice(0, hitsMax);
    return { hits, partial: found.includes(undefined) };
  };
  return [
    get(
      "/find",
      { role: "viewer", query: FindQuery, answer: findAnswer, summary: "What bears an identifier" },
      ({ query, headers }) => find(headers, query.id),
    ),
  ];
}
