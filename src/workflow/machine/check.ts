import type { Capability } from "../../core/resource.ts";
import type { Source } from "./compile.ts";
import { machineErrors } from "./errors.ts";
import type { AnyState, Branch } from "./states.ts";

/** A machine as far as it is checked. */
export interface Checked extends Source {
  readonly uses: Readonly<Record<string, Capability>>;
  readonly tasks: Readonly<Record<string, unknown>>;
}

const words = (text: string): string[] => text.split(" ");
const shaping = "output assign next";
const trying = `${shaping} retry catch`;
const timing = `${trying} timeoutSeconds heartbeatSeconds`;

/** The fields of each type of state. */
const fields: Readonly<Record<string, readonly string[]>> = {
  task: words(`task arguments ${timing}`),
  resource: words(`resource arguments credentials ${timing}`),
  http: words(`method url connection headers query body ${timing}`),
  send: words(`to message group deduplicationId delaySeconds ${trying}`),
  publish: words(`event data ${trying}`),
  put: words(`table row ${trying}`),
  pass: words(shaping),
  wait: words(`seconds until ${shaping}`),
  choice: words("choices otherwise output assign"),
  succeed: ["output"],
  fail: ["error", "cause"],
  parallel: words(`branches arguments ${trying}`),
  map: words(`items each item concurrency failuresMax failurePercentageMax distributed ${trying}`),
};

/** How deep branches may nest, as the interpreter has it. */
const nestingMax = 32;

interface Problem {
  readonly place: string;
  readonly message: string;
}

interface Findings {
  readonly machine: Checked;
  readonly problems: Problem[];
  readonly warnings: string[];
}

const among = (names: readonly string[]): string =>
  names.length === 0 ? "there is none" : `there is ${names.join(", ")}`;

/** A held thing that a state names: its kind, and the verbs of which it must allow one. */
function checkHeld(
  key: string,
  field: string,
  [kind, ...verbs]: readonly string[],
  place: string,
  { machine, problems }: Findings,
): void {
  const fits = ([, held]: [string, Capability]): boolean =>
    held.resource.kind === kind && verbs.includes(held.verb);
  const possible = Object.entries(machine.uses)
    .filter(fits)
    .map(([name]) => name);
  if (possible.includes(key)) return;
  const wanted = `${field} names ${JSON.stringify(key)}`;
  problems.push({
    place,
    message: `${wanted}, which uses has no ${verbs[0]} for; ${among(possible)}`,
  });
}

function checkSend(state: AnyState & { type: "send" }, place: string, findings: Findings): void {
  checkHeld(state.to, "to", ["queue", "send"], place, findings);
  const queue = findings.machine.uses[state.to]?.resource as
    | { spec?: { fifo: boolean } }
    | undefined;
  if (queue?.spec?.fifo === true && state.group === undefined) {
    findings.problems.push({ place, message: "needs a group: the queue is FIFO" });
  }
  const { message } = state;
  if (typeof message === "string" && !message.startsWith("{%")) {
    findings.problems.push({ place, message: "message is a text; a message is an object" });
  }
}

function checkNames(state: AnyState, place: string, findings: Findings): void {
  const { machine, problems } = findings;
  if (state.type === "task" && !Object.hasOwn(machine.tasks, state.task)) {
    const known = among(Object.keys(machine.tasks));
    problems.push({ place, message: `there is no task ${JSON.stringify(state.task)}; ${known}` });
  }
  if (state.type === "send") checkSend(state, place, findings);
  if (state.type === "publish")
    checkHeld(state.event, "event", ["event", "publish"], place, findings);
  if (state.type === "put")
    checkHeld(state.table, "table", ["table", "write", "readWrite"], place, findings);
  const { reader, writer } = (state.type === "map" && state.distributed) || {};
  if (reader?.blob !== undefined) {
    checkHeld(reader.blob, "reader.blob", ["blob", "read", "readWrite"], place, findings);
  }
  if (writer?.blob !== undefined) {
    checkHeld(writer.blob, "writer.blob", ["blob", "write", "readWrite"], place, findings);
  }
}

function checkFields(state: AnyState, place: string, { problems }: Findings): void {
  const type = state.type ?? "";
  const known = Object.hasOwn(fields, type) ? fields[type] : undefined;
  if (known === undefined) {
    const types = Object.keys(fields).join(", ");
    problems.push({ place, message: `has the type ${JSON.stringify(type)}; there are ${types}` });
    return;
  }
  for (const name of Object.keys(state)) {
    if (name === "type" || name === "description" || known.includes(name)) continue;
    const has = `it has ${known.join(", ")}`;
    problems.push({ place, message: `"${name}" is no field of a ${type} state; ${has}` });
  }
}

function checkState(state: AnyState, place: string, depth: number, findings: Findings): void {
  if (state.Type !== undefined) return;
  checkFields(state, place, findings);
  checkNames(state, place, findings);
  if (state.type === "choice" && state.otherwise === undefined) {
    findings.warnings.push(`${place}: where no choice holds, the run fails: it has no otherwise`);
  }
  if (state.type === "map") checkBranch(state.each, `${place}.each`, depth + 1, findings);
  if (state.type !== "parallel") return;
  for (const [index, one] of state.branches.entries()) {
    checkBranch(one, `${place}.branches[${index}]`, depth + 1, findings);
  }
}

function checkBranch(branch: Branch, place: string, depth: number, findings: Findings): void {
  const { problems } = findings;
  if (depth > nestingMax) {
    problems.push({ place, message: `nests deeper than ${nestingMax} branches` });
    return;
  }
  for (const [name, state] of Object.entries(branch.states)) {
    checkState(state, `${place}.states.${name}`, depth, findings);
  }
}

/**
 * Checks what the compiled document would not tell, or not in the words of the declaration.
 * @returns warnings
 * @throws MOR_MACHINE_INVALID
 */
export function checkMachine(machine: Checked): readonly string[] {
  const findings: Findings = { machine, problems: [], warnings: [] };
  checkBranch(machine, machine.name, 0, findings);
  const [first, ...rest] = findings.problems;
  if (first === undefined) return findings.warnings;
  const more = rest.length === 0 ? "" : ` (and ${rest.length} more)`;
  const what = `state machine ${first.place} ${first.message}${more}`;
  throw machineErrors.MOR_MACHINE_INVALID(what, { details: { problems: findings.problems } });
}
