import type { State } from "../asl/definition.ts";
import type { JsonObject } from "../asl/values.ts";
import { refuse } from "./errors.ts";
import { tasksMax } from "./graph.ts";
import { pythonRuntime } from "./python-runtime.ts";
import { pythonState } from "./python-state.ts";
import type { TaskCommand } from "./python-state.ts";

/** How a graph is written as a pipeline. */
export interface KubeflowOptions extends TaskCommand {
  /** The pipeline's name; `machine` if left out. */
  readonly name?: string;
  /** The image of the tasks: Python 3.11 or later, with `boto3` where AWS is called. */
  readonly image: string;
}

/** What a task's program gets and makes: files, since arguments are bounded. */
const main: string = String.raw`

def write(path, value):
    import os

    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.write(value if isinstance(value, str) else json.dumps(value))


def read(text):
    """JSON of Kubeflow, which writes every number with a fraction."""
    return json.loads(text, parse_float=lambda digits: number(float(digits)))


def given_of(text):
    given = read(text)
    return given["data"], given["variables"]


def made_of(data, variables):
    return {"data": data, "variables": variables}


def run(how, *args):
    if how == "enter":
        return write(args[1], made_of(read(args[0]), {}))
    if how == "same":
        return write(args[1], read(args[0]))
    data, variables = given_of(args[0])
    if how == "state":
        if STATE["type"] == "Wait":
            time.sleep(max(0, until_of(STATE, data, variables) - time.time()))
        data, variables, after = perform(STATE, data, variables)
        write(args[1], made_of(data, variables))
        write(args[2], after or "")
    elif how == "begin":
        write(args[1], made_of(begin(STATE, data, variables), variables))
    elif how == "items":
        items = enumerate(items_of(STATE, data, variables))
        write(args[1], [{"index": index, "item": item} for index, item in items])
    elif how == "item":
        one = read(args[1])
        write(args[2], {"result": run_item(STATE, data, variables, one["index"], one["item"])})
    elif how == "gather":
        results = [one["result"] for one in read(args[1])]
        write(args[2], made_of(*finish(STATE, data, variables, results)))
    elif how == "join":
        results = [read(one)["data"] for one in args[2:]]
        write(args[1], made_of(*finish(STATE, data, variables, results)))


import sys

run(*sys.argv[1:])
`;

/** Types of parameters by name. */
export type Values = Readonly<Record<string, string>>;

/** What is written of a pipeline so far. */
export interface Writing {
  readonly options: KubeflowOptions;
  readonly components: Record<string, JsonObject>;
  readonly executors: Record<string, JsonObject>;
  readonly graph: Record<string, Record<string, readonly string[]>>;
  tasks: number;
}

/** A group of tasks: the root, a branch, a way. */
export interface Group {
  readonly name: string;
  readonly tasks: Record<string, JsonObject>;
}

/** Where a value comes from: a parameter of the group, or the output of a task in it. */
export type From =
  | { readonly parameter: string }
  | { readonly task: string; readonly output: string };

/** Definitions of parameters. */
export const types = (all: Values): JsonObject => ({
  parameters: Object.fromEntries(
    Object.entries(all).map(([name, type]) => [name, { parameterType: type }]),
  ),
});

/** A name that Kubeflow takes, not yet used. */
function named(text: string, used: object): string {
  const plain = text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "");
  for (let index = 1; ; index++) {
    const name = `${plain === "" ? "state" : plain}${index === 1 ? "" : `-${index}`}`;
    if (!Object.hasOwn(used, name)) return name;
  }
}

function sourceOf(from: From): JsonObject {
  if ("parameter" in from) return { componentInputParameter: from.parameter };
  return {
    taskOutputParameter: { outputParameterKey: from.output, producerTask: from.task },
  };
}

/** Adds a task to a group. */
export function addTask(
  writing: Writing,
  group: Group,
  text: string,
  component: string,
  inputs: Readonly<Record<string, From>>,
  more: JsonObject = {},
): string {
  if (++writing.tasks > tasksMax) refuse(text, `there are more than ${tasksMax} tasks`);
  const name = named(text, group.tasks);
  const before = Object.values(inputs).flatMap((from) => ("task" in from ? [from.task] : []));
  const dependent = [...new Set(before)].toSorted();
  const parameters = Object.entries(inputs).map(([key, from]) => [key, sourceOf(from)]);
  group.tasks[name] = {
    cachingOptions: {},
    componentRef: { name: component },
    ...(dependent.length === 0 ? {} : { dependentTasks: dependent }),
    ...(parameters.length === 0
      ? {}
      : { inputs: { parameters: Object.fromEntries(parameters) as JsonObject } }),
    taskInfo: { name: text },
    ...more,
  };
  writing.graph[group.name] = { ...writing.graph[group.name], [name]: dependent };
  return name;
}

/** Adds a component that is a container: the runtime, one state, and how it is run. */
export function addContainer(
  writing: Writing,
  text: string,
  how: string,
  state: State | undefined,
  inputs: Values,
  outputs: Values,
): string {
  const component = named(`comp-${text}`, writing.components);
  const executor = named(`exec-${text}`, writing.executors);
  const own = state === undefined ? "{}" : pythonState(state, writing.options);
  const order = [
    ...Object.keys(inputs).slice(0, how === "join" ? 1 : undefined),
    ...Object.keys(outputs),
    ...Object.keys(inputs).slice(how === "join" ? 1 : Infinity),
  ];
  const args = order.map((name) =>
    Object.hasOwn(inputs, name)
      ? `{{$.inputs.parameters['${name}']}}`
      : `{{$.outputs.parameters['${name}'].output_file}}`,
  );
  writing.components[component] = {
    executorLabel: executor,
    inputDefinitions: types(inputs),
    outputDefinitions: types(outputs),
  };
  writing.executors[executor] = {
    container: {
      image: writing.options.image,
      command: ["python3", "-c", `${pythonRuntime}\n\nSTATE = ${own}\n${main}`],
      args: [how, ...args],
    },
  };
  return component;
}

/** Adds a component that is a group of tasks. */
export function addGroup(
  writing: Writing,
  text: string,
  inputs: Values,
  outputs: Values,
  fill: (group: Group) => JsonObject,
): string {
  const name = named(`comp-${text}`, writing.components);
  // The name is taken before what is in it is named.
  writing.components[name] = {};
  writing.graph[name] = {};
  const group: Group = { name, tasks: {} };
  const made = fill(group);
  writing.components[name] = {
    dag: { outputs: { parameters: made }, tasks: group.tasks },
    inputDefinitions: types(inputs),
    outputDefinitions: types(outputs),
  };
  return name;
}

/** What most tasks take and make: the data of a state and the variables, together. */
export const struct = { given: "STRUCT" } as const;
export const made = { made: "STRUCT" } as const;

/** An output of a group. */
export const outputOf = (from: From): JsonObject => {
  if ("parameter" in from) throw new Error("an output comes from a task");
  return { valueFromParameter: { outputParameterKey: from.output, producerSubtask: from.task } };
};

/** Hands a group's own input on: its output must come from a task. */
export function passedOn(writing: Writing, group: Group, from: From): From {
  if ("task" in from) return from;
  const same = "comp-same";
  if (!Object.hasOwn(writing.components, same)) {
    addContainer(writing, "same", "same", undefined, struct, made);
  }
  return { task: addTask(writing, group, "same", same, { given: from }), output: "made" };
}
