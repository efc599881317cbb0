import { stringify } from "yaml";
import type { Json } from "../../core/json.ts";
import type { Machine, State } from "../asl/definition.ts";
import { parseDefinition } from "../asl/validate/machine.ts";
import { own } from "../asl/values.ts";
import type { JsonObject } from "../asl/values.ts";
import { refuse } from "./errors.ts";
import { checkMachine, ordered, stateOf, successors } from "./graph.ts";
import {
  addContainer,
  addGroup,
  addTask,
  made,
  outputOf,
  passedOn,
  struct,
  types,
} from "./kubeflow-parts.ts";
import type { From, Group, KubeflowOptions, Values, Writing } from "./kubeflow-parts.ts";

export type { KubeflowOptions } from "./kubeflow-parts.ts";

/** A pipeline of Kubeflow: its file, and its graph. */
export interface KubeflowPipeline {
  /** The text of a YAML file: the intermediate representation, schema 2.1.0. */
  readonly file: string;
  /** The tasks of each group, by component, with those that they follow. */
  readonly graph: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
}

/** For each state, the states that every way from it passes; the nearest is the last. */
function passes(machine: Machine): ReadonlyMap<string, readonly string[]> {
  const known = new Map<string, readonly string[]>();
  for (const state of ordered(machine).toReversed()) {
    const ways = successors(state).map((next) =>
      next === undefined ? [] : [...(known.get(next) ?? []), next],
    );
    const [first = [], ...rest] = ways;
    known.set(
      state.name,
      first.filter((name) => rest.every((way) => way.includes(name))),
    );
  }
  return known;
}

interface Walk {
  readonly machine: Machine;
  readonly passes: ReadonlyMap<string, readonly string[]>;
  readonly writing: Writing;
}

/** Writes the states from one to another, which is not written; gives what the last one made. */
function walk(
  around: Walk,
  group: Group,
  start: string | undefined,
  stop: string | undefined,
  given: From,
): From {
  let from = given;
  for (let name = start; name !== undefined && name !== stop;) {
    const state = stateOf(around.machine, name);
    const done = perform(around.writing, group, state, from);
    const ways = successors(state);
    if (ways.length > 1) {
      const join = around.passes.get(name)?.at(-1);
      from = choose(around, group, state, done, join);
      name = join;
    } else {
      from = done.made;
      name = ways[0];
    }
  }
  return passedOn(around.writing, group, from);
}

interface Performed {
  readonly made: From;
  /** The state that follows, where there are several. */
  readonly to?: From;
}

function perform(writing: Writing, group: Group, state: State, given: From): Performed {
  if (state.type === "Map") return { made: map(writing, group, state, given) };
  if (state.type === "Parallel") return { made: parallel(writing, group, state, given) };
  const outputs = { ...made, to: "STRING" };
  const component = addContainer(writing, state.name, "state", state, struct, outputs);
  const task = addTask(writing, group, state.name, component, { given });
  return { made: { task, output: "made" }, to: { task, output: "to" } };
}

/** The ways from a state, one of which is gone, up to the state where they meet. */
function choose(
  around: Walk,
  group: Group,
  state: State,
  { made: given, to = given }: Performed,
  join: string | undefined,
): From {
  const { writing } = around;
  const inputs = { ...struct, to: "STRING" };
  const text = `${state.name} next`;
  const component = addGroup(writing, text, inputs, made, (all) => {
    const ways = successors(state).map((way) => {
      const body = addGroup(writing, `${state.name} to ${way ?? "end"}`, inputs, made, (one) => ({
        made: outputOf(walk(around, one, way, join, { parameter: "given" })),
      }));
      const condition = `inputs.parameter_values['to'] == '${escaped(way ?? "")}'`;
      const own = { given: { parameter: "given" }, to: { parameter: "to" } };
      const task = addTask(writing, all, `to ${way ?? "end"}`, body, own, {
        triggerPolicy: { condition },
      });
      return { outputParameterKey: "made", producerSubtask: task };
    });
    return { made: { valueFromOneof: { parameterSelectors: ways } } };
  });
  const task = addTask(writing, group, text, component, { given, to });
  return { task, output: "made" };
}

const escaped = (text: string): string => text.replaceAll("\\", "\\\\").replaceAll("'", "\\'");

function parallel(writing: Writing, group: Group, state: State, given: From): From {
  const { name, branches } = state;
  const begun = addContainer(writing, name, "begin", state, struct, made);
  const first = addTask(writing, group, name, begun, { given });
  const input: From = { task: first, output: "made" };
  const ends = branches.map((branch, index) => {
    const text = `${name} branch ${index}`;
    const component = addGroup(writing, text, struct, made, (one) => ({
      made: outputOf(whole(branch, writing, one, { parameter: "given" })),
    }));
    const task = addTask(writing, group, text, component, { given: input });
    return [`branch${index}`, { task, output: "made" }] as const;
  });
  const inputs = Object.fromEntries(ends.map(([key]) => [key, "STRUCT"])) as Values;
  const joining = addContainer(
    writing,
    `${name} join`,
    "join",
    state,
    { ...struct, ...inputs },
    made,
  );
  const joined = { given: input, ...Object.fromEntries(ends) };
  return { task: addTask(writing, group, `${name} join`, joining, joined), output: "made" };
}

/** A map is a group of its own, so that what it is given is a parameter in it. */
function map(writing: Writing, group: Group, state: State, given: From): From {
  const { name } = state;
  const component = addGroup(writing, `${name} map`, struct, made, (all) => ({
    made: outputOf(mapped(writing, all, state)),
  }));
  return { task: addTask(writing, group, name, component, { given }), output: "made" };
}

function mapped(writing: Writing, group: Group, state: State): From {
  const { name } = state;
  const given: From = { parameter: "given" };
  const listing = addContainer(writing, name, "items", state, struct, { Output: "LIST" });
  const items = { task: addTask(writing, group, name, listing, { given }), output: "Output" };
  // Kubeflow's own compiler names what a loop goes over so, and its local runner expects it.
  const channel = `pipelinechannel--${items.task}-Output`;
  const each = `${channel}-loop-item`;
  const loop = { ...struct, [channel]: "LIST", [each]: "STRUCT" };
  const body = addGroup(writing, `${name} each`, loop, { result: "STRUCT" }, (all) => {
    const one = { ...struct, item: "STRUCT" };
    const working = addContainer(writing, `${name} item`, "item", state, one, { result: "STRUCT" });
    const inputs = { given, item: { parameter: each } };
    const task = addTask(writing, all, `${name} item`, working, inputs);
    return { result: outputOf({ task, output: "result" }) };
  });
  const iterator = iteratorOf(state, each, channel);
  const task = addTask(writing, group, `${name} each`, body, { given, [channel]: items }, iterator);
  const results = { ...struct, results: "LIST" };
  const gathering = addContainer(writing, `${name} join`, "gather", state, results, made);
  const inputs = { given, results: { task, output: "result" } };
  return { task: addTask(writing, group, `${name} join`, gathering, inputs), output: "made" };
}

function iteratorOf({ name, fields }: State, each: string, channel: string): JsonObject {
  const bound = own(fields, "MaxConcurrency") ?? 0;
  if (typeof bound !== "number") refuse(name, "MaxConcurrency is no constant");
  return {
    ...(bound === 0 ? {} : { iteratorPolicy: { parallelismLimit: bound as Json } }),
    parameterIterator: { itemInput: each, items: { inputParameter: channel } },
  };
}

function whole(machine: Machine, writing: Writing, group: Group, given: From): From {
  const around: Walk = { machine, passes: passes(machine), writing };
  return walk(around, group, machine.startAt, undefined, given);
}

/**
 * Writes a declared graph as a pipeline of Kubeflow Pipelines 2: a container a state, its input the
 * pipeline's parameter `input`.
 * @param definition a document in Amazon States Language (JSONata)
 * @throws MOR_EXPORT_UNSUPPORTED with the state and why; MOR_ASL_DEFINITION_INVALID
 */
export function toKubeflow(
  definition: string | JsonObject,
  options: KubeflowOptions,
): KubeflowPipeline {
  const machine = parseDefinition(definition);
  checkMachine(machine);
  if (machine.timeoutSeconds !== undefined) {
    refuse(machine.startAt, "TimeoutSeconds of the machine has no counterpart in a pipeline");
  }
  const writing: Writing = { options, components: {}, executors: {}, graph: {}, tasks: 0 };
  const root: Group = { name: "root", tasks: {} };
  writing.graph["root"] = {};
  const entering = addContainer(writing, "enter", "enter", undefined, { input: "STRUCT" }, made);
  const enter = addTask(writing, root, "enter", entering, { input: { parameter: "input" } });
  const last = whole(machine, writing, root, { task: enter, output: "made" });
  const { name = "machine" } = options;
  const pipeline = {
    components: writing.components,
    deploymentSpec: { executors: writing.executors },
    pipelineInfo: { name },
    root: {
      dag: { outputs: { parameters: { made: outputOf(last) } }, tasks: root.tasks },
      inputDefinitions: types({ input: "STRUCT" }),
      outputDefinitions: types(made),
    },
    schemaVersion: "2.1.0",
    sdkVersion: "kfp-2.17.3",
  };
  const head = "# Written by `morning workflow export`: change the state machine, not this file.\n";
  return {
    file: head + stringify(pipeline, { lineWidth: 0, version: "1.1" }),
    graph: writing.graph,
  };
}
