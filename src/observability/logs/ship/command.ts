import { systemClock } from "../../../core/clock.ts";
import type { Clock } from "../../../core/clock.ts";
import type { Command, CommandRun } from "../../../core/command.ts";
import { coreErrors } from "../../../core/errors.ts";
import { systemRandom } from "../../../core/ids.ts";
import { otlpHttp } from "../../export/protocols/otlp-http.ts";
import type { Origin } from "../../signals/records.ts";
import { runChild } from "./child.ts";
import { followFile } from "./follow.ts";
import { makeSender } from "./sender.ts";
import type { Sender, ShipFigures } from "./sender.ts";
import { fileAttributes, serviceOfPath, settingsOf } from "./settings.ts";
import type { ShipSettings } from "./settings.ts";
import { makeShipper } from "./shipper.ts";
import type { Shipper } from "./shipper.ts";

interface Run {
  readonly settings: ShipSettings;
  readonly clock: Clock;
  readonly sender: Sender;
  readonly shipper: Shipper;
  readonly complain: (line: string) => void;
  /** Aborts when sources that never end by themselves are to end. */
  readonly stop: AbortController;
}

function originOf({ settings }: Run, service: string): Origin {
  return {
    resource: { ...settings.resource, "service.name": settings.service ?? service },
    scopeName: "morning.ship",
    scopeVersion: "",
    scopeAttributes: {},
  };
}

/** Waits until the sender has room, or until the run is stopped. */
async function roomOrStop({ sender, stop }: Run): Promise<void> {
  if (stop.signal.aborted) return;
  let end = (): void => {};
  const stopped = new Promise<void>((resolve) => {
    end = resolve;
    stop.signal.addEventListener("abort", end, { once: true });
  });
  await Promise.race([sender.room(), stopped]);
  stop.signal.removeEventListener("abort", end);
}

async function shipFile(run: Run, path: string): Promise<void> {
  const { settings, shipper, clock, stop } = run;
  const origin = originOf(run, serviceOfPath(path));
  const stream = shipper.stream(origin, fileAttributes(path));
  try {
    await followFile({
      path,
      clock,
      stop: stop.signal,
      fromStart: settings.fromStart,
      once: settings.once,
      async take(bytes) {
        stream.write(bytes);
        // A file is a buffer itself: nothing of it is dropped because the platform is away.
        await roomOrStop(run);
      },
      turned: () => stream.end(),
    });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw coreErrors.MOR_NOT_FOUND(`${path} cannot be read: ${why}`, { cause });
  } finally {
    stream.end();
  }
}

async function shipInput(run: Run): Promise<void> {
  const { shipper, sender, stop } = run;
  const stream = shipper.stream(originOf(run, "unknown_service"), { "log.iostream": "stdin" });
  const end = (): void => void process.stdin.destroy();
  stop.signal.addEventListener("abort", end, { once: true });
  try {
    for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
      stream.write(chunk);
      // While the platform is there, a faster writer waits; when it is away, it goes on.
      if (!sender.isFailing) await roomOrStop(run);
    }
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  } finally {
    stop.signal.removeEventListener("abort", end);
    stream.end();
  }
}

async function shipCommandOutput(run: Run): Promise<number> {
  const { settings, shipper, complain } = run;
  const [name = ""] = settings.command;
  const origin = originOf(run, serviceOfPath(name));
  const streams = {
    stdout: shipper.stream(origin, { "log.iostream": "stdout" }),
    stderr: shipper.stream(origin, { "log.iostream": "stderr" }),
  };
  const code = await runChild(settings.command, process, {
    write: (stream, bytes) => streams[stream].write(bytes),
    failed: (error) => complain(`morning logs ship: ${name} cannot be started: ${error.message}`),
  });
  streams.stdout.end();
  streams.stderr.end();
  return code;
}

/** Ships until the sources end: with a command, the files end with it. */
async function shipAll(run: Run): Promise<number> {
  const { settings, stop, complain } = run;
  const files = settings.files.map((path) => shipFile(run, path));
  const following = Promise.all(files);
  if (settings.command.length === 0) {
    const end = (): void => stop.abort();
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, end);
    try {
      await (files.length === 0 ? shipInput(run) : following);
    } finally {
      for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.off(signal, end);
    }
    return 0;
  }
  // A file that cannot be read is told when the command has ended: it is not to suffer.
  following.catch(() => {});
  const code = await shipCommandOutput(run);
  stop.abort();
  await following.catch((error: unknown) => complain(`morning logs ship: ${String(error)}`));
  return code;
}

/** What a person has to know of it: nothing where all was sent. */
function lossText({ sent, lost, problem }: ShipFigures, cut: number): string[] {
  const losses = Object.entries(lost);
  const total = losses.reduce((sum, [, count]) => sum + count, 0);
  const lines: string[] = [];
  if (total > 0) {
    const reasons = losses.map(([why, count]) => `${count} ${why}`).join(", ");
    const said = problem === "" ? "" : `: ${problem}`;
    lines.push(`${total} of ${total + sent} log records were not sent (${reasons})${said}`);
  }
  if (cut > 0) lines.push(`${cut} lines were longer than the limit, and were cut`);
  return lines.map((line) => `morning logs ship: ${line}`);
}

async function ship(call: CommandRun): Promise<number> {
  const settings = settingsOf(call, process.env);
  const clock = systemClock;
  const complain = (line: string): void => void process.stderr.write(`${line}\n`);
  const { destination } = settings;
  const sender = makeSender({
    protocol: otlpHttp({ destination, clock }),
    clock,
    random: systemRandom,
    limits: { bufferBytes: settings.bufferBytes },
    warn: (problem) =>
      complain(
        `morning logs ship: ${new URL(destination.url).host} does not take logs: ${problem}`,
      ),
  });
  const shipper = makeShipper(clock, sender);
  const run: Run = { settings, clock, sender, shipper, complain, stop: new AbortController() };
  try {
    return await shipAll(run);
  } finally {
    run.stop.abort();
    const figures = await sender.close(settings.graceMs);
    for (const line of lossText(figures, shipper.cut())) complain(line);
    if (call.options["json"] === true) {
      complain(JSON.stringify({ ...figures, cut: shipper.cut() }));
    }
  }
}

/** `morning logs ship -- COMMAND`: sends what a command, a file or a pipe says as logs. */
export const shipCommand: Command = {
  name: "logs ship",
  summary:
    "Send what a command, files or standard input say, line by line, as logs: " +
    "logs ship --service web -- node server.js. The command's output and exit code stay as they " +
    "are; JSON lines, key=value lines, levels and stacks are understood",
  args: [],
  rest: {
    name: "COMMAND",
    description: "The command to run; without it and without --file, standard input is read",
    optional: true,
  },
  options: {
    service: {
      type: "string",
      description: "Name of the service; else OTEL_SERVICE_NAME, or that of the command or file",
    },
    file: {
      type: "string",
      multiple: true,
      description: "Follow a file, over its rotation; may be there several times",
    },
    "from-start": {
      type: "boolean",
      description: "Of files, send also what they hold already",
    },
    once: { type: "boolean", description: "Send what files hold, and end" },
    otlp: {
      type: "string",
      description: "Where OTLP is taken; else OTEL_EXPORTER_OTLP_ENDPOINT, http://localhost:4318",
    },
    buffer: {
      type: "string",
      description: "MiB that wait while the platform is away; then the oldest go. 64 if left out",
    },
    grace: {
      type: "string",
      description: "Seconds at the end in which what waits is still sent; 5 if left out",
    },
  },
  run: ship,
};
