import type { CommandRun, OptionValue } from "../core/command.ts";
import type { Config } from "../core/config.ts";
import { coreErrors } from "../core/errors.ts";
import type { Log } from "../core/log.ts";
import { startInstance } from "../server/instance.ts";
import type { Isolation } from "../server/isolate.ts";
import { start as startPlatform } from "../server/start.ts";
import type { Running } from "../server/start.ts";
import { stopOnSignals, stopWithSupervisor } from "../server/stop.ts";
import { loadConfig } from "./config.ts";
import { cliLog, out } from "./output.ts";

/** The text of an option, if it was given. */
export function textOption(value: OptionValue): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** The environment that a command works on. */
export function environmentOption(options: CommandRun["options"]): string {
  return textOption(options["environment"]) ?? process.env["MORNING_ENVIRONMENT"] ?? "local";
}

/** A port in an option. @throws MOR_INVALID */
export function portOption(value: OptionValue): number | undefined {
  const text = textOption(value) ?? process.env["MORNING_PORT"];
  if (text === undefined) return undefined;
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw coreErrors.MOR_INVALID(`--port ${text} is not a port: use 0 to 65535`);
}

function instancesOf(given: OptionValue, config: Config): Record<string, number> {
  const instances: Record<string, number> = {};
  for (const text of Array.isArray(given) ? given : []) {
    const [, name = "", count = ""] = /^([^=]+)=(\d{1,2})$/.exec(String(text)) ?? [];
    if (!config.app.services.some((service) => service.name === name) || Number(count) < 1) {
      const names = config.app.services.map((service) => service.name).join(", ");
      throw coreErrors.MOR_INVALID(`--instances ${text}: say SERVICE=N, with one of ${names}`);
    }
    instances[name] = Number(count);
  }
  return instances;
}

function isolationOf(call: CommandRun, config: Config): Isolation | undefined {
  if (call.options["isolate"] !== true) return undefined;
  const passed = ["config", "environment", "data-folder"].flatMap((option) => {
    const value = textOption(call.options[option]);
    return value === undefined ? [] : [`--${option}`, value];
  });
  const main = process.argv[1] ?? "";
  return {
    instances: instancesOf(call.options["instances"], config),
    command: (service) => [
      process.execPath,
      ...process.execArgv,
      main,
      "service",
      service,
      ...passed,
    ],
  };
}

function runBeside(config: Config, running: Running, log: Log): AbortController {
  const ended = new AbortController();
  const { url } = running;
  config.onReady?.({ url, signal: ended.signal, log }).catch((error: unknown) => {
    log.error("what runs beside the app failed", { cause: String(error) });
  });
  return ended;
}

/** `morning start`: resolves when the platform is ready; the server keeps the process alive. */
export async function start(call: CommandRun): Promise<number> {
  const startedMs = performance.now();
  const { options } = call;
  const log = cliLog({ json: options["json"] === true });
  const config = await loadConfig(textOption(options["config"]));
  const environment = environmentOption(options);
  const dataFolder = textOption(options["data-folder"]);
  const hostname = textOption(options["host"]);
  const port = portOption(options["port"]);
  const isolation = isolationOf(call, config);
  const running = await startPlatform({
    config,
    environment,
    log,
    ownsProcess: true,
    ...(dataFolder === undefined ? {} : { dataFolder }),
    ...(hostname === undefined ? {} : { hostname }),
    ...(port === undefined ? {} : { port }),
    ...(options["free-ingest-ports"] === true ? { freeIngestPorts: true } : {}),
    ...(isolation === undefined ? {} : { isolation }),
  });
  const readyMs = Math.round(performance.now() - startedMs);
  const quiet = options["quiet"] === true || environment === "production";
  const beside = quiet ? undefined : runBeside(config, running, log);
  stopOnSignals(async () => {
    beside?.abort();
    await running.stop();
  }, log);
  if (options["json"] === true) out(JSON.stringify({ ready: true, url: running.url, readyMs }));
  else out(`${config.app.name} is ready at ${running.url} (${environment}, ${readyMs} ms)`);
  return 0;
}

/** `morning service NAME`: one service in this process. */
export async function service(call: CommandRun): Promise<number> {
  const { options, args } = call;
  const log = cliLog({ json: options["json"] === true });
  const config = await loadConfig(textOption(options["config"]));
  const environment = environmentOption(options);
  const settings = config.environments[environment];
  const dataFolder =
    textOption(options["data-folder"]) ?? settings?.dataFolder ?? `.morning/${environment}`;
  const name = args["name"] ?? "";
  const isSupervised = process.send !== undefined;
  const started: { instance?: { stop(): Promise<void> } } = {};
  const stop = async (): Promise<void> => started.instance?.stop();
  // Before it starts: a supervisor may be gone by the time it is ready.
  (isSupervised ? stopWithSupervisor : stopOnSignals)(stop, log);
  started.instance = await startInstance({ config, environment, service: name, dataFolder, log });
  return 0;
}
