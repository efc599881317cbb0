import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { CommandRun } from "../../core/command.ts";
import { coreErrors, MorningError } from "../../core/errors.ts";
import type { ExecutionResult } from "./execution.ts";
import { folderObjects } from "./folder-objects.ts";
import type { HistoryEvent } from "./history.ts";
import { handlersFrom, readLambdas } from "./lambdas.ts";
import type { LambdaTable } from "./lambdas.ts";
import { simulateExecution } from "./simulated.ts";
import type { Simulation } from "./simulated.ts";
import { isObject, shownText } from "./values.ts";
import type { JsonObject } from "./values.ts";

function option({ options }: CommandRun, key: string): string | undefined {
  const value = options[key];
  return typeof value === "string" ? value : undefined;
}

async function content(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    const what = `${path} cannot be read: ${(cause as Error).message}`;
    throw coreErrors.MOR_NOT_FOUND(what, { cause });
  }
}

function number(call: CommandRun, key: string): number | undefined {
  const value = option(call, key);
  if (value === undefined) return undefined;
  if (/^-?\d{1,15}$/.test(value)) return Number(value);
  throw coreErrors.MOR_INVALID(`--${key} is ${value}, not an integer`);
}

function startOf(call: CommandRun): { startMs?: number } {
  const value = option(call, "start");
  if (value === undefined) return {};
  const startMs = Date.parse(value);
  if (!Number.isNaN(startMs)) return { startMs };
  throw coreErrors.MOR_INVALID(`--start is ${value}, not a time such as 2026-05-01T12:00:00Z`);
}

/** What all runs of one call share. */
function common(call: CommandRun): Omit<Simulation, "definition"> {
  const objects = option(call, "objects");
  const seed = number(call, "seed");
  const stopAfterMs = number(call, "stop-after");
  return {
    ...startOf(call),
    ...(objects === undefined ? {} : { objects: folderObjects(resolve(objects)) }),
    ...(seed === undefined ? {} : { seed }),
    ...(stopAfterMs === undefined ? {} : { stopAfterMs }),
    ...(call.options["express"] === true ? { identity: { isExpress: true } } : {}),
  };
}

/** One line about an event: what it is of, and its payload or error. */
function about(event: HistoryEvent): string {
  const key = Object.keys(event).find((one) => one.endsWith("EventDetails"));
  if (key === undefined) return "";
  const details = event[key as `${string}EventDetails`];
  const { name, index, input, output, parameters, error, cause } = { ...details };
  const parts = [name, index, error, input ?? output ?? parameters, cause];
  const whole = parts
    .map(shownText)
    .filter((part) => part !== "")
    .join("  ");
  return whole.length > 100 ? `${whole.slice(0, 99)}…` : whole;
}

/** The history as lines: when, which, what. */
function historyLines(events: readonly HistoryEvent[]): string[] {
  const beganMs = Date.parse(events[0]?.timestamp ?? "");
  const typeWidth = Math.max(0, ...events.map(({ type }) => type.length));
  return events.map((event) => {
    const seconds = ((Date.parse(event.timestamp) - beganMs) / 1000).toFixed(3);
    const ids = `${String(event.id).padStart(5)} ${String(event.previousEventId).padStart(5)}`;
    const line = `${seconds.padStart(12)} ${ids}  ${event.type.padEnd(typeWidth)}  ${about(event)}`;
    return line.trimEnd();
  });
}

function endLines({ status, output, error, cause }: ExecutionResult): string[] {
  return [
    "",
    [status, error, cause].filter((one) => one !== undefined && one !== "").join("  "),
    ...(output === undefined ? [] : [output]),
  ];
}

async function runOne(call: CommandRun, definition: string, table: LambdaTable): Promise<number> {
  const input = option(call, "input");
  const result = await simulateExecution({
    ...common(call),
    definition: await content(definition),
    handlers: handlersFrom(table),
    ...(input === undefined ? {} : { input: await content(input) }),
  });
  if (call.options["json"] === true) {
    const { status, output, error, cause, events } = result;
    call.out(JSON.stringify({ status, output, error, cause, events }));
    return 0;
  }
  call.out(`${"seconds".padStart(12)} ${"id".padStart(5)} ${"after".padStart(5)}  event`);
  for (const line of [...historyLines(result.events), ...endLines(result)]) call.out(line);
  return 0;
}

function aliasesOf(value: unknown): Record<string, string> {
  if (!isObject(value)) return {};
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, shownText(one)]));
}

/** The input of a case: JSON text, or a document; none if null. */
function inputOf(value: unknown): { input?: string } {
  if (value === null || value === undefined) return {};
  return { input: typeof value === "string" ? value : JSON.stringify(value) };
}

function definitionOf(value: unknown): string | JsonObject {
  if (typeof value === "string" || isObject(value)) return value;
  throw coreErrors.MOR_INVALID("a case has the field definition");
}

/** Runs one case of a file; one that cannot be run does not keep the others from it. */
async function runCase(call: CommandRun, value: unknown, table: LambdaTable): Promise<JsonObject> {
  const { id, match, definition, input, lambdas, type, stopAfterMs } = isObject(value) ? value : {};
  const named = { ...(id === undefined ? {} : { id }), ...(match === undefined ? {} : { match }) };
  try {
    const result = await simulateExecution({
      ...common(call),
      definition: definitionOf(definition),
      ...inputOf(input),
      handlers: handlersFrom(table, aliasesOf(lambdas)),
      ...(type === "EXPRESS" ? { identity: { isExpress: true } } : {}),
      ...(typeof stopAfterMs === "number" ? { stopAfterMs } : {}),
    });
    return { ...named, ...(result as unknown as JsonObject) };
  } catch (error) {
    if (!MorningError.is(error)) throw error;
    return { ...named, status: "INVALID", error: error.code, cause: error.message, events: [] };
  }
}

async function runCases(call: CommandRun, path: string, table: LambdaTable): Promise<number> {
  let cases: unknown;
  try {
    cases = JSON.parse(await content(path));
  } catch (cause) {
    if (MorningError.is(cause)) throw cause;
    throw coreErrors.MOR_INVALID(`${path} is not JSON: ${(cause as Error).message}`, { cause });
  }
  if (!Array.isArray(cases)) throw coreErrors.MOR_INVALID(`${path} is not a JSON array of cases`);
  let unrun = 0;
  for (const one of cases as readonly unknown[]) {
    const result = await runCase(call, one, table);
    if (result["status"] === "INVALID") unrun++;
    if (call.options["json"] === true) call.out(JSON.stringify(result));
    else {
      const { id = "", status, output, error, cause } = result;
      const shown = [status, id, error, output ?? cause].map(shownText);
      call.out(shown.filter((part) => part !== "").join("  "));
    }
  }
  return unrun === 0 ? 0 : 1;
}

/** `morning workflow run-asl`. */
export async function runAsl(call: CommandRun): Promise<number> {
  const [definition, cases, lambdas] = ["definition", "cases", "lambdas"].map((key) =>
    option(call, key),
  );
  const table = lambdas === undefined ? { byName: new Map() } : await readLambdas(lambdas);
  if (cases !== undefined && definition === undefined) return runCases(call, cases, table);
  if (definition === undefined || cases !== undefined) {
    throw coreErrors.MOR_INVALID("workflow run-asl takes either --definition or --cases");
  }
  return runOne(call, definition, table);
}
