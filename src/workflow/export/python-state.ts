import type { Json } from "../../core/json.ts";
import type { State } from "../asl/definition.ts";
import { resourceOf } from "../asl/tasks.ts";
import { own, shownText } from "../asl/values.ts";
import type { JsonObject } from "../asl/values.ts";
import { refuse } from "./errors.ts";
import { literal, pythonValue } from "./python-expression.ts";

/** How tasks of a machine's own are run where no Step Functions gives them to its service. */
export interface TaskCommand {
  /**
   * A command line: it is called with the task's name, gets the input as JSON on its standard
   * input, and prints the result as JSON. Without it, such tasks are refused.
   */
  readonly taskCommand?: readonly string[];
}

type Entry = readonly [key: string, code: string];

const lambda = (code: string): string => `lambda s: ${code}`;

/** Code of a field that may be there. */
function field(fields: JsonObject, name: string, key: string, state: string): Entry[] {
  const value = own(fields, name);
  return value === undefined ? [] : [[key, lambda(pythonValue(value, state, name))]];
}

const shaping = (fields: JsonObject, state: string): Entry[] => [
  ...field(fields, "Output", "output", state),
  ...field(fields, "Assign", "assign", state),
];

const dict = (entries: readonly Entry[]): string =>
  `{${entries.map(([key, code]) => `${literal(key)}: ${code}`).join(", ")}}`;

const list = (items: readonly string[]): string => `[${items.join(", ")}]`;

const next = (name: string | undefined): Entry => ["next", literal(name ?? null)];

function retries({ retry }: State): Entry[] {
  if (retry.length === 0) return [];
  const each = retry.map((one) =>
    dict([
      ["on", literal(one.errorEquals)],
      ["most", literal(one.attemptsMax)],
      ["interval", literal(one.intervalSeconds)],
      ["rate", literal(one.backoffRate)],
      ["longest", literal(one.delaySecondsMax ?? 99_999_999)],
      ["jitter", literal(one.isJittered)],
    ]),
  );
  return [["retry", list(each)]];
}

function catchers({ name, catch: all }: State): Entry[] {
  if (all.length === 0) return [];
  const each = all.map((one) =>
    dict([["on", literal(one.errorEquals)], next(one.next), ...shaping(one.fields, name)]),
  );
  return [["catch", list(each)]];
}

/** The name of a task of the machine's own, where the state is one. */
function ownTask(state: State): string | undefined {
  const body = own(own(state.fields, "Arguments"), "MessageBody");
  const task = own(body, "task");
  const isOwn = own(state.fields, "Resource") === ownResource && typeof task === "string";
  return isOwn && own(body, "token") !== undefined ? task : undefined;
}

const ownResource = "arn:aws:states:::sqs:sendMessage.waitForTaskToken";

const actions = /^(?:lambda:invoke|sqs:sendMessage|sns:publish|events:putEvents|aws-sdk:\w+:\w+)$/;

function work(state: State, { taskCommand }: TaskCommand): string {
  const { name, fields } = state;
  const task = ownTask(state);
  const args = own(fields, "Arguments");
  if (task !== undefined) {
    if (taskCommand === undefined) {
      return refuse(name, `its task ${task} is the machine's own code: say how to run it`);
    }
    const input = own(own(args, "MessageBody"), "input") ?? {};
    const given = pythonValue(input, name, "Arguments/MessageBody/input");
    return `command(${literal(taskCommand)}, ${literal(task)}, ${given})`;
  }
  const resource = resourceOf(shownText(own(fields, "Resource")));
  const target = resource.kind === "service" ? resource.action : resource.arn;
  if (resource.pattern !== "request") {
    return refuse(name, `${resource.resource} waits for Step Functions, which is not there`);
  }
  if (resource.kind !== "lambda" && !actions.test(target)) {
    return refuse(name, `${target} has no counterpart: use lambda:invoke or aws-sdk:*`);
  }
  if (target.startsWith("sqs:")) checkQueue(name, own(args, "QueueUrl"));
  const given = args === undefined ? 's.states["input"]' : pythonValue(args, name, "Arguments");
  return `call(${literal(target)}, ${given})`;
}

function checkQueue(name: string, url: Json | undefined): void {
  if (typeof url !== "string" || !url.startsWith("queue/")) return;
  refuse(name, `${url} is no address: compile the machine with the places of an environment`);
}

function seconds(state: State): string {
  const value = own(state.fields, "TimeoutSeconds");
  if (value === undefined) return "None";
  if (typeof value === "number") return literal(value);
  return refuse(state.name, "TimeoutSeconds is no constant");
}

function choice({ name, choices, fields }: State): Entry[] {
  const rules = choices.map((rule) => {
    const when = lambda(pythonValue(own(rule.fields, "Condition") ?? false, name, "Condition"));
    return dict([["when", when], next(rule.next), ...shaping(rule.fields, name)]);
  });
  const fallback = own(fields, "Default");
  const other = typeof fallback === "string" ? fallback : undefined;
  return [["rules", list(rules)], next(other), ...shaping(fields, name)];
}

function behaviour(state: State, options: TaskCommand): Entry[] {
  const { name, fields, type } = state;
  switch (type) {
    case "Task":
      return [
        ["work", lambda(work(state, options))],
        ["seconds", seconds(state)],
      ];
    case "Wait": {
      const timestamp = own(fields, "Timestamp");
      const value = timestamp ?? own(fields, "Seconds") ?? 0;
      return [
        ["until", lambda(pythonValue(value, name, "Wait"))],
        ["is_timestamp", literal(timestamp !== undefined)],
      ];
    }
    case "Fail":
      return [
        ["error", lambda(pythonValue(own(fields, "Error") ?? "", name, "Error"))],
        ["cause", lambda(pythonValue(own(fields, "Cause") ?? "", name, "Cause"))],
      ];
    case "Parallel":
      return field(fields, "Arguments", "arguments", name);
    case "Map":
      return [
        ...field(fields, "Items", "items", name),
        ...field(fields, "ItemSelector", "item", name),
        ...item(state, options),
      ];
    default:
      return [];
  }
}

function item({ processor }: State, options: TaskCommand): Entry[] {
  if (processor === undefined) return [];
  const { startAt, states } = processor.machine;
  const each = [...states].map(([name, state]): Entry => [name, pythonState(state, options)]);
  return [
    ["start", literal(startAt)],
    ["states", dict(each)],
  ];
}

/** A state as the Python runtime takes it. @throws MOR_EXPORT_UNSUPPORTED */
export function pythonState(state: State, options: TaskCommand): string {
  const { name, fields, type } = state;
  if (type === "Choice") return dict([["type", literal(type)], ...choice(state)]);
  return dict([
    ["type", literal(type)],
    ...behaviour(state, options),
    ...retries(state),
    ...catchers(state),
    ...shaping(fields, name),
    next(state.next),
  ]);
}
