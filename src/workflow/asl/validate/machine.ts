import type { Json } from "../../../core/json.ts";
import { definitionBytesMax } from "../definition.ts";
import type { Machine, QueryLanguage, State } from "../definition.ts";
import { aslErrors } from "../errors.ts";
import { bytesOf, isObject, own, parseText } from "../values.ts";
import type { JsonObject } from "../values.ts";
import { problems } from "./problems.ts";
import type { Problems } from "./problems.ts";
import { readState } from "./state.ts";

/** How deep Parallel and Map may nest machines. */
const nestingMax = 32;

/** The states that a state may go on to. */
function targets(state: State): string[] {
  const fallback = own(state.fields, "Default");
  return [
    ...(state.next === undefined ? [] : [state.next]),
    ...(typeof fallback === "string" ? [fallback] : []),
    ...state.choices.map(({ next }) => next),
    ...state.catch.map(({ next }) => next),
  ];
}

function checkGraph(
  machine: Machine,
  known: ReadonlySet<string>,
  place: string,
  found: Problems,
): void {
  const { startAt, states } = machine;
  if (!known.has(startAt)) found.add(`${place}/StartAt`, `names no state: ${startAt}`);
  const reached = new Set<string>([startAt]);
  for (const name of reached) {
    const state = states.get(name);
    if (state !== undefined) for (const target of targets(state)) reached.add(target);
  }
  for (const [name, state] of states) {
    const at = `${place}/States/${name}`;
    if (!reached.has(name)) found.add(at, "is not reachable");
    for (const target of targets(state)) {
      if (!known.has(target)) found.add(at, `goes on to a state that is not there: ${target}`);
    }
  }
}

const machineFields = new Set([
  "StartAt",
  "States",
  "Comment",
  "Version",
  "TimeoutSeconds",
  "QueryLanguage",
  "ProcessorConfig",
]);

function headOf(
  value: JsonObject,
  place: string,
  outer: QueryLanguage,
  found: Problems,
): QueryLanguage {
  for (const name of Object.keys(value)) {
    if (!machineFields.has(name)) found.add(`${place}/${name}`, "is no field of a machine");
  }
  const language = own(value, "QueryLanguage") ?? outer;
  if (language === "JSONPath" || language === "JSONata") return language;
  found.add(`${place}/QueryLanguage`, "is JSONPath or JSONata");
  return outer;
}

function timeoutOf(value: JsonObject, place: string, found: Problems): { timeoutSeconds?: number } {
  const timeout = own(value, "TimeoutSeconds");
  if (timeout === undefined) return {};
  if (typeof timeout === "number" && Number.isInteger(timeout) && timeout > 0 && timeout < 1e8) {
    return { timeoutSeconds: timeout };
  }
  found.add(`${place}/TimeoutSeconds`, "is an integer from 1 to 99999999");
  return {};
}

function readMachine(
  value: Json,
  place: string,
  outer: QueryLanguage,
  found: Problems,
  depth: number,
): Machine {
  const [startAt, listed] = [own(value, "StartAt"), own(value, "States")];
  const isWhole = isObject(value) && typeof startAt === "string" && isObject(listed);
  if (!isWhole || depth > nestingMax) {
    found.add(place, isWhole ? `nests deeper than ${nestingMax}` : "has StartAt and States");
    return { startAt: "", states: new Map(), language: outer };
  }
  const language = headOf(value, place, outer, found);
  const inner = (one: Json, at: string, mine: QueryLanguage): Machine =>
    readMachine(one, at, mine, found, depth + 1);
  const states = new Map<string, State>();
  for (const [name, one] of Object.entries(listed)) {
    const state = readState(name, one, `${place}/States/${name}`, language, found, inner);
    if (state !== undefined) states.set(name, state);
  }
  const machine = { startAt, states, language, ...timeoutOf(value, place, found) };
  checkGraph(machine, new Set(Object.keys(listed)), place, found);
  return machine;
}

function parsed(text: string): Json {
  if (bytesOf(text) > definitionBytesMax) {
    throw aslErrors.MOR_ASL_DEFINITION_TOO_LARGE(
      `the definition has ${bytesOf(text)} bytes; ${definitionBytesMax} are allowed`,
    );
  }
  try {
    return parseText(text);
  } catch (cause) {
    const what = `the definition is not JSON: ${(cause as Error).message}`;
    throw aslErrors.MOR_ASL_DEFINITION_INVALID(what, { cause });
  }
}

/**
 * Parses and validates a state machine in Amazon States Language, JSON text or the parsed document.
 * @throws MOR_ASL_DEFINITION_INVALID with all problems, each with its place;
 * MOR_ASL_DEFINITION_TOO_LARGE over 1 MB
 * @see https://states-language.net/spec.html
 */
export function parseDefinition(definition: string | JsonObject): Machine {
  const text = typeof definition === "string" ? definition : JSON.stringify(definition);
  const found = problems();
  const machine = readMachine(parsed(text), "", "JSONPath", found, 0);
  const [first, ...rest] = found.found;
  if (first === undefined) return machine;
  const more = rest.length === 0 ? "" : ` (and ${rest.length} more)`;
  throw aslErrors.MOR_ASL_DEFINITION_INVALID(`${first.place} ${first.message}${more}`, {
    details: { problems: found.found },
  });
}
