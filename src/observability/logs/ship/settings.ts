import { hostname } from "node:os";
import { basename, extname, resolve } from "node:path";
import { coreErrors } from "../../../core/errors.ts";
import type { CommandRun } from "../../../core/command.ts";
import { ports } from "../../../core/ports.ts";
import { checkDestination } from "../../export/destination.ts";
import type { CheckedDestination } from "../../export/destination.ts";
import type { Attributes } from "../../signals/records.ts";

/** Environment variables, of the process or of a test. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Files that one run follows at most. */
const filesMax = 100;
const mebibyte = 1024 ** 2;

/** One run of `logs ship`, checked. */
export interface ShipSettings {
  readonly destination: CheckedDestination;
  /** The name of the service, where it is given; each source has one of its own otherwise. */
  readonly service: string | undefined;
  readonly resource: Attributes;
  readonly files: readonly string[];
  readonly fromStart: boolean;
  readonly once: boolean;
  readonly command: readonly string[];
  readonly bufferBytes: number;
  readonly graceMs: number;
}

function invalid(message: string): Error {
  return coreErrors.MOR_INVALID(message, { fix: "See morning logs ship --help." });
}

/** `key=value,key=value` as OpenTelemetry's variables have it, values in percent encoding. */
function pairsOf(text: string, variable: string): Record<string, string> {
  const pairs: Record<string, string> = {};
  for (const part of text.split(",")) {
    const at = part.indexOf("=");
    const key = part.slice(0, at).trim();
    if (at === -1 || key === "" || key === "__proto__") continue;
    try {
      pairs[key] = decodeURIComponent(part.slice(at + 1).trim());
    } catch {
      throw invalid(`${variable} holds a value of ${key} that is not in percent encoding`);
    }
  }
  return pairs;
}

function textOption(call: CommandRun, name: string): string | undefined {
  const value = call.options[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}

function numberOption(call: CommandRun, name: string, otherwise: number, max: number): number {
  const text = textOption(call, name);
  if (text === undefined) return otherwise;
  const number = Number(text);
  if (Number.isFinite(number) && number >= 0 && number <= max) return number;
  throw invalid(`--${name} is ${text}, not a number from 0 to ${max}`);
}

function destinationOf(call: CommandRun, environment: Environment): CheckedDestination {
  const url =
    textOption(call, "otlp") ??
    environment["OTEL_EXPORTER_OTLP_ENDPOINT"] ??
    `http://localhost:${ports.otlpHttp}`;
  const own = environment["OTEL_EXPORTER_OTLP_LOGS_ENDPOINT"];
  const key = environment["MORNING_API_KEY"];
  const variable = "OTEL_EXPORTER_OTLP_HEADERS";
  try {
    return checkDestination({
      name: "ship",
      kind: "otlp-http",
      url,
      ...(own === undefined || textOption(call, "otlp") !== undefined
        ? {}
        : { urls: { logs: own } }),
      headers: {
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
        ...pairsOf(environment[variable] ?? "", variable),
      },
      signals: ["logs"],
    });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw coreErrors.MOR_INVALID(`the logs cannot be sent to ${url}: ${why}`, { cause });
  }
}

/**
 * Reads the options of one run, and what OpenTelemetry's variables say where an option is left out.
 * @throws MOR_INVALID naming what is wrong
 */
export function settingsOf(call: CommandRun, environment: Environment): ShipSettings {
  const given = call.options["file"];
  const files = (Array.isArray(given) ? given : []).map(String);
  if (files.length > filesMax) throw invalid(`--file is there more than ${filesMax} times`);
  const variable = "OTEL_RESOURCE_ATTRIBUTES";
  const said = pairsOf(environment[variable] ?? "", variable);
  return {
    destination: destinationOf(call, environment),
    service:
      textOption(call, "service") ?? environment["OTEL_SERVICE_NAME"] ?? said["service.name"],
    resource: { "host.name": hostname(), ...said },
    files,
    fromStart: call.options["from-start"] === true,
    once: call.options["once"] === true,
    command: call.rest ?? [],
    bufferBytes: Math.max(1, numberOption(call, "buffer", 64, 4_096)) * mebibyte,
    graceMs: numberOption(call, "grace", 5, 3_600) * 1_000,
  };
}

/** The name of the service that a file or a command is of, where none is given: `nginx.log`. */
export function serviceOfPath(path: string): string {
  const name = basename(path, extname(path));
  return name === "" ? "unknown_service" : name;
}

/** What is known of a file's records. */
export function fileAttributes(path: string): Readonly<Record<string, string>> {
  return { "log.file.path": resolve(path), "log.file.name": basename(path) };
}
