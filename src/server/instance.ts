import { sleep, systemClock } from "../core/clock.ts";
import type { Config } from "../core/config.ts";
import { coreErrors } from "../core/errors.ts";
import { systemRandom } from "../core/ids.ts";
import type { Log } from "../core/log.ts";
import { listen } from "./listen.ts";
import { connectOwner, inTurn, instanceHeader } from "./owner.ts";
import type { Instance } from "./owner.ts";
import { openPlatform } from "./platform.ts";
import { attachTelemetry, beginRecording } from "./telemetry.ts";
import { problemResponse } from "./problem.ts";
import { graceMs } from "./stop.ts";

/** How one service runs in a process of its own. */
export interface InstanceOptions {
  readonly config: Config;
  readonly environment: string;
  readonly service: string;
  readonly dataFolder: string;
  readonly log: Log;
}

/** How often an instance hands in its metrics and learns of the other instances, milliseconds. */
const exchangeMs = 1000;
const spareMs = 200;
/** Leaves room within the supervisor's grace for the exchange and for closing. */
const drainMs = graceMs * 0.8;

/** Runs one service against the owner process on this machine; resolves when it takes requests. */
export async function startInstance(options: InstanceOptions): Promise<{ stop(): Promise<void> }> {
  const { config, environment, service, dataFolder, log } = options;
  const clock = systemClock;
  const connection = await connectOwner({ dataFolder, clock, random: systemRandom });
  const { control } = connection;
  let known: readonly Instance[] = await control.instances();
  const turns = inTurn(
    () => known,
    (lost) => void (known = known.filter((one) => one !== lost)),
  );
  const recording = beginRecording({ config }, environment);
  const platform = await openPlatform({
    config,
    environment,
    log: recording?.log(log) ?? log,
    ...(recording === undefined ? {} : { tracing: recording.tracing }),
    dataFolder,
    connection,
    services: [service],
    transports: {
      // Before it gives up, an instance asks who runs by now: the others may be newer than its
      // list.
      to: (name) => async (request) => {
        if (!known.some((one) => one.service === name)) known = await control.instances();
        return turns.to(name)(request);
      },
    },
  });
  const telemetry = attachTelemetry(platform, undefined, recording);
  const running = platform.services.get(service);
  if (running === undefined) {
    const names = config.app.services.map(({ name }) => name).join(", ");
    throw coreErrors.MOR_NOT_FOUND(`there is no service ${service}; there are ${names}`);
  }
  const token = platform.host.ids.hex(16);
  const listening = await listen(
    (request) => {
      if (request.headers.get(instanceHeader) === token) return running.http.fetch(request);
      const refusal = coreErrors.MOR_NOT_FOUND("this port serves the platform alone");
      return problemResponse(refusal, undefined);
    },
    "127.0.0.1",
    0,
  );
  await platform.start();
  const { pid } = process;
  const instance = { service, pid, port: listening.port, token };
  await control.register(instance);
  log.debug("an instance takes requests", { service, pid, port: listening.port });
  let stopped = false;
  const exchange = async (): Promise<void> => {
    await control.report(service, pid, platform.host.metrics.snapshot());
    known = await control.instances();
    // An owner that started anew does not know this instance yet.
    if (!stopped && !known.some((one) => one.pid === pid)) await control.register(instance);
  };
  const beat = (): void => {
    clock.after(exchangeMs, () => {
      if (stopped) return;
      exchange()
        .catch((error: unknown) =>
          log.warn("the owner process does not answer", { cause: String(error) }),
        )
        .finally(beat);
    });
  };
  beat();
  return {
    async stop() {
      stopped = true;
      const drained = platform.drain(drainMs);
      const known = await control.withdraw(service, pid).then(
        () => true,
        () => false,
      );
      // The other instances send requests here until their next exchange; nobody does whose owner
      // is gone.
      if (known) await sleep(clock, exchangeMs + spareMs);
      await Promise.all([listening.stop(drainMs), drained]);
      await control.report(service, pid, platform.host.metrics.snapshot()).catch(() => undefined);
      await control.leave(service, pid).catch(() => undefined);
      await telemetry.close().catch(() => undefined);
      await platform.stop(0);
      await connection.close();
    },
  };
}
