import type { Redis } from "iovalkey";
import { coreErrors, MorningError } from "../../core/errors.ts";
import type { Host } from "../../core/host.ts";

/** How long one command may take with its retries, milliseconds. */
const commandMsMax = 5000;
const connectMsMax = 5000;
const retriesMax = 2;

/** The address without its password. */
function subjectOf(url: string): string {
  const { host } = new URL(url);
  return `valkey ${host}`;
}

/** What a Valkey client threw as one of ours. */
export function valkeyError(subject: string, cause: unknown): MorningError {
  if (MorningError.is(cause)) return cause;
  const { name, message } = cause as Error;
  if (name === "ReplyError" && /^(?:OOM|MISCONF)/.test(message)) {
    return coreErrors.MOR_OVERLOADED(`${subject}: ${message}`, {
      cause,
      fix: "Give the engine more memory, or an eviction policy such as allkeys-lru.",
    });
  }
  if (name === "ReplyError" && message.includes("not an integer")) {
    return coreErrors.MOR_INVALID(`${subject}: the value is no integer to count with`, { cause });
  }
  if (name === "ReplyError") return coreErrors.MOR_INTERNAL(`${subject}: ${message}`, { cause });
  return coreErrors.MOR_ENGINE_UNAVAILABLE(`${subject}: ${message}`, { cause });
}

/**
 * Opens a client of Valkey or Redis, shared by the process; it connects again by itself.
 * Options: `url`, or MORNING_VALKEY_URL: `redis://user:password@host:6379/0`, `rediss://` with TLS.
 * @throws MOR_CONFIG without an address, MOR_ENGINE_UNAVAILABLE when nothing answers there
 */
export async function openValkey(
  host: Host,
  options: Readonly<Record<string, unknown>>,
): Promise<Redis> {
  const url = options["url"] ?? process.env["MORNING_VALKEY_URL"];
  if (typeof url !== "string" || !URL.canParse(url)) {
    throw coreErrors.MOR_CONFIG("valkey: the driver needs url or MORNING_VALKEY_URL");
  }
  return host.engine(`valkey ${url}`, async () => {
    const { Redis: Client } = await import("iovalkey");
    const client = new Client(url, {
      lazyConnect: true,
      connectTimeout: connectMsMax,
      commandTimeout: commandMsMax,
      maxRetriesPerRequest: retriesMax,
    });
    // Commands fail by themselves; without a listener the event would end the process.
    client.on("error", () => {});
    try {
      await client.connect();
    } catch (cause) {
      client.disconnect();
      throw valkeyError(subjectOf(url), cause);
    }
    return { value: client, close: async () => client.disconnect() };
  });
}
