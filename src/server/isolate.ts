import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { sleep } from "../core/clock.ts";
import type { Cancel } from "../core/clock.ts";
import type { Host } from "../core/host.ts";
import type { OverviewProblem } from "./overview/overview.ts";
import type { Instances } from "./owner.ts";

/** How services run in processes of their own. */
export interface Isolation {
  /** Instances a service, by its name; 1 where it is left out. */
  readonly instances: Readonly<Record<string, number>>;
  /** The command line of one service: `node`, its flags, `main.js`, `service`, the name ... */
  command(service: string): readonly [string, ...string[]];
}

/** A process of a service, as the console shows it. */
export interface InstanceState {
  /** Null while there is none. */
  readonly pid: number | null;
  readonly state: "running" | "starting" | "down" | "draining";
  /** Milliseconds since the epoch; null where somebody else started it. */
  readonly startedAtMs: number | null;
  /** How often it was started again. */
  readonly restarts: number;
  /** How the one before it ended: `exit 1`, `SIGKILL`. */
  readonly lastExit: string | null;
}

/** Keeps the processes of services alive. */
export interface Supervisor {
  /** Resolves when every service has an instance that takes requests, or after 30 s. */
  ready(): Promise<void>;
  notReady(): string | undefined;
  problems(): readonly OverviewProblem[];
  /** The processes of a service. */
  states(service: string): readonly InstanceState[];
  /** Ends every process: SIGTERM, and SIGKILL for those that are still there after `graceMs`. */
  stop(graceMs: number): Promise<void>;
}

/** Delay before a process that ended is started again, milliseconds: doubled up to the longest. */
const restartMs = 200;
const restartMsMax = 10_000;
/** A process that lived this long starts again without delay, milliseconds. */
const settledMs = 30_000;
/** How long a restart is shown: longer than whoever looks once in a while needs, milliseconds. */
const noticeMs = 10_000;
const readyCheckMs = 50;
const readyMs = 30_000;

interface Slot {
  readonly service: string;
  child: ChildProcess | undefined;
  failures: number;
  /** How often a process was started in it. */
  launches: number;
  startedAtMs: number | undefined;
  lastExit: string | undefined;
  endedMs: number | undefined;
  cancelRestart: Cancel;
}

/** What a supervisor works with. */
export interface SuperviseOptions {
  readonly host: Host;
  readonly isolation: Isolation;
  readonly instances: Instances;
}

function slotsOf({ host, isolation }: SuperviseOptions): Slot[] {
  return host.app.services.flatMap(({ name }) =>
    Array.from({ length: isolation.instances[name] ?? 1 }, () => ({
      service: name,
      child: undefined,
      failures: 0,
      launches: 0,
      startedAtMs: undefined,
      lastExit: undefined,
      endedMs: undefined,
      cancelRestart: () => {},
    })),
  );
}

/** What is wrong with a process: it is down, or it was a moment ago. */
function problemsOf(slot: Slot, nowMs: number): OverviewProblem[] {
  const { service, child, endedMs, lastExit = "not started" } = slot;
  const subject = `service/${service}`;
  if (child === undefined) {
    const message = `a process of ${service} is down: ${lastExit}`;
    return [{ id: `down ${subject}`, severity: "failing", code: "down", subject, message }];
  }
  if (endedMs === undefined || nowMs - endedMs > noticeMs) return [];
  const message = `a process of ${service} ended (${lastExit}) and was started again`;
  return [{ id: `restarted ${subject}`, severity: "warning", code: "restarted", subject, message }];
}

function stateOf({ service, child }: Slot, instances: Instances): InstanceState["state"] {
  if (child === undefined) return "down";
  const { pid = 0 } = child;
  if (instances.list().some((one) => one.service === service && one.pid === pid)) return "running";
  return instances.isDraining(service, pid) ? "draining" : "starting";
}

function instanceStateOf(slot: Slot, instances: Instances): InstanceState {
  const { child, startedAtMs = null, launches, lastExit = null } = slot;
  return {
    pid: child?.pid ?? null,
    state: stateOf(slot, instances),
    startedAtMs: child === undefined ? null : startedAtMs,
    restarts: Math.max(0, launches - 1),
    lastExit,
  };
}

/** Starts an instance (or more) of each service and starts it again whenever it ends. */
export function supervise(options: SuperviseOptions): Supervisor {
  const { host, isolation, instances } = options;
  const { clock, log } = host;
  let stopping = false;
  const slots = slotsOf(options);
  const launch = (slot: Slot): void => {
    const [program, ...args] = isolation.command(slot.service);
    const startedMs = clock.monotonic();
    // The channel tells the child when we are gone, however we went: it never outlives us.
    const child = spawn(program, args, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    slot.child = child;
    slot.launches++;
    slot.startedAtMs = clock.now();
    const onEnd = (why: string): void => {
      if (slot.child !== child) return;
      slot.child = undefined;
      if (child.pid !== undefined) instances.ended(slot.service, child.pid);
      if (stopping) return;
      slot.failures = clock.monotonic() - startedMs > settledMs ? 0 : slot.failures + 1;
      slot.lastExit = why;
      slot.endedMs = clock.monotonic();
      const doubled = restartMs * 2 ** Math.min(slot.failures, 10);
      const delayMs = slot.failures === 0 ? 0 : Math.min(restartMsMax, doubled);
      log.warn("a service's process ended", {
        service: slot.service,
        why,
        restartInMs: delayMs,
      });
      slot.cancelRestart = clock.after(delayMs, () => launch(slot));
    };
    child.once("error", (error) => onEnd(error.message));
    child.once("exit", (code, signal) => onEnd(signal ?? `exit ${code}`));
  };
  for (const slot of slots) launch(slot);
  const missing = (): string[] => [
    ...new Set(slots.map(({ service }) => service).filter((name) => !instances.has(name))),
  ];
  const notReady = (): string | undefined => {
    const names = missing();
    return names.length === 0 ? undefined : `no instance of ${names.join(", ")} is ready`;
  };
  return {
    async ready() {
      const deadlineMs = clock.monotonic() + readyMs;
      while (missing().length > 0 && clock.monotonic() < deadlineMs) {
        await sleep(clock, readyCheckMs);
      }
      if (missing().length > 0) log.error("services do not start", { reason: notReady() });
    },
    notReady,
    problems: () => slots.flatMap((slot) => problemsOf(slot, clock.monotonic())),
    states: (service) =>
      slots
        .filter((slot) => slot.service === service)
        .map((slot) => instanceStateOf(slot, instances)),
    async stop(graceMs) {
      stopping = true;
      for (const { cancelRestart } of slots) cancelRestart();
      const living = slots.flatMap(({ child }) => (child === undefined ? [] : [child]));
      await Promise.all(living.map((child) => end(child, host, graceMs)));
    },
  };
}

async function end(child: ChildProcess, { clock }: Host, graceMs: number): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  child.kill("SIGTERM");
  const cancel = clock.after(graceMs, () => child.kill("SIGKILL"));
  await ended;
  cancel();
}
