import { queueing } from "../../core/capabilities/queueing.ts";
import type { Queueing } from "../../core/capabilities/queueing.ts";
import { coreErrors } from "../../core/errors.ts";
import type { CapabilityRuntime, Host } from "../../core/host.ts";
import { receives } from "../../core/receiver.ts";
import type { Handling, HandlerCall, MessageInfo, Receiving } from "../../core/receiver.ts";
import type { InternalMessage } from "../../core/capabilities/queueing.ts";
import type { ScheduleDriver, ScheduleSpec, ScheduleState } from "./driver.ts";
import { precisionMsOf } from "./expression.ts";
import { nextAfter } from "./occurrences.ts";
import { queueOf, runOf, runRetentionMs } from "./run.ts";
import type { MissedRuns, Schedule, ScheduledRun, Trigger, TriggerOptions } from "./schedule.ts";

const retryBaseMs = 1_000;
const retryMsMax = 300_000;

/** A schedule and where it stands, for the console and the command line. */
export interface ScheduleView extends ScheduleState {
  readonly description: string;
  /** As declared: `0 2 * * *`. */
  readonly text: string;
  readonly timezone: string;
  readonly missed: MissedRuns;
  /** The service that runs when it fires. */
  readonly service?: string;
  /** The next times after now, at most five, without jitter. */
  readonly upcomingMs: readonly number[];
}

/** Schedules at run time. */
export interface ScheduleRuntime extends CapabilityRuntime {
  list(): Promise<readonly ScheduleView[]>;
  get(name: string): Promise<ScheduleView>;
  run(name: string): Promise<void>;
  pause(name: string): Promise<void>;
  resume(name: string): Promise<void>;
}

function specOf(declared: Schedule, driver: ScheduleDriver): ScheduleSpec {
  const { name, expression, missed } = declared;
  const { precisionMs } = driver.features;
  if (precisionMsOf(expression) < precisionMs) {
    throw coreErrors.MOR_UNSUPPORTED(
      `schedule ${name}: it names seconds; this engine fires to ${precisionMs / 1000} s`,
      { fix: "Declare it in minutes, or use the embedded engine." },
    );
  }
  return { name, expression, queue: queueOf(name), missed };
}

function triggerOf(declared: Schedule, service: string, queues: Queueing): Trigger {
  const start = (handling: Handling<ScheduledRun>, options: TriggerOptions): Receiving => {
    if (handling.batch) {
      throw coreErrors.MOR_UNSUPPORTED(`schedule ${declared.name}: runs come one at a time`, {
        fix: "Bind it with handle instead of handleBatch.",
      });
    }
    type Delivery = InternalMessage & { readonly info: MessageInfo };
    return queues.consume(queueOf(declared.name), {
      service,
      concurrency: options.concurrency ?? 1,
      handle: ({ body, info }: Delivery, call: HandlerCall) =>
        handling.run(runOf(body, declared.name, info.sentAtMs), call),
    });
  };
  return { [receives]: { start } };
}

/** The service that holds the trigger of each schedule. */
function holders(host: Host): Map<string, string> {
  const found = new Map<string, string>();
  for (const { name, uses } of host.app.services) {
    for (const { resource, verb } of Object.values(uses)) {
      if (resource.kind === "schedule" && verb === "trigger") found.set(resource.name, name);
    }
  }
  return found;
}

const upcomingMax = 5;

function upcoming({ expression }: Schedule, nowMs: number): number[] {
  const times: number[] = [];
  for (let ms = nextAfter(expression, nowMs); ms !== undefined; ms = nextAfter(expression, ms)) {
    times.push(ms);
    if (times.length === upcomingMax) break;
  }
  return times;
}

/** Opens the app's schedules over a driver. */
export async function scheduleRuntime(
  host: Host,
  driver: ScheduleDriver,
  schedules: readonly Schedule[],
): Promise<ScheduleRuntime> {
  const queues = host.need(queueing);
  const byName = new Map(schedules.map((declared) => [declared.name, declared]));
  const services = holders(host);
  for (const { name, attemptsMax } of schedules) {
    const receivesMax = attemptsMax;
    await queues.declare({
      name: queueOf(name),
      receivesMax,
      retentionMs: runRetentionMs,
      retryBaseMs,
      retryMsMax,
    });
  }
  const specs = schedules.map((declared) => specOf(declared, driver));
  if (host.owner) await driver.declare(specs);
  const view = async (declared: Schedule): Promise<ScheduleView> => {
    const { name, description, text, missed, expression } = declared;
    const state = await driver.state(name);
    const service = services.get(name);
    const upcomingMs = state.paused ? [] : upcoming(declared, host.clock.now());
    const { timezone } = expression;
    const holder = service === undefined ? {} : { service };
    return { ...state, description, text, timezone, missed, ...holder, upcomingMs };
  };
  const find = (name: string): Schedule => {
    const declared = byName.get(name);
    if (declared === undefined) throw coreErrors.MOR_NOT_FOUND(`there is no schedule ${name}`);
    return declared;
  };
  return {
    hold: ({ resource }, { service }) => triggerOf(resource as Schedule, service, queues),
    start: () => driver.start(),
    close: () => Promise.resolve(),
    list: () => Promise.all(schedules.map(view)),
    get: (name) => view(find(name)),
    run: (name) => driver.run(find(name).name),
    pause: (name) => driver.pause(find(name).name),
    resume: (name) => driver.resume(find(name).name),
  };
}
