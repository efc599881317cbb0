import type { Json } from "../../core/json.ts";
import type { TaskOutcome, TaskRequest } from "./host.ts";
import { own, parseText, textOf } from "./values.ts";
import type { JsonObject } from "./values.ts";

/** What the Resource of a Task means. */
export interface Resource {
  readonly kind: "lambda" | "activity" | "service";
  readonly arn: string;
  readonly pattern: "request" | "sync" | "token";
  /** `lambda`, `aws-sdk:s3`: what events tell; services alone. */
  readonly resourceType: string;
  /** `invoke.waitForTaskToken`, as events tell it; services alone. */
  readonly resource: string;
  /** `sqs:sendMessage` */
  readonly action: string;
}

const patterns: readonly [string, Resource["pattern"]][] = [
  [".waitForTaskToken", "token"],
  [".sync:2", "sync"],
  [".sync", "sync"],
];

function serviceResource(arn: string, name: string): Resource {
  const [suffix, pattern] = patterns.find(([ending]) => name.endsWith(ending)) ?? ["", "request"];
  const action = suffix === "" ? name : name.slice(0, -suffix.length);
  const at = action.lastIndexOf(":");
  const resourceType = action.slice(0, at);
  return {
    kind: "service",
    arn,
    pattern,
    resourceType,
    resource: name.slice(at + 1),
    action,
  };
}

/** Reads a Resource. */
export function resourceOf(arn: string): Resource {
  const [, , service = "", , , ...rest] = arn.split(":");
  const name = rest.join(":");
  const plain = { arn, pattern: "request", resourceType: "", resource: "", action: "" } as const;
  if (service === "lambda") return { kind: "lambda", ...plain };
  if (service === "states" && name.startsWith("activity:")) return { kind: "activity", ...plain };
  return serviceResource(arn, name);
}

/** Whether a resource is the optimized integration of Lambda. */
export function isInvoke({ kind, action }: Resource): boolean {
  return kind === "service" && action === "lambda:invoke";
}

/**
 * What a function gets of the parameter Payload: nothing is an empty object, a text is JSON text
 * that is passed on as it is.
 */
export function payloadOf(
  parameters: Json,
): { readonly input: Json } | { readonly refused: string } {
  const payload = own(parameters, "Payload") ?? null;
  if (payload === null) return { input: {} };
  if (typeof payload !== "string") return { input: payload };
  try {
    return { input: parseText(payload) };
  } catch (error) {
    return { refused: `Could not parse request body into json: ${(error as Error).message}` };
  }
}

/** The request of a task to its host. */
export function requestOf(
  resource: Resource,
  input: Json,
  about: Pick<TaskRequest, "attempt" | "executionArn" | "stateName">,
  token: string | undefined,
): TaskRequest | Exclude<TaskOutcome, { late: string }> {
  const base = { pattern: resource.pattern, ...about, ...(token === undefined ? {} : { token }) };
  if (!isInvoke(resource)) {
    const target = resource.kind === "service" ? resource.action : resource.arn;
    return { kind: resource.kind, target, input, ...base };
  }
  const name = own(input, "FunctionName");
  if (typeof name !== "string") {
    return {
      ok: false,
      error: "States.Runtime",
      cause: "The parameter 'FunctionName' is required but was missing",
    };
  }
  const payload = payloadOf(input);
  if ("refused" in payload) {
    return { ok: false, error: "Lambda.InvalidRequestContentException", cause: payload.refused };
  }
  return { kind: "lambda", target: name, input: payload.input, ...base };
}

/** The answer of Lambda's Invoke around what a function gave, as the SDK of AWS hands it on. */
export function invokeResult(
  output: Json,
  text: string | undefined,
  at: {
    readonly requestId: string;
    readonly traceId: string;
    readonly nowMs: number;
  },
): JsonObject {
  const length = String(Buffer.byteLength(text ?? textOf(output)));
  const headers = {
    Connection: "keep-alive",
    "Content-Length": length,
    "Content-Type": "application/json",
    Date: new Date(at.nowMs).toUTCString(),
    "X-Amz-Executed-Version": "$LATEST",
    "x-amzn-Remapped-Content-Length": "0",
    "x-amzn-RequestId": at.requestId,
    "X-Amzn-Trace-Id": at.traceId,
  };
  const lists = Object.entries(headers).map(([name, value]) => [name, [value]] as const);
  return {
    ExecutedVersion: "$LATEST",
    Payload: output,
    SdkHttpMetadata: {
      AllHttpHeaders: Object.fromEntries(lists),
      HttpHeaders: headers,
      HttpStatusCode: 200,
    },
    SdkResponseMetadata: { RequestId: at.requestId },
    StatusCode: 200,
  };
}

/** A cause that is JSON is told compactly by the optimized integration, whatever wrote it. */
export function compactCause(cause: string | undefined): string | undefined {
  if (cause === undefined || !cause.startsWith("{")) return cause;
  try {
    return textOf(parseText(cause));
  } catch {
    return cause;
  }
}
