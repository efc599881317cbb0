import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { coreErrors } from "../../core/errors.ts";
import { functionName } from "./handlers.ts";
import type { Handler, Handlers } from "./handlers.ts";
import type { TaskRequest } from "./host.ts";

/** Handlers by the name of a function, an activity or an action, and how their runtime prints. */
export interface LambdaTable {
  readonly byName: ReadonlyMap<string, Handler>;
  readonly encode?: (value: unknown) => string;
}

/** Real milliseconds that a handler may take; simulated sleep does not count. */
const handlerMs = 60_000;

const isHandler = (value: unknown): value is Handler => typeof value === "function";

async function loaded(path: string): Promise<Record<string, unknown>> {
  try {
    return (await import(pathToFileURL(path).href)) as Record<string, unknown>;
  } catch (cause) {
    const what = `${path} cannot be loaded: ${(cause as Error).message}`;
    throw coreErrors.MOR_NOT_FOUND(what, { cause });
  }
}

/** One handler: `./charge.ts`, whose export `handler` or default it is, or `./charge.ts#refund`. */
async function handlerAt(folder: string, place: string): Promise<Handler> {
  const [file = "", name] = place.split("#");
  const module = await loaded(resolve(folder, file));
  const found = name === undefined ? (module["handler"] ?? module["default"]) : module[name];
  if (isHandler(found)) return found;
  throw coreErrors.MOR_INVALID(`${place} exports no function ${name ?? "handler"}`);
}

function entries(value: unknown, path: string): [string, unknown][] {
  if (typeof value === "object" && value !== null) return Object.entries(value);
  throw coreErrors.MOR_INVALID(`${path} holds no handlers by name`);
}

async function fromJson(path: string): Promise<LambdaTable> {
  let table: unknown;
  try {
    table = JSON.parse(await readFile(path, "utf8"));
  } catch (cause) {
    const what = `${path} cannot be read as JSON: ${(cause as Error).message}`;
    throw coreErrors.MOR_INVALID(what, { cause });
  }
  const byName = new Map<string, Handler>();
  for (const [name, place] of entries(table, path)) {
    byName.set(name, await handlerAt(dirname(path), String(place)));
  }
  return { byName };
}

async function fromModule(path: string): Promise<LambdaTable> {
  const module = await loaded(path);
  const { encode } = module;
  const byName = new Map<string, Handler>();
  for (const [name, value] of entries(module["handlers"] ?? module["default"], path)) {
    if (isHandler(value)) byName.set(name, value);
  }
  return {
    byName,
    ...(typeof encode === "function" ? { encode: encode as (value: unknown) => string } : {}),
  };
}

/**
 * Reads a table of handlers: JSON of names and modules (`{ "charge": "./charge.ts" }`), or a module
 * that exports `handlers`, functions by name.
 * @throws MOR_INVALID, MOR_NOT_FOUND
 */
export async function readLambdas(path: string): Promise<LambdaTable> {
  const whole = resolve(path);
  return whole.endsWith(".json") ? fromJson(whole) : fromModule(whole);
}

/** A handler that ends with an error when it takes too long in real time. */
function bounded(handler: Handler): Handler {
  return async (input, context) => {
    const { promise, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      const message = `${context.functionName} timed out after ${handlerMs / 1000} seconds`;
      reject(Object.assign(new Error(message), { name: "Sandbox.Timedout" }));
    }, handlerMs);
    try {
      return await Promise.race([handler(input, context), promise]);
    } finally {
      clearTimeout(timer);
    }
  };
}

/** The name that a table may have for what a request asks for. */
function nameOf({ kind, target }: TaskRequest): string {
  return kind === "service" ? target : functionName(target);
}

/**
 * Handlers out of a table. `aliases` gives functions the handler of another name, as recorded cases
 * do.
 */
export function handlersFrom(
  table: LambdaTable,
  aliases: Readonly<Record<string, string>> = {},
): Handlers {
  return {
    ...(table.encode === undefined ? {} : { encode: table.encode }),
    find(request) {
      const name = nameOf(request);
      const alias = Object.hasOwn(aliases, name) ? aliases[name] : undefined;
      const found = table.byName.get(alias ?? name) ?? table.byName.get(request.target);
      return found === undefined ? undefined : bounded(found);
    },
  };
}
