import { allSeries, queueFigures } from "../../core/capabilities/figures.ts";
import type { ResourceFigures } from "../../core/capabilities/figures.ts";
import { queueing } from "../../core/capabilities/queueing.ts";
import type { Queueing } from "../../core/capabilities/queueing.ts";
import { coreErrors } from "../../core/errors.ts";
import type { CapabilityRuntime, Host } from "../../core/host.ts";
import { receives } from "../../core/receiver.ts";
import type { Handling, HandlerCall, MessageInfo, Receiving } from "../../core/receiver.ts";
import type { InternalMessage } from "../../core/capabilities/queueing.ts";
import { heldBy } from "../../core/service.ts";
import { consumerForm } from "../spans.ts";
import type { ScheduleDriver, ScheduleSpec, ScheduleState } from "./driver.ts";
import { precisionMsOf } from "./expression.ts";
import { nextAfter } from "./occurrences.ts";
import { queueOf, runOf, runRetentionMs } from "./run.ts";
import type { MissedRuns, Schedule, ScheduledRun, Trigger, TriggerOptions } from "./schedule.ts";

const retryBaseMs = 1_000;
const retryMsMax = 300_000;

/** A schedule and where it stands, for the console and the command line. */
export interface ScheduleView extends Omit<ScheduleState, "missedTotal" | "lastMissedAtMs"> {
  readonly description: string;
  /** As declared: `0 2 * * *`. */
  readonly text: string;
  readonly timezone: string;
  readonly missed: MissedRuns;
  /** The service that runs when it fires. */
  readonly service?: string;
  /** The internal queue that it fires into. */
  readonly queue: string;
  /** Firings that fell due while nothing could fire them; 0 where the engine does not say. */
  readonly missedTotal: number;
  readonly lastMissedAtMs: number | null;
  /** Runs handled and attempts failed since the start, in whatever process. */
  readonly handled: number;
  readonly failed: number;
  /** Runs that failed on their last attempt and lie in the dead-letter queue. */
  readonly deadLetters: number;
  /** Runs that a process holds now. */
  readonly running: number;
  /** The next times after now, as many as were asked for (five), without jitter. */
  readonly upcomingMs: readonly number[];
}

/** Schedules at run time. */
export interface ScheduleRuntime extends CapabilityRuntime {
  /** @param upcoming how many of the next times each tells at most; 5 if left out */
  list(upcoming?: number): Promise<readonly ScheduleView[]>;
  get(name: string, upcoming?: number): Promise<ScheduleView>;
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

function triggerOf(declared: Schedule, service: string, queues: Queueing, host: Host): Trigger {
  const form = consumerForm(host, { kind: "schedule", name: declared.name, operation: "run" });
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
      form,
      handle: ({ body, info }: Delivery, call: HandlerCall) =>
        handling.run(runOf(body, declared.name, info.sentAtMs), call),
    });
  };
  return { [receives]: { start } };
}

/** The service that holds the trigger of each schedule. */
function holders(host: Host): Map<string, string> {
  const found = new Map<string, string>();
  for (const service of host.app.services) {
    for (const [, { resource, verb }] of heldBy(service)) {
      if (resource.kind === "schedule" && verb === "trigger")
        found.set(resource.name, service.name);
    }
  }
  return found;
}

const failures: ReadonlySet<string> = new Set(["failed", "rejected", "timeout"]);

/** Runs of a queue that were handled, in whatever process, and attempts that failed. */
function endedRuns(host: Host, queue: string): { handled: number; failed: number } {
  const ended = { handled: 0, failed: 0 };
  for (const { name, labels, value } of host.need(allSeries)()) {
    if (name !== "morning_queue_handled_total" || labels["queue"] !== queue) continue;
    if (labels["outcome"] === "done") ended.handled += value;
    else if (failures.has(labels["outcome"] ?? "")) ended.failed += value;
  }
  return ended;
}

/** Figures of the schedules' queues, by queue. */
async function queueFiguresOf(host: Host): Promise<ReadonlyMap<string, ResourceFigures>> {
  const figures = await host.need(queueFigures).figures();
  return new Map(figures.map((one) => [one.id.slice("queue/".length), one]));
}

const upcomingUsual = 5;

/** The next times, from where the engine says that a rate counts. */
function nextTimes(
  declared: Schedule,
  rateStartMs: number | undefined,
  nowMs: number,
  limit: number,
): number[] {
  const start = rateStartMs === undefined ? {} : { startMs: rateStartMs };
  const expression = { ...declared.expression, ...start };
  const times: number[] = [];
  for (let ms = nextAfter(expression, nowMs); ms !== undefined; ms = nextAfter(expression, ms)) {
    times.push(ms);
    if (times.length === limit) break;
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
  const view = async (
    declared: Schedule,
    figures: ReadonlyMap<string, ResourceFigures>,
    limit: number,
  ): Promise<ScheduleView> => {
    const { name, description, text, missed, expression } = declared;
    const { rateStartMs, ...state } = await driver.state(name);
    const service = services.get(name);
    const queue = queueOf(name);
    return {
      ...state,
      description,
      text,
      timezone: expression.timezone,
      missed,
      ...(service === undefined ? {} : { service }),
      queue,
      missedTotal: state.missedTotal ?? 0,
      lastMissedAtMs: state.lastMissedAtMs ?? null,
      ...endedRuns(host, queue),
      deadLetters: figures.get(queue)?.deadLetters ?? 0,
      running: figures.get(queue)?.inFlight ?? 0,
      upcomingMs: state.paused ? [] : nextTimes(declared, rateStartMs, host.clock.now(), limit),
    };
  };
  const find = (name: string): Schedule => {
    const declared = byName.get(name);
    if (declared === undefined) throw coreErrors.MOR_NOT_FOUND(`there is no schedule ${name}`);
    return declared;
  };
  return {
    hold: ({ resource }, { service }) => triggerOf(resource as Schedule, service, queues, host),
    start: () => driver.start(),
    close: () => Promise.resolve(),
    async list(limit = upcomingUsual) {
      const figures = await queueFiguresOf(host);
      return Promise.all(schedules.map((declared) => view(declared, figures, limit)));
    },
    get: async (name, limit = upcomingUsual) => view(find(name), await queueFiguresOf(host), limit),
    run: (name) => driver.run(find(name).name),
    pause: (name) => driver.pause(find(name).name),
    resume: (name) => driver.resume(find(name).name),
  };
}
