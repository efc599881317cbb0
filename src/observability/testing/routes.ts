import type { AnyRoute } from "../../core/http.ts";
import { validate } from "../../core/schema.ts";
import type { Schema } from "../../core/schema.ts";

/** What a test asks of a route. */
export interface Asked {
  readonly params?: unknown;
  readonly query?: unknown;
  readonly body?: unknown;
}

async function checked(schema: Schema | undefined, value: unknown, what: string): Promise<unknown> {
  return schema === undefined ? value : validate(schema, value ?? {}, what);
}

/** Calls one of `routes` as the server would: input and answer are validated. */
export async function callRoute(
  routes: readonly AnyRoute[],
  line: string,
  asked: Asked = {},
): Promise<unknown> {
  const [method, path] = line.split(" ");
  const route = routes.find((one) => one.method === method?.toLowerCase() && one.path === path);
  if (route === undefined) throw new Error(`there is no route ${line}`);
  const { options } = route;
  const answer = await route.run({
    params: await checked(options.params, asked.params, "params"),
    query: await checked(options.query, asked.query, "query"),
    body: await checked(options.body, asked.body, "body"),
    headers: new Headers(),
    idempotencyKey: undefined,
    signal: new AbortController().signal,
  } as Parameters<AnyRoute["run"]>[0]);
  return checked(options.answer, JSON.parse(JSON.stringify(answer)), "answer");
}
