import type { Json } from "../../core/json.ts";
import type { Capability, Uses } from "../../core/resource.ts";
import type { Sender } from "../../messaging/queue/index.ts";
import type { Publisher } from "../../messaging/event/index.ts";

/** A JSONata expression: `{% $states.input.amount * 2 %}`. */
export type Expression = `{%${string}%}`;

/** A value any part of which may be an expression. */
export type Templated<T> = unknown extends T
  ? unknown
  : | Expression
    | (T extends readonly (infer Item)[]
        ? readonly Templated<Item>[]
        : T extends object
          ? { readonly [K in keyof T]: Templated<T[K]> }
          : T);

/** A number, or an expression that gives one. */
export type Amount = number | Expression;

/** Names of errors: those of the States language, those that tasks throw, or any text. */
export type ErrorName =
  | "States.ALL"
  | "States.TaskFailed"
  | "States.Timeout"
  | "States.HeartbeatTimeout"
  | "States.Permissions"
  | "States.DataLimitExceeded"
  | "States.BranchFailed"
  | "States.ExceedToleratedFailureThreshold"
  | "States.ItemReaderFailed"
  | "States.ResultWriterFailed"
  | "States.QueryEvaluationError"
  | "States.NoChoiceMatched"
  | (string & {});

/** When and how often a state is tried again. The first entry that names the error counts. */
export interface Retry {
  readonly on: readonly ErrorName[];
  /** Attempts after the first; 3 if left out, 0 for none. */
  readonly retriesMax?: number;
  /** Before the second attempt; 1 if left out. */
  readonly intervalSeconds?: number;
  /** What the interval grows by with each attempt; 2 if left out. */
  readonly backoffRate?: number;
  readonly delaySecondsMax?: number;
  /** Draws each delay from zero to what it would be. */
  readonly jitter?: boolean;
}

/** What a state hands on beside or instead of its result. */
export interface Shaping {
  /** What the next state gets; the result if left out. */
  readonly output?: unknown;
  /** Variables for the states that follow, read as `$name`. */
  readonly assign?: Readonly<Record<string, unknown>>;
}

/** Where an error goes on. */
export interface Catch<Name extends string> extends Shaping {
  readonly on: readonly ErrorName[];
  readonly next: Name;
}

interface Described {
  readonly description?: string;
  readonly Type?: never;
}

/** A state that others follow; left out, its machine ends with it. */
interface Onward<Name extends string> extends Described, Shaping {
  readonly next?: Name;
}

interface Tried<Name extends string> extends Onward<Name> {
  readonly retry?: readonly Retry[];
  readonly catch?: readonly Catch<Name>[];
}

interface Timed {
  readonly timeoutSeconds?: Amount;
  readonly heartbeatSeconds?: Amount;
}

/** Does a task of the machine's own, by its name in `tasks`. */
export interface TaskState<Name extends string, Task extends string, Input = unknown>
  extends Tried<Name>, Timed {
  readonly type: "task";
  readonly task: Task;
  /** What the task gets; the state's input if left out. */
  readonly arguments?: Templated<Input>;
}

/**
 * Calls what is outside by its ARN: a Lambda function, an activity, an integration with its
 * `.sync` or `.waitForTaskToken`.
 */
export interface ResourceState<Name extends string> extends Tried<Name>, Timed {
  readonly type: "resource";
  /** `arn:aws:states:::glue:startJobRun.sync` */
  readonly resource: `arn:${string}`;
  readonly arguments?: unknown;
  readonly credentials?: unknown;
}

/** Calls an HTTP API through a connection of EventBridge. */
export interface HttpState<Name extends string> extends Tried<Name>, Timed {
  readonly type: "http";
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE" | "HEAD" | "OPTIONS" | Expression;
  /** https */
  readonly url: string;
  /** ARN of the connection, which holds the credentials. */
  readonly connection: string;
  readonly headers?: unknown;
  readonly query?: unknown;
  readonly body?: unknown;
}

/** Sends a message to a queue whose sender the machine holds. */
export interface SendState<
  Name extends string,
  Key extends string,
  Message = unknown,
> extends Tried<Name> {
  readonly type: "send";
  readonly to: Key;
  readonly message: Templated<Message>;
  /** FIFO: the group. Standard: the tenant. */
  readonly group?: string;
  readonly deduplicationId?: string;
  readonly delaySeconds?: Amount;
}

/** Publishes an event whose publisher the machine holds. */
export interface PublishState<
  Name extends string,
  Key extends string,
  Data = unknown,
> extends Tried<Name> {
  readonly type: "publish";
  readonly event: Key;
  readonly data: Templated<Data>;
}

/** Puts a row in a table whose writer the machine holds; its result is the row. */
export interface PutState<
  Name extends string,
  Key extends string,
  Row = unknown,
> extends Tried<Name> {
  readonly type: "put";
  readonly table: Key;
  readonly row: Templated<Row>;
}

/** Hands its input on, shaped by `output` and `assign`. */
export interface PassState<Name extends string> extends Onward<Name> {
  readonly type: "pass";
}

/** Lets time pass: so many seconds, or until a time (ISO 8601). */
export type WaitState<Name extends string> = Onward<Name> & { readonly type: "wait" } & (
    | { readonly seconds: Amount; readonly until?: never }
    | { readonly until: string; readonly seconds?: never }
  );

/** One way on from a choice. */
export interface Rule<Name extends string> extends Shaping {
  readonly when: Expression | boolean;
  readonly next: Name;
}

/** Goes on by the first rule that holds. */
export interface ChoiceState<Name extends string> extends Described, Shaping {
  readonly type: "choice";
  readonly choices: readonly Rule<Name>[];
  /** Where no rule holds; without it, that is the error `States.NoChoiceMatched`. */
  readonly otherwise?: Name;
}

/** Ends its machine. */
export interface SucceedState extends Described {
  readonly type: "succeed";
  readonly output?: unknown;
}

/** Ends its machine with an error. */
export interface FailState extends Described {
  readonly type: "fail";
  readonly error?: string;
  readonly cause?: string;
}

/** Runs branches at once; its result is the list of theirs. */
export interface ParallelState<Name extends string, Used extends string> extends Tried<Name> {
  readonly type: "parallel";
  readonly branches: readonly Branch<Used>[];
  readonly arguments?: unknown;
}

/**
 * Where a distributed map reads its items: an object, or a list of objects. `blob` is the name in
 * `uses` of a reader; the States language's own form names a bucket.
 */
export type ItemReader = {
  /** ReaderConfig, as the States language has it: `{ InputType: "JSONL" }`. */
  readonly config?: Readonly<Record<string, Json>>;
} & (
  | { readonly blob: string; readonly key: string; readonly prefix?: never }
  | { readonly blob: string; readonly prefix: string; readonly key?: never }
  | {
      /** `arn:aws:states:::s3:getObject`, `arn:aws:states:::s3:listObjectsV2` */
      readonly resource: `arn:${string}`;
      readonly arguments: unknown;
      readonly blob?: never;
    }
);

/** How the items of a distributed map are put together: an execution a batch. */
export interface ItemBatcher {
  readonly itemsMax?: Amount;
  readonly bytesMax?: Amount;
  /** What every batch gets beside its items. */
  readonly input?: unknown;
}

/**
 * Where a distributed map writes its results: `blob` is the name in `uses` of a writer; the States
 * language's own form names a bucket. With `config` alone the results are only transformed.
 */
export type ResultWriter = {
  readonly config?: Readonly<Record<string, Json>>;
} & (
  | { readonly blob: string; readonly prefix?: string; readonly resource?: never }
  | {
      /** `arn:aws:states:::s3:putObject` */
      readonly resource?: `arn:${string}`;
      readonly arguments?: unknown;
      readonly blob?: never;
    }
);

/** A map each of whose items is an execution of its own. */
export interface Distributed {
  readonly express?: boolean;
  readonly label?: string;
  readonly reader?: ItemReader;
  readonly batch?: ItemBatcher;
  readonly writer?: ResultWriter;
}

/** Runs a branch for every item, results in the order of the items. */
export interface MapState<Name extends string, Used extends string> extends Tried<Name> {
  readonly type: "map";
  /** The items; the state's input if left out. */
  readonly items?: Expression | readonly unknown[];
  readonly each: Branch<Used>;
  /** What a run gets instead of its item, which is `$states.context.Map.Item.Value`. */
  readonly item?: unknown;
  /** Runs at once; 0 or left out: 40, distributed 10,000. */
  readonly concurrency?: Amount;
  readonly failuresMax?: Amount;
  readonly failurePercentageMax?: Amount;
  readonly distributed?: Distributed;
}

/** A state as the States language writes it, in JSONPath or JSONata: taken as it is. */
export interface RawState<Name extends string> {
  readonly Type: "Task" | "Pass" | "Choice" | "Wait" | "Succeed" | "Fail" | "Parallel" | "Map";
  readonly QueryLanguage?: "JSONPath" | "JSONata";
  readonly Next?: Name;
  readonly End?: true;
  readonly [field: string]: Json | undefined;
  readonly type?: never;
}

/** All types of states but those that name what the machine holds. */
export type CommonState<Name extends string, Used extends string> =
  | ResourceState<Name>
  | HttpState<Name>
  | PassState<Name>
  | WaitState<Name>
  | ChoiceState<Name>
  | SucceedState
  | FailState
  | ParallelState<Name, Used>
  | MapState<Name, Used>
  | RawState<Name>;

/** A state of a branch: what it names of its machine's is checked where the branch is used. */
export type BranchState<Name extends string, Used extends string> =
  | CommonState<Name, Used>
  | TaskState<Name, Used>
  | SendState<Name, Used>
  | PublishState<Name, Used>
  | PutState<Name, Used>;

type MessageOf<C> =
  C extends Capability<infer H> ? (H extends Sender<infer Message> ? Message : never) : never;
type DataOf<C> =
  C extends Capability<infer H> ? (H extends Publisher<infer Data> ? Data : never) : never;
type RowOf<C> =
  C extends Capability<infer H>
    ? H extends { put(row: infer Row, options?: { readonly version?: number }): Promise<unknown> }
      ? Row
      : never
    : never;

/** States by what the machine holds, each with the type of what it takes. */
type HoldingState<Name extends string, U extends Uses> = {
  readonly [K in keyof U & string]:
    | ([MessageOf<U[K]>] extends [never] ? never : SendState<Name, K, MessageOf<U[K]>>)
    | ([DataOf<U[K]>] extends [never] ? never : PublishState<Name, K, DataOf<U[K]>>)
    | ([RowOf<U[K]>] extends [never] ? never : PutState<Name, K, RowOf<U[K]>>);
}[keyof U & string];

/** A state of a machine that has these tasks, by the type of their input, and holds this. */
export type MachineState<Name extends string, Inputs, U extends Uses> =
  | CommonState<Name, (keyof Inputs | keyof U) & string>
  | { readonly [K in keyof Inputs & string]: TaskState<Name, K, Inputs[K]> }[keyof Inputs & string]
  | HoldingState<Name, U>;

/** A state of any machine. */
export type AnyState = BranchState<string, string>;

/** States of their own within a state: a branch of a parallel, what a map does to an item. */
export interface Branch<Used extends string = string> {
  readonly startAt: string;
  readonly states: Readonly<Record<string, AnyState>>;
  /** The tasks and held things that it names; a type alone. */
  readonly used?: Used;
}

/**
 * Makes a branch; `next` names states of its own.
 * @example
 * branch({ states: { Pack: { type: "task", task: "pack", next: "Label" }, Label: { ... } } })
 */
export function branch<const Name extends string, const Used extends string = never>(options: {
  /** The first of `states` if left out. */
  readonly startAt?: NoInfer<Name>;
  readonly states: Readonly<Record<Name, BranchState<NoInfer<Name>, Used>>>;
}): Branch<NoInfer<Used>> {
  const { startAt = Object.keys(options.states)[0] ?? "", states } = options;
  return Object.freeze({ startAt, states });
}
