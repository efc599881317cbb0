import { sleep } from "../../core/clock.ts";
import type { Cancel } from "../../core/clock.ts";
import { backoffMs } from "../../core/retry.ts";
import { connect, failureOf, quoted } from "./connection.ts";
import type { ConnectionOptions } from "./connection.ts";
import { errorOf } from "./failures.ts";
import type { Wire } from "./pipeline.ts";

/**
 * Listeners by channel, woken by this process and, over one listening connection, by every other.
 */
export interface Wakes {
  listen(channel: string, listener: () => void): Cancel;
  /** Wakes listeners in this process. */
  wake(channels: Iterable<string>): void;
  close(): Promise<void>;
}

/** What is listened to, and as whom. */
export interface WakesOptions {
  readonly connection: ConnectionOptions;
  readonly subject: string;
  /** The notification channel of the schema. */
  readonly notify: string;
  /** The mark of this process on what it sends there. */
  readonly origin: string;
}

const backoff = { baseMs: 50, delayMsMax: 2000 };

/** The channels that a notification names; none when this process sent it, or anyone but us. */
function channelsOf(payload: string | undefined, origin: string): string[] {
  let said: unknown;
  try {
    said = JSON.parse(payload ?? "");
  } catch {
    // Whoever may connect may notify; what is not ours wakes nobody.
    return [];
  }
  if (!Array.isArray(said) || said[0] === origin) return [];
  return said.slice(1).map(String);
}

/**
 * Listens to `notify` on a connection of its own, opened again whenever it is lost. After each
 * opening every listener is woken, since what happened in between is not known.
 * @throws MOR_ENGINE_UNAVAILABLE when the first opening fails
 */
export async function makeWakes({
  connection,
  subject,
  notify,
  origin,
}: WakesOptions): Promise<Wakes> {
  const { clock, random } = connection;
  const listeners = new Map<string, Set<() => void>>();
  const gone = new AbortController();
  let wire: Wire | undefined;

  const wake = (channels: Iterable<string>): void => {
    for (const channel of channels) for (const listener of listeners.get(channel) ?? []) listener();
  };
  const open = async (): Promise<void> => {
    const opened = await connect(connection, true);
    opened.client.on("notification", ({ payload }) => wake(channelsOf(payload, origin)));
    await opened.client.query(`listen ${quoted(notify)}`);
    opened.client.on("end", () => void reopen());
    if (gone.signal.aborted) return opened.close();
    wire = opened;
  };
  const reopen = async (): Promise<void> => {
    for (let attempt = 1; !gone.signal.aborted; attempt++) {
      try {
        await open();
        wake([...listeners.keys()]);
        return;
      } catch {
        await sleep(clock, backoffMs(attempt, backoff, random), gone.signal);
      }
    }
  };
  try {
    await open();
  } catch (error) {
    throw errorOf(failureOf(error), subject);
  }
  return {
    wake,
    listen(channel, listener) {
      // Its own function: the same listener may listen twice.
      const own = (): void => listener();
      const set = listeners.get(channel) ?? new Set();
      listeners.set(channel, set.add(own));
      return () => {
        set.delete(own);
        if (set.size === 0 && listeners.get(channel) === set) listeners.delete(channel);
      };
    },
    async close() {
      gone.abort();
      await wire?.close();
    },
  };
}
