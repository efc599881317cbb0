import type { Json } from "../../../core/json.ts";
import type { Machine, Processor, QueryLanguage, State, StateType } from "../definition.ts";
import { isExpression } from "../language/jsonata.ts";
import { instantOf } from "../language/timestamp.ts";
import { isObject, own } from "../values.ts";
import type { JsonObject } from "../values.ts";
import { choicesOf } from "./choice.ts";
import { fieldStanding, isStateType } from "./fields.ts";
import { checkNumbers } from "./numbers.ts";
import type { Problems } from "./problems.ts";
import { checkQueries } from "./queries.ts";
import { catchOf, retryOf } from "./retry.ts";

/** Validates a machine within a state; handed in, since machines hold states. */
export type MachineReader = (value: Json, place: string, language: QueryLanguage) => Machine;

/** What the checks of one state share. */
interface Reading {
  readonly fields: JsonObject;
  readonly place: string;
  readonly problems: Problems;
  readonly readMachine: MachineReader;
}

function languageOf(outer: QueryLanguage, { fields, place, problems }: Reading): QueryLanguage {
  const language = own(fields, "QueryLanguage") ?? outer;
  if (language !== "JSONata" && language !== "JSONPath") {
    problems.add(`${place}/QueryLanguage`, "is JSONPath or JSONata");
    return outer;
  }
  if (outer === "JSONata" && language === "JSONPath") {
    problems.add(`${place}/QueryLanguage`, "is JSONata: the machine's is, and no state goes back");
  }
  return language;
}

function checkFields(type: StateType, language: QueryLanguage, reading: Reading): void {
  const { fields, place, problems } = reading;
  for (const name of Object.keys(fields)) {
    const standing = fieldStanding(type, language, name);
    if (standing === "unknown") problems.add(`${place}/${name}`, `is no field of a ${type} state`);
    if (standing === "otherLanguage") {
      problems.add(`${place}/${name}`, `is not allowed in a ${language} state`);
    }
  }
}

function transition(type: StateType, reading: Reading): string | undefined {
  const { fields, place, problems } = reading;
  if (type === "Choice" || type === "Succeed" || type === "Fail") return undefined;
  const [next, end] = [own(fields, "Next"), own(fields, "End")];
  if (next !== undefined && typeof next !== "string") problems.add(`${place}/Next`, "is a text");
  if (end !== undefined && typeof end !== "boolean") problems.add(`${place}/End`, "is a boolean");
  if ((next === undefined) === (end !== true)) {
    problems.add(place, "has either Next or End: true");
  }
  return typeof next === "string" ? next : undefined;
}

function branchesOf(type: StateType, language: QueryLanguage, reading: Reading): Machine[] {
  if (type !== "Parallel") return [];
  const { fields, place, problems, readMachine } = reading;
  const branches = own(fields, "Branches");
  if (!Array.isArray(branches) || branches.length === 0) {
    problems.add(`${place}/Branches`, "is a list of at least one machine");
    return [];
  }
  return (branches as readonly Json[]).map((branch, index) =>
    readMachine(branch, `${place}/Branches[${index}]`, language),
  );
}

function processorOf(
  type: StateType,
  language: QueryLanguage,
  reading: Reading,
): Processor | undefined {
  if (type !== "Map") return undefined;
  const { fields, place, problems, readMachine } = reading;
  const name = own(fields, "ItemProcessor") === undefined ? "Iterator" : "ItemProcessor";
  const value = own(fields, name);
  if (!isObject(value)) {
    problems.add(`${place}/ItemProcessor`, "is a machine");
    return undefined;
  }
  const config = own(value, "ProcessorConfig");
  const mode = own(config, "Mode") ?? "INLINE";
  const execution = own(config, "ExecutionType") ?? "STANDARD";
  const at = `${place}/${name}/ProcessorConfig`;
  if (mode !== "INLINE" && mode !== "DISTRIBUTED")
    problems.add(at, "has the Mode INLINE or DISTRIBUTED");
  if (execution !== "STANDARD" && execution !== "EXPRESS") {
    problems.add(at, "has the ExecutionType STANDARD or EXPRESS");
  }
  return {
    machine: readMachine(value, `${place}/${name}`, language),
    isDistributed: mode === "DISTRIBUTED",
    isExpress: execution === "EXPRESS",
  };
}

const distributedOnly = ["ItemReader", "ItemBatcher", "ResultWriter", "Label"];

function checkMap(processor: Processor | undefined, reading: Reading): void {
  if (processor === undefined || processor.isDistributed) return;
  const { fields, place, problems } = reading;
  for (const name of distributedOnly) {
    if (own(fields, name) !== undefined) {
      problems.add(`${place}/${name}`, "needs ProcessorConfig with the Mode DISTRIBUTED");
    }
  }
}

function checkWait(language: QueryLanguage, { fields, place, problems }: Reading): void {
  const names = ["Seconds", "SecondsPath", "Timestamp", "TimestampPath"];
  const given = names.filter((name) => own(fields, name) !== undefined);
  if (given.length !== 1) problems.add(place, `has exactly one of ${names.join(", ")}`);
  const timestamp = own(fields, "Timestamp");
  if (timestamp === undefined) return;
  const isText = typeof timestamp === "string";
  if (isText && language === "JSONata" && isExpression(timestamp)) return;
  if (!isText || instantOf(timestamp) === undefined) {
    problems.add(`${place}/Timestamp`, "is a date-time such as 2026-05-01T12:00:00Z");
  }
}

function checkTask({ fields, place, problems }: Reading): void {
  const resource = own(fields, "Resource");
  if (typeof resource !== "string" || !/^arn:[\w-]+:[\w-]+:[\w-]*:\d*:.+/.test(resource)) {
    problems.add(`${place}/Resource`, "is an ARN");
  }
}

function checkName(name: string, place: string, problems: Problems): void {
  if (name.length < 1 || name.length > 80) problems.add(place, "has a name of 1 to 80 characters");
}

function checkVariables({ fields, place, problems }: Reading): void {
  const assign = own(fields, "Assign");
  if (assign === undefined) return;
  if (!isObject(assign)) return problems.add(`${place}/Assign`, "is an object");
  for (const key of Object.keys(assign)) {
    const name = key.endsWith(".$") ? key.slice(0, -2) : key;
    if (
      name.length > 80 ||
      !/^[\p{ID_Start}_][\p{ID_Continue}]*$/u.test(name) ||
      name === "states"
    ) {
      problems.add(`${place}/Assign/${key}`, "is no name of a variable");
    }
  }
}

/** Validates one state; what cannot be read is left out and told. */
export function readState(
  name: string,
  value: Json,
  place: string,
  outer: QueryLanguage,
  problems: Problems,
  readMachine: MachineReader,
): State | undefined {
  checkName(name, place, problems);
  const type = own(value, "Type");
  if (!isObject(value) || !isStateType(type)) {
    problems.add(`${place}/Type`, "is Task, Pass, Choice, Wait, Succeed, Fail, Parallel or Map");
    return undefined;
  }
  const reading: Reading = { fields: value, place, problems, readMachine };
  const language = languageOf(outer, reading);
  checkFields(type, language, reading);
  checkQueries(value, language, place, problems);
  checkNumbers(value, language, place, problems);
  checkVariables(reading);
  if (type === "Wait") checkWait(language, reading);
  if (type === "Task") checkTask(reading);
  const next = transition(type, reading);
  const processor = processorOf(type, language, reading);
  checkMap(processor, reading);
  return {
    name,
    type,
    language,
    fields: value,
    ...(next === undefined ? {} : { next }),
    retry: retryOf(value, place, problems),
    catch: catchOf(value, language, place, problems),
    choices: type === "Choice" ? choicesOf(value, language, place, problems) : [],
    branches: branchesOf(type, language, reading),
    ...(processor === undefined ? {} : { processor }),
  };
}
