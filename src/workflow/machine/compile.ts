import type { Resource } from "../../core/resource.ts";
import type { JsonObject } from "../asl/index.ts";
import { tasksQueue } from "./places.ts";
import type { Places } from "./places.ts";
import type {
  AnyState,
  Branch,
  Catch,
  Distributed,
  ItemReader,
  ResultWriter,
  Retry,
  Shaping,
} from "./states.ts";

/** What is compiled: a machine, as far as its document depends on it. */
export interface Source extends Branch {
  readonly name: string;
  readonly description: string;
  readonly uses: Readonly<Record<string, { readonly resource: Resource }>>;
  readonly timeoutSeconds: number | undefined;
}

interface Compiling {
  readonly source: Source;
  readonly places: Places;
  /** The document's own language; states of ours say theirs where it is another. */
  readonly isJsonata: boolean;
}

/** A field under its name in the States language; left out where there is none. */
const field = (name: string, value: unknown): JsonObject =>
  value === undefined ? {} : { [name]: value as JsonObject };

const shaped = ({ output, assign }: Shaping): JsonObject => ({
  ...field("Output", output),
  ...field("Assign", assign),
});

const retrier = (retry: Retry): JsonObject => ({
  ErrorEquals: retry.on,
  ...field("IntervalSeconds", retry.intervalSeconds),
  ...field("MaxAttempts", retry.retriesMax),
  ...field("BackoffRate", retry.backoffRate),
  ...field("MaxDelaySeconds", retry.delaySecondsMax),
  ...(retry.jitter === true ? { JitterStrategy: "FULL" } : {}),
});

const catcher = (one: Catch<string>): JsonObject => ({
  ErrorEquals: one.on,
  Next: one.next,
  ...shaped(one),
});

/** Fields of states that others may follow. */
function onward(state: Shaping & { readonly next?: string }): JsonObject {
  return { ...shaped(state), ...(state.next === undefined ? { End: true } : { Next: state.next }) };
}

interface Tried extends Shaping {
  readonly next?: string;
  readonly retry?: readonly Retry[];
  readonly catch?: readonly Catch<string>[];
  readonly timeoutSeconds?: unknown;
  readonly heartbeatSeconds?: unknown;
}

function tried(state: Tried): JsonObject {
  return {
    ...field("TimeoutSeconds", state.timeoutSeconds),
    ...field("HeartbeatSeconds", state.heartbeatSeconds),
    ...field("Retry", state.retry?.map(retrier)),
    ...field("Catch", state.catch?.map(catcher)),
    ...onward(state),
  };
}

const call = (resource: string, args: JsonObject, state: Tried): JsonObject => ({
  Type: "Task",
  Resource: `arn:aws:states:::${resource}`,
  Arguments: args,
  ...tried(state),
});

/** A task of the machine's service: a message with a token to the queue of the machine's tasks. */
function ownTask(what: JsonObject, state: Tried, { source, places }: Compiling): JsonObject {
  const body = {
    ...what,
    token: "{% $states.context.Task.Token %}",
    run: "{% $states.context.Execution.Name %}",
    state: "{% $states.context.State.Name %}",
    attempt: "{% $states.context.State.RetryCount %}",
  };
  const queue = places.queueUrl(tasksQueue(source.name), false);
  const args = { QueueUrl: queue, MessageBody: body };
  return call("sqs:sendMessage.waitForTaskToken", args, state);
}

type Of<Type extends string> = Extract<AnyState, { readonly type: Type }>;

const resourceOf = ({ source }: Compiling, key: string): Resource =>
  source.uses[key]?.resource ?? { kind: "queue", name: key };

function send(state: Of<"send">, compiling: Compiling): JsonObject {
  const { name, spec } = resourceOf(compiling, state.to) as Resource & { spec?: { fifo: boolean } };
  const args = {
    QueueUrl: compiling.places.queueUrl(name, spec?.fifo === true),
    ...field("MessageBody", state.message),
    ...field("MessageGroupId", state.group),
    ...field("MessageDeduplicationId", state.deduplicationId),
    ...field("DelaySeconds", state.delaySeconds),
  };
  return call("sqs:sendMessage", args, state);
}

/** The data with the version of its schema in the reserved member, where that is not 1. */
function detail(data: unknown, version: number | undefined): unknown {
  if (version === undefined || version === 1) return data;
  if (typeof data !== "string") return { _morning: { version }, ...(data as JsonObject) };
  return `{% $merge([{"_morning": {"version": ${version}}}, (${data.slice(2, -2)})]) %}`;
}

function publish(state: Of<"publish">, compiling: Compiling): JsonObject {
  const event = resourceOf(compiling, state.event) as Resource & { version?: number };
  const { eventBus, eventSource } = compiling.places;
  const entry = {
    EventBusName: eventBus,
    Source: eventSource,
    DetailType: event.name,
    ...field("Detail", detail(state.data, event.version)),
  };
  return call("events:putEvents", { Entries: [entry] }, state);
}

function http(state: Of<"http">): JsonObject {
  const args = {
    ApiEndpoint: state.url,
    Method: state.method,
    Authentication: { ConnectionArn: state.connection },
    ...field("Headers", state.headers),
    ...field("QueryParameters", state.query),
    ...field("RequestBody", state.body),
  };
  return call("http:invoke", args, state);
}

function choice(state: Of<"choice">): JsonObject {
  return {
    Type: "Choice",
    Choices: state.choices.map((rule) => ({
      Condition: rule.when,
      Next: rule.next,
      ...shaped(rule),
    })),
    ...field("Default", state.otherwise),
    ...shaped(state),
  };
}

/** ItemReader and ResultWriter where they name what is held: its bucket is of the environment. */
function readerOf(reader: ItemReader, compiling: Compiling): JsonObject {
  const config = field("ReaderConfig", reader.config);
  if (reader.blob === undefined) {
    return { Resource: reader.resource, ...config, ...field("Arguments", reader.arguments) };
  }
  const { blob, key, prefix } = reader;
  const Bucket = compiling.places.bucket(resourceOf(compiling, blob).name);
  const action = key === undefined ? "listObjectsV2" : "getObject";
  const where = { Bucket, ...field("Key", key), ...field("Prefix", prefix) };
  return { Resource: `arn:aws:states:::s3:${action}`, ...config, Arguments: where };
}

function writerOf(writer: ResultWriter, compiling: Compiling): JsonObject {
  const config = field("WriterConfig", writer.config);
  if (writer.blob === undefined) {
    return {
      ...field("Resource", writer.resource),
      ...config,
      ...field("Arguments", writer.arguments),
    };
  }
  const Bucket = compiling.places.bucket(resourceOf(compiling, writer.blob).name);
  const where = { Bucket, ...field("Prefix", writer.prefix) };
  return { Resource: "arn:aws:states:::s3:putObject", ...config, Arguments: where };
}

function distributed(own: Distributed, compiling: Compiling): JsonObject {
  const { reader, batch, writer, label } = own;
  return {
    ...field("Label", label),
    ...field("ItemReader", reader && readerOf(reader, compiling)),
    ...(batch === undefined
      ? {}
      : {
          ItemBatcher: {
            ...field("MaxItemsPerBatch", batch.itemsMax),
            ...field("MaxInputBytesPerBatch", batch.bytesMax),
            ...field("BatchInput", batch.input),
          },
        }),
    ...field("ResultWriter", writer && writerOf(writer, compiling)),
  };
}

function map(state: Of<"map">, compiling: Compiling): JsonObject {
  const { distributed: own } = state;
  const config =
    own === undefined
      ? { Mode: "INLINE" }
      : { Mode: "DISTRIBUTED", ExecutionType: own.express === true ? "EXPRESS" : "STANDARD" };
  return {
    Type: "Map",
    ...field("Items", state.items),
    ...field("ItemSelector", state.item),
    ...field("MaxConcurrency", state.concurrency),
    ...field("ToleratedFailureCount", state.failuresMax),
    ...field("ToleratedFailurePercentage", state.failurePercentageMax),
    ...(own === undefined ? {} : distributed(own, compiling)),
    ItemProcessor: { ProcessorConfig: config, ...machineOf(state.each, compiling) },
    ...tried(state),
  };
}

function behaviour(state: Exclude<AnyState, { Type: string }>, compiling: Compiling): JsonObject {
  switch (state.type) {
    case "task": {
      const input = state.arguments ?? "{% $states.input %}";
      return ownTask({ task: state.task, ...field("input", input) }, state, compiling);
    }
    case "put":
      return ownTask({ put: state.table, ...field("input", state.row) }, state, compiling);
    case "resource":
      return {
        Type: "Task",
        Resource: state.resource,
        ...field("Arguments", state.arguments),
        ...field("Credentials", state.credentials),
        ...tried(state),
      };
    case "http":
      return http(state);
    case "send":
      return send(state, compiling);
    case "publish":
      return publish(state, compiling);
    case "pass":
      return { Type: "Pass", ...onward(state) };
    case "wait":
      return {
        Type: "Wait",
        ...field("Seconds", state.seconds),
        ...field("Timestamp", state.until),
        ...onward(state),
      };
    case "choice":
      return choice(state);
    case "succeed":
      return { Type: "Succeed", ...field("Output", state.output) };
    case "fail":
      return { Type: "Fail", ...field("Error", state.error), ...field("Cause", state.cause) };
    case "parallel":
      return {
        Type: "Parallel",
        Branches: state.branches.map((one) => machineOf(one, compiling)),
        ...field("Arguments", state.arguments),
        ...tried(state),
      };
    case "map":
      return map(state, compiling);
  }
}

function stateOf(state: AnyState, compiling: Compiling): JsonObject {
  if (state.Type !== undefined) return state as JsonObject;
  return {
    ...(compiling.isJsonata ? {} : { QueryLanguage: "JSONata" }),
    ...field("Comment", state.description),
    ...behaviour(state, compiling),
  };
}

function machineOf({ startAt, states }: Branch, compiling: Compiling): JsonObject {
  const compiled = Object.entries(states).map(([name, state]) => [name, stateOf(state, compiling)]);
  return { StartAt: startAt, States: Object.fromEntries(compiled) as JsonObject };
}

/** Whether some state of a branch, or of those within it, is written in JSONPath. */
function hasPaths({ states }: Branch): boolean {
  return Object.values(states).some((state) => {
    if (state.Type !== undefined) return state.QueryLanguage !== "JSONata";
    if (state.type === "parallel") return state.branches.some(hasPaths);
    return state.type === "map" && hasPaths(state.each);
  });
}

/** Compiles a machine to a document of the States language. It is plain JSON of its own. */
export function compile(source: Source, places: Places): JsonObject {
  // A JSONPath machine may hold states in JSONata, not the other way round.
  const isJsonata = !hasPaths(source);
  const document = {
    ...(source.description === "" ? {} : { Comment: source.description }),
    ...(isJsonata ? { QueryLanguage: "JSONata" } : {}),
    ...field("TimeoutSeconds", source.timeoutSeconds),
    ...machineOf(source, { source, places, isJsonata }),
  };
  return JSON.parse(JSON.stringify(document)) as JsonObject;
}
