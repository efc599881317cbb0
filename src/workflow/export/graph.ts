import type { Machine, State } from "../asl/definition.ts";
import { own } from "../asl/values.ts";
import { refuse } from "./errors.ts";

/** How many tasks a file may have: regions that several ways lead to are written once for each. */
export const tasksMax = 2000;

/** Where a state may go on; undefined: its machine ends. */
export function successors(state: State): readonly (string | undefined)[] {
  if (state.type === "Fail") return [];
  if (state.type === "Succeed") return [undefined];
  const fallback = own(state.fields, "Default");
  const all: (string | undefined)[] = state.choices.map(({ next }) => next);
  if (typeof fallback === "string") all.push(fallback);
  if (state.type !== "Choice") all.push(state.next);
  all.push(...state.catch.map(({ next }) => next));
  return [...new Set(all)];
}

/** The state of a name; validated machines have it. */
export function stateOf({ states }: Machine, name: string): State {
  const state = states.get(name);
  if (state === undefined) throw new Error(`the machine has no state ${name}`);
  return state;
}

/** The states in an order in which each comes after those that lead to it. */
export function ordered(machine: Machine): readonly State[] {
  const done: State[] = [];
  const seen = new Set<string>();
  const visit = (name: string, trail: ReadonlySet<string>): void => {
    if (trail.has(name)) refuse(name, "it comes again in a circle, and a DAG has none");
    if (seen.has(name)) return;
    const state = stateOf(machine, name);
    const next = new Set(trail).add(name);
    for (const target of successors(state)) if (target !== undefined) visit(target, next);
    seen.add(name);
    done.push(state);
  };
  visit(machine.startAt, new Set());
  return done.reverse();
}

/** Refuses what no export has, in the machine and all machines within it. */
export function checkMachine(machine: Machine): void {
  for (const state of machine.states.values()) {
    const { name, fields, type } = state;
    if (state.language !== "JSONata") {
      refuse(name, "it is in JSONPath: only JSONata is translated");
    }
    if (own(fields, "HeartbeatSeconds") !== undefined) {
      refuse(name, "HeartbeatSeconds has no counterpart: use TimeoutSeconds");
    }
    if (own(fields, "Credentials") !== undefined) refuse(name, "Credentials are not exported");
    const isGroup = type === "Map" || type === "Parallel";
    if (isGroup && (state.retry.length > 0 || state.catch.length > 0)) {
      refuse(
        name,
        `Retry and Catch of a whole ${type} have no counterpart: put them on its states`,
      );
    }
    if (state.processor?.isDistributed === true) {
      refuse(name, "a distributed Map has no counterpart: use an inline one");
    }
    for (const branch of state.branches) checkMachine(branch);
    if (state.processor !== undefined) checkItem(name, state.processor.machine);
  }
}

/** What a Map does to an item runs within one task. */
function checkItem(map: string, machine: Machine): void {
  checkMachine(machine);
  for (const { name, type } of machine.states.values()) {
    if (type === "Map" || type === "Parallel") {
      refuse(name, `it is a ${type} within the Map ${map}: an item is one task of the export`);
    }
  }
}
