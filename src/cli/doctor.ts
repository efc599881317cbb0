import { accessSync, constants, existsSync, statfsSync } from "node:fs";
import { createConnection } from "node:net";
import { dirname, join, resolve } from "node:path";
import { capabilities } from "../capabilities.ts";
import type { CommandRun } from "../core/command.ts";
import { driverChoice } from "../core/config.ts";
import type { Config, EnvironmentConfig } from "../core/config.ts";
import { MorningError } from "../core/errors.ts";
import { packageRoot } from "../core/package.ts";
import { ports } from "../core/ports.ts";
import { makeFolder } from "../server/folder.ts";
import { apiClient } from "./api.ts";
import { loadConfig } from "./config.ts";
import { columns } from "./output.ts";
import { environmentOption, portOption, textOption } from "./start.ts";

/** One thing that was looked at. */
export interface Finding {
  readonly check: string;
  readonly state: "ok" | "warning" | "wrong";
  readonly message: string;
  /** What to do, when it is not ok. */
  readonly fix?: string;
}

const nodeMajorMin = 24;
const freeBytesMin = 1024 ** 3;

function checkNode(): Finding {
  const major = Number(process.versions.node.split(".")[0]);
  const message = `Node ${process.versions.node}`;
  if (major >= nodeMajorMin) return { check: "node", state: "ok", message };
  return { check: "node", state: "wrong", message, fix: `Install Node ${nodeMajorMin} or later.` };
}

function checkFolder(folder: string): Finding[] {
  const check = "data folder";
  try {
    let existing = resolve(folder);
    while (!existsSync(existing)) existing = dirname(existing);
    accessSync(existing, constants.W_OK);
    makeFolder(folder);
    const { bavail, bsize } = statfsSync(folder);
    const free = bavail * bsize;
    const gib = (free / 1024 ** 3).toFixed(1);
    if (free >= freeBytesMin)
      return [{ check, state: "ok", message: `${folder}, ${gib} GiB free` }];
    const message = `${folder} has only ${gib} GiB free`;
    return [{ check, state: "warning", message, fix: "Free some space, or use --data-folder." }];
  } catch (error) {
    const message = `${folder} cannot be written: ${(error as Error).message}`;
    return [{ check, state: "wrong", message, fix: "Correct its rights, or use --data-folder." }];
  }
}

function checkConsole(): Finding {
  const built = existsSync(join(packageRoot(), "dist", "console", "index.html"));
  if (built) return { check: "console", state: "ok", message: "built" };
  return { check: "console", state: "warning", message: "not built", fix: "Run npm run build." };
}

async function platformAt({
  api,
}: Pick<CommandRun, "api">): Promise<"running" | "absent" | "foreign" | MorningError> {
  try {
    await api.request("GET", "/overview");
    return "running";
  } catch (error) {
    if (MorningError.is(error, "MOR_ENGINE_UNAVAILABLE")) return "absent";
    // Whatever answers otherwise is no platform of ours.
    return MorningError.is(error) && (error.status === 401 || error.status === 403)
      ? error
      : "foreign";
  }
}

function isTaken(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = createConnection({ port, host: "127.0.0.1" });
    socket.once("connect", () => {
      socket.destroy();
      done(true);
    });
    socket.once("error", () => done(false));
  });
}

async function checkPort(call: CommandRun, port: number): Promise<Finding> {
  const check = "platform";
  const isNamed = call.options["url"] !== undefined || process.env["MORNING_URL"] !== undefined;
  const key = process.env["MORNING_API_KEY"];
  const api = isNamed ? call.api : apiClient(`http://localhost:${port}`, key);
  const found = await platformAt({ api });
  if (found === "running") return { check, state: "ok", message: "it runs and answers" };
  if (typeof found !== "string") {
    return { check, state: "warning", message: `it answers: ${found.message}`, fix: found.fix };
  }
  if (found === "absent" && !(await isTaken(port))) {
    return { check, state: "ok", message: `it does not run; port ${port} is free` };
  }
  const message = `port ${port} is taken by another program`;
  return { check, state: "wrong", message, fix: "Stop that program, or start with --port." };
}

async function checkDrivers(config: Config, settings: EnvironmentConfig): Promise<Finding[]> {
  const used = new Set(config.app.resources.map(({ kind }) => kind));
  const findings: Finding[] = [];
  for (const [kind, load] of Object.entries(capabilities)) {
    if (!used.has(kind)) continue;
    const module = await load();
    const { driver } = driverChoice(settings, kind, module.defaultDriver);
    const open = module.drivers[driver];
    if (open === undefined) {
      const known = Object.keys(module.drivers).join(", ");
      const message = `there is no driver ${driver}`;
      findings.push({ check: kind, state: "wrong", message, fix: `Choose one of ${known}.` });
      continue;
    }
    findings.push(await checkDriver(kind, driver, open));
  }
  return findings;
}

async function checkDriver(
  check: string,
  driver: string,
  load: () => Promise<unknown>,
): Promise<Finding> {
  try {
    await load();
    return { check, state: "ok", message: `driver ${driver}` };
  } catch (error) {
    const fix = MorningError.is(error) ? error.fix : "Run npm ci.";
    const message = `driver ${driver} does not load: ${(error as Error).message}`;
    return { check, state: "wrong", message, fix };
  }
}

async function checkConfig(call: CommandRun): Promise<Finding[]> {
  let config: Config;
  try {
    config = await loadConfig(textOption(call.options["config"]));
  } catch (error) {
    const fix = MorningError.is(error) ? error.fix : "Correct the file.";
    return [{ check: "configuration", state: "wrong", message: (error as Error).message, fix }];
  }
  const environment = environmentOption(call.options);
  const settings = config.environments[environment];
  if (settings === undefined) {
    const known = Object.keys(config.environments).join(", ");
    const message = `there is no environment ${environment}`;
    return [{ check: "configuration", state: "wrong", message, fix: `Choose one of ${known}.` }];
  }
  const { services, resources, name } = config.app;
  const message = `${name}: ${services.length} services, ${resources.length} resources`;
  const folder =
    textOption(call.options["data-folder"]) ?? settings.dataFolder ?? `.morning/${environment}`;
  return [
    { check: "configuration", state: "ok", message },
    ...checkFolder(folder),
    ...(await checkDrivers(config, settings)),
  ];
}

/** `morning doctor`: exit code 0 when nothing is wrong, 1 otherwise. */
export async function doctor(call: CommandRun): Promise<number> {
  const port = portOption(call.options["port"]) ?? ports.http;
  const findings = [
    checkNode(),
    checkConsole(),
    ...(await checkConfig(call)),
    await checkPort(call, port),
  ];
  const wrong = findings.some(({ state }) => state === "wrong");
  if (call.options["json"] === true) {
    call.out(JSON.stringify({ ok: !wrong, findings }));
    return wrong ? 1 : 0;
  }
  for (const line of columns(
    findings.map(({ state, check, message }) => [state, check, message]),
  )) {
    call.out(line);
  }
  for (const { check, fix } of findings) {
    if (fix !== undefined) call.out(`  ${check}: ${fix}`);
  }
  return wrong ? 1 : 0;
}
