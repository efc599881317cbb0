import type { ApiClient } from "../core/command.ts";
import { coreErrors, MorningError } from "../core/errors.ts";
import { ports } from "../core/ports.ts";
import type { Problem } from "../server/problem.ts";

/** Where commands find the platform, unless `--url` or MORNING_URL says otherwise. */
export const defaultUrl: string = `http://localhost:${ports.http}`;

const timeoutMs = 60_000;

/** The platform's API over HTTP; the key comes from MORNING_API_KEY. */
export function apiClient(url: string, key: string | undefined): ApiClient {
  return {
    async request(method, path, body) {
      const headers: Record<string, string> = { accept: "application/json" };
      if (key !== undefined) headers["authorization"] = `Bearer ${key}`;
      if (body !== undefined) headers["content-type"] = "application/json";
      let response: Response;
      try {
        response = await fetch(new URL(`/api/v1${path}`, url), {
          method,
          headers,
          body: body === undefined ? null : JSON.stringify(body),
          signal: AbortSignal.timeout(timeoutMs),
        });
      } catch (cause) {
        throw coreErrors.MOR_ENGINE_UNAVAILABLE(`no platform answers at ${url}`, {
          cause,
          fix: "Start it with morning start, or name another with --url.",
        });
      }
      const text = await response.text();
      if (response.ok) return text === "" ? undefined : (JSON.parse(text) as unknown);
      throw failureOf(text, response.status);
    },
  };
}

function failureOf(text: string, status: number): MorningError {
  try {
    const problem = JSON.parse(text) as Problem;
    if (problem.code !== undefined) {
      return new MorningError(problem.code, problem, problem.detail, {
        details: problem.details ?? {},
      });
    }
  } catch {
    // Not a problem document: a proxy answered.
  }
  return coreErrors.MOR_INTERNAL(`the platform answered ${status}: ${text.slice(0, 200)}`);
}
