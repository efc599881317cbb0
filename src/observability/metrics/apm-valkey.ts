import { coreErrors } from "../../core/errors.ts";
import { normaliseCommand } from "./apm-statements.ts";

/** Runs one command on a Valkey or Redis and answers as the client does. */
export type ValkeyCommand = (
  name: string,
  ...args: readonly (string | number)[]
) => Promise<unknown>;

/** A command that Valkey found slow. */
export interface SlowCommand {
  /** Ascending within one run of the engine. */
  readonly id: number;
  readonly atMs: number;
  readonly durationMs: number;
  /** Without values: `HSET cart:? (4 more)`. */
  readonly command: string;
  /** Name of the client that sent it; empty where it gave none. */
  readonly client: string;
}

/** Where the last reading ended. */
export interface SlowlogPosition {
  /** The newest id that was read; -1 at first. */
  readonly lastId: number;
  /** Its time: an older newest entry means that the engine began anew. */
  readonly lastAtMs: number;
}

const entriesMax = 1000;

function entryOf(raw: unknown): SlowCommand | undefined {
  if (!Array.isArray(raw)) return undefined;
  const [id, seconds, micros, args, , client] = raw as unknown[];
  if (typeof id !== "number" || typeof seconds !== "number" || !Array.isArray(args))
    return undefined;
  return {
    id,
    atMs: seconds * 1000,
    durationMs: Number(micros) / 1000,
    command: normaliseCommand(args.map(String)),
    client: typeof client === "string" ? client : "",
  };
}

/** Refusals that only whoever runs the engine can mend. */
const refused: readonly (readonly [RegExp, string])[] = [
  [/^NOPERM/, "Let the user that Morning connects as read it: ACL SETUSER name +slowlog|get"],
  [/^ERR unknown command/, "This engine has no SLOWLOG: set slowQueriesMs of the cache to 0."],
];

async function slowlogOf(command: ValkeyCommand): Promise<unknown> {
  try {
    return await command("SLOWLOG", "GET", entriesMax);
  } catch (cause) {
    const { message } = cause as Error;
    const fix = refused.find(([said]) => said.test(message))?.[1];
    if (fix === undefined) throw cause;
    throw coreErrors.MOR_UNSUPPORTED(`SLOWLOG cannot be read: ${message}`, { cause, fix });
  }
}

/**
 * Reads what came into the SLOWLOG since the last reading, oldest first. Values of commands are
 * not kept: they may be personal data.
 * @throws MOR_UNSUPPORTED where it may not be read, with what mends it
 */
export async function readSlowlog(
  command: ValkeyCommand,
  position: SlowlogPosition = { lastId: -1, lastAtMs: 0 },
): Promise<{ readonly entries: readonly SlowCommand[]; readonly position: SlowlogPosition }> {
  const answer = await slowlogOf(command);
  const entries = (Array.isArray(answer) ? answer : []).flatMap((raw) => entryOf(raw) ?? []);
  const [newest] = entries;
  if (newest === undefined) return { entries: [], position };
  const restarted = newest.id < position.lastId || newest.atMs < position.lastAtMs;
  const fresh = entries.filter(({ id }) => restarted || id > position.lastId);
  return {
    entries: fresh.reverse(),
    position: { lastId: newest.id, lastAtMs: newest.atMs },
  };
}
