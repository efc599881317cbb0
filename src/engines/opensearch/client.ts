import { systemClock } from "../../core/clock.ts";
import type { Clock } from "../../core/clock.ts";
import { coreErrors, MorningError } from "../../core/errors.ts";
import type { Host } from "../../core/host.ts";
import type { Json } from "../../core/json.ts";
import { bulkBody, bulkItems } from "./bulk.ts";
import type { BulkAction, BulkItem } from "./bulk.ts";
import { openSearchErrors } from "./errors.ts";
import { requestOpenSearch } from "./request.ts";
import type { OpenSearchAnswer, OpenSearchRequest, OpenSearchSettings } from "./request.ts";

/** Time that one request may take, milliseconds. */
const timeoutMsDefault = 30_000;
/** Bytes of an answer at most. */
const answerBytesMaxDefault: number = 64 * 1024 ** 2;

/** What a client is made from. */
export interface OpenSearchOptions {
  /** `https://host:9200`; credentials in it are used and then never shown. */
  readonly url: string;
  /** Basic authentication. */
  readonly username?: string;
  readonly password?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
  readonly answerBytesMax?: number;
  /** Sends bodies above 1 KiB as gzip; yes if left out. */
  readonly compress?: boolean;
  readonly clock?: Clock;
}

/** What the cluster says of itself. */
export interface OpenSearchVersion {
  readonly distribution: string;
  readonly number: string;
}

/**
 * A thin client of OpenSearch's REST API (https://docs.opensearch.org/docs/latest/api-reference).
 * Every call is bounded in time and in the size of its answer.
 *
 * It fails with MOR_ENGINE_UNAVAILABLE (nothing answers, 502 to 504), MOR_TIMEOUT, MOR_CANCELLED,
 * MOR_OVERLOADED (429; `retryAfterMs` in its details), MOR_NOT_FOUND, MOR_CONFLICT,
 * MOR_OPENSEARCH_DENIED, MOR_OPENSEARCH_REFUSED (`status` and `answer` in its details),
 * MOR_OPENSEARCH_PROTOCOL and MOR_READ_TOO_LARGE.
 */
export interface OpenSearch {
  /** Any request. Reads (GET, HEAD) that find no connection are made once more. */
  call(request: OpenSearchRequest): Promise<OpenSearchAnswer>;
  /** `POST /INDEX/_search`. */
  search(index: string, body: Json, signal?: AbortSignal): Promise<Json>;
  /**
   * One bulk request; one result an action, in order. It does not fail for what single items do.
   */
  bulk(actions: readonly BulkAction[], signal?: AbortSignal): Promise<readonly BulkItem[]>;
  /** Creates or replaces an index template. */
  putTemplate(name: string, template: Json): Promise<void>;
  /** Makes what was written visible to searches. */
  refresh(index: string): Promise<void>;
  /** Deletes indices; absent ones are no error. Wildcards are refused. */
  deleteIndex(index: string): Promise<void>;
  version(): Promise<OpenSearchVersion>;
}

function settingsOf(options: OpenSearchOptions): OpenSearchSettings {
  const url = new URL(options.url);
  const username = options.username ?? decodeURIComponent(url.username);
  const password = options.password ?? decodeURIComponent(url.password);
  url.username = "";
  url.password = "";
  const basic = Buffer.from(`${username}:${password}`, "utf8").toString("base64");
  const authorization = username === "" ? {} : { authorization: `Basic ${basic}` };
  return {
    url: url.href,
    headers: { ...authorization, ...options.headers },
    clock: options.clock ?? systemClock,
    timeoutMs: options.timeoutMs ?? timeoutMsDefault,
    answerBytesMax: options.answerBytesMax ?? answerBytesMaxDefault,
    compress: options.compress ?? true,
  };
}

function versionOf(body: Json | undefined, url: string): OpenSearchVersion {
  const { version } = (body ?? {}) as {
    readonly version?: { readonly distribution?: string; readonly number?: string };
  };
  if (version?.distribution !== "opensearch" || version.number === undefined) {
    throw openSearchErrors.MOR_OPENSEARCH_PROTOCOL(
      `opensearch ${new URL(url).host}: it calls itself ${version?.distribution ?? "nothing"}`,
    );
  }
  return { distribution: version.distribution, number: version.number };
}

/** Several indices, and patterns where they are allowed, stay apart; the rest is encoded. */
const indexPath = (index: string): string => index.split(",").map(encodeURIComponent).join(",");

/** Makes a client; it opens nothing until its first call. */
export function makeOpenSearch(options: OpenSearchOptions): OpenSearch {
  const settings = settingsOf(options);
  const call = async (request: OpenSearchRequest): Promise<OpenSearchAnswer> => {
    try {
      return await requestOpenSearch(settings, request);
    } catch (error) {
      // A kept connection that the server closed meanwhile: reading again does no harm.
      const isRead = request.method === "GET" || request.method === "HEAD";
      if (!isRead || !MorningError.is(error, "MOR_ENGINE_UNAVAILABLE")) throw error;
      return requestOpenSearch(settings, request);
    }
  };
  return {
    call,
    async search(index, body, signal) {
      const path = `/${indexPath(index)}/_search`;
      const aborting = signal === undefined ? {} : { signal };
      return (await call({ method: "POST", path, body, ...aborting })).body ?? null;
    },
    async bulk(actions, signal) {
      if (actions.length === 0) return [];
      const body = { ndjson: bulkBody(actions) };
      const aborting = signal === undefined ? {} : { signal };
      const answer = await call({ method: "POST", path: "/_bulk", body, ...aborting });
      return bulkItems(answer.body, actions.length);
    },
    async putTemplate(name, body) {
      await call({ method: "PUT", path: `/_index_template/${encodeURIComponent(name)}`, body });
    },
    async refresh(index) {
      await call({ method: "POST", path: `/${indexPath(index)}/_refresh` });
    },
    async deleteIndex(index) {
      if (/[*?]|^_all$|^$/.test(index)) {
        throw coreErrors.MOR_INVALID(
          `opensearch: ${JSON.stringify(index)} names more than it says`,
        );
      }
      const path = `/${indexPath(index)}?ignore_unavailable=true`;
      await call({ method: "DELETE", path, accept: [404] });
    },
    async version() {
      return versionOf((await call({ method: "GET", path: "/" })).body, settings.url);
    },
  };
}

const text = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" ? value : undefined;

/**
 * Opens the client of a driver, shared by the process. Options: `url`, `username`, `password`, or
 * MORNING_OPENSEARCH_URL, MORNING_OPENSEARCH_USERNAME, MORNING_OPENSEARCH_PASSWORD.
 * @throws MOR_CONFIG without an address; MOR_ENGINE_UNAVAILABLE, MOR_OPENSEARCH_PROTOCOL when no
 *   OpenSearch answers there
 */
export async function openOpenSearch(
  host: Host,
  options: Readonly<Record<string, unknown>>,
): Promise<OpenSearch> {
  const url = text(options["url"]) ?? process.env["MORNING_OPENSEARCH_URL"];
  if (url === undefined || !URL.canParse(url)) {
    throw coreErrors.MOR_CONFIG("opensearch: the driver needs url or MORNING_OPENSEARCH_URL");
  }
  const username = text(options["username"]) ?? process.env["MORNING_OPENSEARCH_USERNAME"];
  const password = text(options["password"]) ?? process.env["MORNING_OPENSEARCH_PASSWORD"];
  return host.engine(`opensearch ${url}`, async () => {
    const client = makeOpenSearch({
      url,
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password }),
    });
    await client.version();
    return { value: client, close: () => Promise.resolve() };
  });
}
