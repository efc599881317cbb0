import createClient from "openapi-fetch";
import { browserClock } from "../clock.ts";
import { Problem, problemOf } from "./problem.ts";
import type { paths } from "./schema.ts";

type Method = "get" | "post" | "put" | "patch" | "delete";

/** Paths of the platform's API that have an operation of this method. */
export type PathOf<M extends Method> = {
  [P in keyof paths]: paths[P] extends Readonly<Record<M, object>> ? P : never;
}[keyof paths];

type Operation<P extends keyof paths, M extends Method> = Extract<paths[P][M], object>;

type Parameters<O> = O extends { readonly parameters: infer Given } ? Given : never;
type Part<Given, Key extends string> = Given extends { readonly [K in Key]?: infer Value }
  ? Exclude<Value, undefined>
  : never;
type Body<O> = O extends { readonly requestBody: infer Sent }
  ? [Sent] extends [undefined]
    ? never
    : Sent extends { readonly content: { readonly "application/json": infer B } }
      ? B
      : never
  : never;

/** A member that must be given exactly where the operation has it. */
type Given<Key extends string, Value> = [Value] extends [never]
  ? { readonly [K in Key]?: never }
  : { readonly [K in Key]: Value };
type Query<Value> = [Value] extends [never]
  ? { readonly query?: never }
  : { readonly query?: { readonly [K in keyof Value]?: Value[K] | undefined } };

/** What an operation is called with: path parameters, query and body, as its document says. */
export type InputOf<P extends keyof paths, M extends Method> = Given<
  "path",
  Part<Parameters<Operation<P, M>>, "path">
> &
  Query<Part<Parameters<Operation<P, M>>, "query">> &
  Given<"body", Body<Operation<P, M>>>;

type Json<R, Status extends number> = R extends {
  readonly [S in Status]: { readonly content: { readonly "application/json": infer A } };
}
  ? A
  : never;
type Responses<O> = O extends { readonly responses: infer R } ? R : never;

/** The body of a successful answer. */
export type AnswerOf<P extends keyof paths, M extends Method> =
  | Json<Responses<Operation<P, M>>, 200>
  | Json<Responses<Operation<P, M>>, 201>
  | Json<Responses<Operation<P, M>>, 202>;

const client = createClient<paths>({ baseUrl: "/api/v1" });

/** The token of the session; the server refuses changes by cookie without it. */
let csrf: string | undefined;

/** Takes the token that the session's answer has. */
export function setCsrfToken(token: string | undefined): void {
  csrf = token;
}

interface AnyInput {
  readonly path?: object;
  readonly query?: object;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

type Send = (
  method: Method,
  path: keyof paths,
  init: object,
) => Promise<{ data?: unknown; error?: unknown; response: Response }>;

/**
 * Calls one operation of the platform's API.
 * @throws Problem as the server says it, or with the code `UNREACHABLE` when it does not answer
 */
export async function call<P extends keyof paths, M extends Method>(
  method: M,
  path: P,
  input: InputOf<P, M>,
  signal?: AbortSignal,
): Promise<AnswerOf<P, M>> {
  const { path: inPath, query, body } = input as AnyInput;
  const headers = csrf === undefined || method === "get" ? {} : { "x-morning-csrf": csrf };
  const init = { params: { path: inPath, query }, body, headers, signal };
  const answered = await (client.request as unknown as Send)(method, path, init).catch(
    (cause: unknown) => {
      if (signal?.aborted === true) throw cause;
      throw Problem.unreachable(cause);
    },
  );
  if (answered.response.ok) return answered.data as AnswerOf<P, M>;
  throw problemOf(answered.response.status, answered.error);
}

/**
 * Reads a JSON document that the server has beside its API: `/openapi.json`.
 * @throws Problem
 */
export async function readDocument(url: string, signal?: AbortSignal): Promise<unknown> {
  const response = await fetch(url, { signal: signal ?? null }).catch((cause: unknown) => {
    if (signal?.aborted === true) throw cause;
    throw Problem.unreachable(cause);
  });
  const body: unknown = await response.json().catch(() => undefined);
  if (response.ok && body !== undefined) return body;
  throw problemOf(response.status, body);
}

/** What is sent to a route of a service. */
export interface Sending {
  readonly method: string;
  /** `/svc/orders/orders/17?full=true` */
  readonly url: string;
  /** JSON text; none if left out. */
  readonly body?: string | undefined;
}

/** What came back, whatever its status. */
export interface Sent {
  readonly status: number;
  readonly tookMs: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly traceId: string | undefined;
  readonly contentType: string;
  readonly body: string;
  /** Bytes that were read of the body. */
  readonly size: number;
  /** There was more of the body than is kept. */
  readonly cut: boolean;
}

const keptMax = 2 * 2 ** 20;

/** Reads a body up to what is kept of it: a stream may have no end. */
async function readBody({ body }: Response): Promise<Pick<Sent, "body" | "size" | "cut">> {
  const decoder = new TextDecoder();
  const reader = body?.getReader();
  let [text, size] = ["", 0];
  while (reader !== undefined && size < keptMax) {
    const { done, value } = await reader.read();
    if (done) return { body: text + decoder.decode(), size, cut: false };
    text += decoder.decode(value, { stream: true });
    size += value.byteLength;
  }
  await reader?.cancel();
  return { body: text, size, cut: reader !== undefined };
}

/**
 * Sends a request to a service as its callers do, with the session's token.
 * @throws Problem with the code `UNREACHABLE` when nothing answers
 */
export async function send({ method, url, body }: Sending, signal?: AbortSignal): Promise<Sent> {
  const headers = {
    ...(body === undefined ? {} : { "content-type": "application/json" }),
    ...(csrf === undefined ? {} : { "x-morning-csrf": csrf }),
  };
  const startedAtMs = browserClock.nowMs();
  try {
    const init = {
      method: method.toUpperCase(),
      headers,
      body: body ?? null,
      signal: signal ?? null,
    };
    const response = await fetch(url, init);
    const read = await readBody(response);
    return {
      ...read,
      status: response.status,
      tookMs: browserClock.nowMs() - startedAtMs,
      headers: [...response.headers],
      traceId: /^[0-9a-f]{2}-([0-9a-f]{32})-/.exec(
        response.headers.get("traceresponse") ?? "",
      )?.[1],
      contentType: response.headers.get("content-type") ?? "",
    };
  } catch (cause) {
    if (signal?.aborted === true) throw cause;
    throw Problem.unreachable(cause);
  }
}
