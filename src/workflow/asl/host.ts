import type { Json } from "../../core/json.ts";

/** A task that the host is to do. */
export interface TaskRequest {
  /** A Lambda function, a worker of an activity, or an action of a service. */
  readonly kind: "lambda" | "activity" | "service";
  /** A function's name or ARN, an activity's ARN, `sqs:sendMessage`, `aws-sdk:s3:getObject`. */
  readonly target: string;
  readonly input: Json;
  /** `sync` waits for the job's end, `token` for whoever completes {@link TaskRequest.token}. */
  readonly pattern: "request" | "sync" | "token";
  readonly token?: string;
  /** 0 for the first attempt; grows with every retry. */
  readonly attempt: number;
  readonly executionArn: string;
  readonly stateName: string;
  /** Limits that the host watches itself, where {@link AslHost.limitsTasks} says that it does. */
  readonly timeoutSeconds?: number;
  readonly heartbeatSeconds?: number;
}

/** What became of a task. */
export type TaskOutcome =
  | {
      readonly ok: true;
      readonly output: Json;
      /** The output as the function wrote it, where that is JSON text of its own. */
      readonly text?: string;
    }
  | { readonly ok: false; readonly error: string; readonly cause?: string }
  /** Its time is over, or its heartbeat did not come: of hosts that limit tasks. */
  | { readonly ok: false; readonly late: "timeout" | "heartbeat" };

/** What a task tells on its way. */
export interface TaskProgress {
  /** Aborts when nobody waits for the task any more. */
  readonly signal: AbortSignal;
  /** The job was accepted, with this answer: for `sync` and `token`. */
  submitted(output: Json): void;
  /** It still works: begins `HeartbeatSeconds` anew. */
  heartbeat(): void;
}

/** An object of a store, as a list tells it. */
export interface ListedObject {
  readonly key: string;
  readonly size: number;
  readonly modifiedMs: number;
  readonly etag: string;
}

/** The objects that distributed Maps read from and write to. */
export interface ObjectStore {
  /** Resolves with nothing where there is no such object. */
  get(bucket: string, key: string): Promise<Uint8Array | undefined>;
  list(bucket: string, prefix: string): Promise<readonly ListedObject[]>;
  put(bucket: string, key: string, body: Uint8Array): Promise<void>;
}

/**
 * Everything that the interpreter takes from outside. It is deterministic given the host: the same
 * answers in the same order make the same history.
 */
export interface AslHost {
  nowMs(): number;
  /** Resolves at `atMs` by {@link AslHost.nowMs}, or as soon as `signal` aborts. */
  waitUntil(atMs: number, signal?: AbortSignal): Promise<void>;
  /** Does a task. Rejects only for faults of the host itself: they end the run. */
  task(request: TaskRequest, progress: TaskProgress): Promise<TaskOutcome>;
  /** It ends tasks itself whose time is over; heartbeats then need not come through `progress`. */
  readonly limitsTasks?: boolean;
  /** Whether executions without `TimeoutSeconds` go on after a year; false if left out. */
  readonly isUnbounded?: boolean;
  /** A number in [0, 1). */
  random(): number;
  uuid(): string;
  readonly objects?: ObjectStore;
  /** Lets the process do other things: called now and then during long expressions. */
  breathe?(): Promise<void>;
}
