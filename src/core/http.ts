import type { Log } from "./log.ts";
import type { OutputOf, Schema } from "./schema.ts";
import type { Transactions } from "./transaction.ts";

/** HTTP methods of routes. */
export type Method = "get" | "post" | "put" | "patch" | "delete";

/** The parameters that a path template names: `/orders/:id/items/:item`. */
export type PathParams<Path extends string> = Path extends `${string}:${infer Rest}`
  ? Rest extends `${infer Name}/${infer Tail}`
    ? { readonly [K in Name]: string } & PathParams<`/${Tail}`>
    : { readonly [K in Rest]: string }
  : unknown;

/** An answer with a status of its own. A handler that returns a plain value answers 200 with it. */
export interface Reply<Body = unknown> {
  readonly reply: true;
  readonly status: number;
  readonly body: Body;
  readonly headers: Readonly<Record<string, string>>;
}

/** Answers `status` with `body`. */
export function reply<Body>(
  status: number,
  body: Body,
  headers: Readonly<Record<string, string>> = {},
): Reply<Body> {
  return { reply: true, status, body, headers };
}

/** 200 with `body`. */
export const ok = <Body>(body: Body): Reply<Body> => reply(200, body);

/** 201 with what was made. */
export const created = <Body>(body: Body): Reply<Body> => reply(201, body);

/** 202: taken, and done later. */
export const accepted = <Body>(body: Body): Reply<Body> => reply(202, body);

/** 204 without a body. */
export const noContent = (): Reply<undefined> => reply(204, undefined);

/** One call of a route, as its handler sees it: everything validated. */
export interface RouteCall<Params, Query, Body> extends Transactions {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly headers: Headers;
  /** The caller's `Idempotency-Key`, if it sent one. */
  readonly idempotencyKey: string | undefined;
  /** Lines that bear the service and the trace: `log.info("order taken", { orderId })`. */
  readonly log: Log;
  /** Aborts when the caller is gone or the deadline has passed. */
  readonly signal: AbortSignal;
}

/** Reads the text of a body that is no JSON. */
export type BodyReader = (text: string, subject: string) => Promise<unknown>;

/** What a route declares beside its path. */
export interface RouteOptions {
  readonly summary?: string;
  readonly params?: Schema;
  readonly query?: Schema;
  readonly body?: Schema;
  /**
   * Bodies of other media types than JSON, by what reads their text into what `body` then
   * validates. A reader throws MOR_INVALID that begins with `subject`.
   */
  readonly bodyTypes?: Readonly<Record<string, BodyReader>>;
  /** The body of a successful answer: validated on the way out, typed in clients. */
  readonly answer?: Schema;
  /** Media type of an answer that is no JSON: `text/event-stream`; its handler makes a Response. */
  readonly answerType?: string;
  /** Status of a successful answer in the OpenAPI document; 200 if left out. */
  readonly status?: number;
  /** Role a caller of the platform's own API needs; the routes of services leave it out. */
  readonly role?: "viewer" | "operator" | "admin" | "ingest";
  /**
   * Changes nothing, although its method might: it is no entry of the audit log. GET routes need
   * not say so.
   */
  readonly reads?: boolean;
  /** Largest body in bytes; 1 MiB if left out. */
  readonly bodyBytesMax?: number;
}

/** The part of a call that a schema of the options gives, or else `Fallback`. */
type Part<O, Key extends keyof RouteOptions, Fallback> = O extends { readonly [K in Key]: infer S }
  ? OutputOf<S>
  : Fallback;

/** `T` as whoever only reads it sees it, all the way down. */
export type ReadonlyDeep<T> = T extends string | number | boolean | bigint | null | undefined
  ? T
  : T extends (...args: never[]) => unknown
    ? T
    : T extends object
      ? { readonly [K in keyof T]: ReadonlyDeep<T[K]> }
      : T;

/** What a handler may return: what its route declares, or that with a status of its own. */
export type RouteResult<Answer> =
  | ReadonlyDeep<Answer>
  | Reply<ReadonlyDeep<Answer>>
  | Promise<ReadonlyDeep<Answer> | Reply<ReadonlyDeep<Answer>>>;

/** The body of the answer that a handler's result carries. */
export type AnswerOf<Result> =
  Awaited<Result> extends infer Settled
    ? Settled extends Reply<infer Body>
      ? Body
      : Settled
    : never;

/** A route of any types, as lists hold it. */
export interface AnyRoute {
  readonly method: Method;
  readonly path: string;
  readonly options: RouteOptions;
  // A method, so that routes of any input fit in one list (methods compare bivariantly).
  run(call: RouteCall<unknown, unknown, unknown>): unknown;
}

/** A route as data, with its types carried along for `service.client()`. */
export interface Route<
  M extends Method,
  Path extends string,
  O extends RouteOptions,
  Result,
> extends AnyRoute {
  readonly method: M;
  readonly path: Path;
  readonly options: O;
  run(
    call: RouteCall<
      Part<O, "params", PathParams<Path>>,
      Part<O, "query", unknown>,
      Part<O, "body", unknown>
    >,
  ): Result;
}

/** Declares a route of one method. */
export interface RouteDeclaration<M extends Method> {
  <
    const Path extends string,
    const O extends RouteOptions,
    Result extends RouteResult<Part<O, "answer", unknown>>,
  >(
    path: Path,
    options: O,
    run: (
      call: RouteCall<
        Part<O, "params", PathParams<Path>>,
        Part<O, "query", unknown>,
        Part<O, "body", unknown>
      >,
    ) => Result,
  ): Route<M, Path, O, Result>;
  <const Path extends string, Result>(
    path: Path,
    run: (call: RouteCall<PathParams<Path>, unknown, unknown>) => Result,
  ): Route<M, Path, Record<never, never>, Result>;
}

function declare<M extends Method>(method: M): RouteDeclaration<M> {
  return ((path: string, options: object, run?: unknown) =>
    typeof options === "function"
      ? { method, path, options: {}, run: options }
      : { method, path, options, run }) as unknown as RouteDeclaration<M>;
}

/**
 * Declares a GET route.
 * @example get("/products/:id", { answer: Product }, ({ params }) => held.products.get(params.id))
 */
export const get: RouteDeclaration<"get"> = declare("get");
/** Declares a POST route. */
export const post: RouteDeclaration<"post"> = declare("post");
/** Declares a PUT route. */
export const put: RouteDeclaration<"put"> = declare("put");
/** Declares a PATCH route. */
export const patch: RouteDeclaration<"patch"> = declare("patch");
/** Declares a DELETE route. */
export const del: RouteDeclaration<"delete"> = declare("delete");
