import { format } from "node:util";
import { logs, metrics, SeverityNumber } from "@opentelemetry/api";

type Level = "debug" | "log" | "info" | "warn" | "error";

const levels: Readonly<Record<Level, readonly [SeverityNumber, string]>> = {
  debug: [SeverityNumber.DEBUG, "DEBUG"],
  log: [SeverityNumber.INFO, "INFO"],
  info: [SeverityNumber.INFO, "INFO"],
  warn: [SeverityNumber.WARN, "WARN"],
  error: [SeverityNumber.ERROR, "ERROR"],
};

function exceptionOf(error: Error): Record<string, string> {
  return {
    "exception.type": error.name,
    "exception.message": error.message,
    "exception.stacktrace": error.stack ?? "",
  };
}

/**
 * Lets what is written to the console be log records too, with the trace under way; answers what
 * ends it. What the console shows stays as it is.
 */
export function recordConsole(): () => void {
  const logger = logs.getLogger("console");
  const restores: (() => void)[] = [];
  let recording = false;
  for (const level of Object.keys(levels) as Level[]) {
    const original = console[level];
    const [severityNumber, severityText] = levels[level];
    console[level] = (...args: readonly unknown[]): void => {
      original.apply(console, args as unknown[]);
      // What recording itself writes to the console is not recorded.
      if (recording) return;
      recording = true;
      try {
        const error = args.find((one) => one instanceof Error);
        logger.emit({
          severityNumber,
          severityText,
          body: format(...args),
          ...(error === undefined ? {} : { attributes: exceptionOf(error) }),
        });
      } finally {
        recording = false;
      }
    };
    restores.push(() => (console[level] = original));
  }
  return () => {
    for (const restore of restores) restore();
  };
}

/** Records an error that nobody caught. */
export function recordFatal(error: unknown): void {
  const known = error instanceof Error ? error : new Error(String(error));
  logs.getLogger("process").emit({
    severityNumber: SeverityNumber.FATAL,
    severityText: "FATAL",
    body: `uncaught ${known.name}: ${known.message}`,
    attributes: exceptionOf(known),
  });
}

/** Records memory, CPU and the use of the event loop. */
export function recordRuntime(): void {
  const meter = metrics.getMeter("morning-ai/process");
  meter
    .createObservableGauge("process.memory.usage", { unit: "By", description: "Resident memory" })
    .addCallback((result) => result.observe(process.memoryUsage.rss()));
  meter
    .createObservableCounter("process.cpu.time", { unit: "s", description: "CPU time" })
    .addCallback((result) => {
      const { user, system } = process.cpuUsage();
      result.observe(user / 1e6, { "cpu.mode": "user" });
      result.observe(system / 1e6, { "cpu.mode": "system" });
    });
  let before = performance.eventLoopUtilization();
  meter
    .createObservableGauge("nodejs.eventloop.utilization", {
      unit: "1",
      description: "Share of time in which the event loop was busy",
    })
    .addCallback((result) => {
      const now = performance.eventLoopUtilization();
      result.observe(performance.eventLoopUtilization(now, before).utilization);
      before = now;
    });
}
