import type { Log } from "../core/log.ts";

/** How long a graceful stop may take in all, milliseconds. */
export const stopMs = 30_000;
/** Of that, how long handlers have to finish. */
export const graceMs = 20_000;

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
    setTimeout(() => {
      log.error("the graceful stop took too long", { stopMs });
      process.exit(1);
    }, stopMs).unref();
    stop().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error("the graceful stop failed", { cause: String(error) });
        process.exit(1);
      },
    );
  };
  process.on("SIGTERM", onSignal);
  process.on("SIGINT", onSignal);
}
