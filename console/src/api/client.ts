import createClient from "openapi-fetch";
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
