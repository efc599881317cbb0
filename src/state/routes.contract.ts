import type { ApiClient } from "../core/command.ts";
import { coreErrors } from "../core/errors.ts";
import type { AnyRoute, Reply, RouteCall } from "../core/http.ts";
import { validate } from "../core/schema.ts";

function paramsOf(route: AnyRoute, path: string): Record<string, string> | undefined {
  const form = route.path.replace(/:(\w+)/g, "(?<$1>[^/]+)");
  const match = new RegExp(`^${form}$`).exec(path);
  if (match === null) return undefined;
  const groups = Object.entries(match.groups ?? {});
  return Object.fromEntries(groups.map(([key, value]) => [key, decodeURIComponent(value)]));
}

/**
 * Routes as a client calls them: input and answer validated as the server does it, and the answer
 * as JSON brings it. A handler's `Response` comes as it is.
 */
export function routesClient(routes: readonly AnyRoute[]): ApiClient {
  return {
    async request(method, target, body) {
      const { pathname, searchParams } = new URL(target, "http://localhost");
      for (const route of routes) {
        const params = paramsOf(route, pathname);
        if (route.method !== method.toLowerCase() || params === undefined) continue;
        const { options } = route;
        const json: unknown = body === undefined ? undefined : JSON.parse(JSON.stringify(body));
        const query = Object.fromEntries(searchParams);
        const call = {
          params,
          query: options.query ? await validate(options.query, query, "query") : query,
          body: options.body ? await validate(options.body, json, "body") : json,
          headers: new Headers(),
        };
        const result = await route.run(call as RouteCall<unknown, unknown, unknown>);
        if (result instanceof Response) return result;
        const isReply = (result as Reply | undefined)?.reply === true;
        const answer = isReply ? (result as Reply).body : result;
        if (answer === undefined) return undefined;
        if (options.answer === undefined) throw new Error(`${route.path} has no answer schema`);
        await validate(options.answer, answer, `answer of ${route.path}`);
        return JSON.parse(JSON.stringify(answer)) as unknown;
      }
      throw coreErrors.MOR_NOT_FOUND(`no route ${method} ${target}`);
    },
  };
}
