import type { Log } from "../core/log.ts";

/** How long a graceful stop may take in all, milliseconds. */
export const stopMs = 30_000;
/** Of that, how long handlers have to finish. */
export const graceMs = 20_000;
/** How long a process stops that has lost its supervisor, milliseconds. */
const orphanMs = 5_000;

/**
 * Exits with `code` once `stop` is done, or with 1 when it fails or takes longer than `withinMs`.
 */
function exitAfter(stop: () => Promise<void>, log: Log, withinMs: number): void {
  setTimeout(() => {
    log.error("the graceful stop took too long", { withinMs });
    process.exit(1);
  }, withinMs).unref();
  stop().then(
    () => process.exit(0),
    (error: unknown) => {
      log.error("the graceful stop failed", { cause: String(error) });
      process.exit(1);
    },
  );
}

/**
 * Stops the process on SIGTERM or SIGINT: exit 0 once `stop` is done, 1 if it takes over 30 s.
 * A second signal exits at once: what was acknowledged is durable already.
 */
export function stopOnSignals(stop: () => Promise<void>, log: Log): void {
  let stopping = false;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (stopping) process.exit(1);
    stopping = true;
    log.info("stopping", { signal });
    exitAfter(stop, log, stopMs);
  };
  process.on("SIGTERM", onSignal);
  process.on("SIGINT", onSignal);
}

/**
 * As {@link stopOnSignals}, for a process that a supervisor started: it ends with the supervisor,
 * and leaves Ctrl-C, which a terminal sends to all at once, to it.
 */
export function stopWithSupervisor(stop: () => Promise<void>, log: Log): void {
  let stopping = false;
  const begin = (why: string, withinMs: number): void => {
    if (stopping) return;
    stopping = true;
    log.info("stopping", { why });
    exitAfter(stop, log, withinMs);
  };
  process.on("SIGINT", () => {});
  process.on("SIGTERM", () => begin("SIGTERM", stopMs));
  process.once("disconnect", () => begin("the supervisor is gone", orphanMs));
  process.channel?.unref();
  if (!process.connected) begin("the supervisor is gone", orphanMs);
}
