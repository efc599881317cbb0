import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { Clock } from "../../core/clock.ts";
import { coreErrors, MorningError } from "../../core/errors.ts";
import type { Json } from "../../core/json.ts";
import { engineErrors } from "../errors.ts";
import { openSearchErrors } from "./errors.ts";

/** Where a cluster is, and how requests to it are made. */
export interface OpenSearchSettings {
  /** Base address, without credentials. */
  readonly url: string;
  /** Headers of every request: `authorization`. */
  readonly headers: Readonly<Record<string, string>>;
  readonly clock: Clock;
  /** Time that one request may take, milliseconds. */
  readonly timeoutMs: number;
  /** Bytes of an answer at most. */
  readonly answerBytesMax: number;
  /** Whether bodies above 1 KiB are sent as gzip. */
  readonly compress: boolean;
}

/** The methods that the client uses. */
export type OpenSearchMethod = "GET" | "POST" | "PUT" | "DELETE" | "HEAD";

/** One request. */
export interface OpenSearchRequest {
  readonly method: OpenSearchMethod;
  /** Begins with `/`; its parts are encoded by the caller (`encodeURIComponent`). */
  readonly path: string;
  /** JSON, or NDJSON as text. */
  readonly body?: Json | { readonly ndjson: string };
  readonly signal?: AbortSignal;
  /** Statuses that are an answer and no error, besides 2xx: 404 where absence is one. */
  readonly accept?: readonly number[];
}

/** An answer: its status, and its body read as JSON (undefined where there is none). */
export interface OpenSearchAnswer {
  readonly status: number;
  readonly body: Json | undefined;
}

const compress = promisify(gzip);
const compressAboveBytes = 1024;

function contentOf(body: OpenSearchRequest["body"]): readonly [type: string, text: string] {
  const ndjson = (body as { readonly ndjson?: unknown } | null | undefined)?.ndjson;
  if (typeof ndjson === "string") return ["application/x-ndjson", ndjson];
  return ["application/json", JSON.stringify(body)];
}

async function bytesOf(response: Response, subject: string, bytesMax: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  if (response.body === null) return Buffer.alloc(0);
  for await (const chunk of response.body as ReadableStream<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > bytesMax) {
      throw engineErrors.MOR_READ_TOO_LARGE(`${subject}: the answer is over ${bytesMax} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function parse(subject: string, status: number, text: string): Json | undefined {
  if (text === "") return undefined;
  try {
    return JSON.parse(text) as Json;
  } catch (cause) {
    // A proxy's page for an error is quoted; a success that is no JSON is no OpenSearch.
    if (status >= 300) return text.slice(0, 2000);
    throw openSearchErrors.MOR_OPENSEARCH_PROTOCOL(`${subject}: the answer is no JSON`, { cause });
  }
}

interface ErrorBody {
  readonly error?:
    | string
    | {
        readonly type?: string;
        readonly reason?: string;
        readonly root_cause?: readonly { readonly reason?: string }[];
      };
}

/** What an error answer says: OpenSearch's `error.reason` with its root cause. */
export function reasonOf(body: Json | undefined): string {
  if (typeof body === "string") return body;
  const error = (body as ErrorBody | null | undefined)?.error;
  if (typeof error !== "object") return error ?? "";
  const { type = "", reason = "", root_cause: roots = [] } = error;
  const deeper = roots[0]?.reason ?? reason;
  return `${type}: ${reason}${deeper === reason ? "" : ` (${deeper})`}`.slice(0, 2000);
}

/** Seconds of `Retry-After`; dates are not used by OpenSearch or by the proxies before it. */
function retryAfterMs(headers: Headers): number | undefined {
  const seconds = Number(headers.get("retry-after") ?? Number.NaN);
  return Number.isFinite(seconds) ? seconds * 1000 : undefined;
}

function errorOf(subject: string, response: Response, body: Json | undefined): MorningError {
  const { status, headers } = response;
  const message = `${subject}: ${status} ${reasonOf(body)}`;
  const details = { status, ...(body === undefined ? {} : { answer: body }) };
  if (status === 401 || status === 403) {
    return openSearchErrors.MOR_OPENSEARCH_DENIED(message, { details });
  }
  if (status === 429) {
    const wait = retryAfterMs(headers);
    const waiting = wait === undefined ? {} : { retryAfterMs: wait };
    return coreErrors.MOR_OVERLOADED(message, { details: { ...details, ...waiting } });
  }
  if (status === 404) return coreErrors.MOR_NOT_FOUND(message, { details });
  if (status === 409) return coreErrors.MOR_CONFLICT(message, { details });
  if (status === 502 || status === 503 || status === 504) {
    return coreErrors.MOR_ENGINE_UNAVAILABLE(message, { details });
  }
  return openSearchErrors.MOR_OPENSEARCH_REFUSED(message, { details });
}

interface Attempt {
  readonly subject: string;
  readonly settings: OpenSearchSettings;
  readonly request: OpenSearchRequest;
  readonly signal: AbortSignal;
}

async function exchange({
  subject,
  settings,
  request,
  signal,
}: Attempt): Promise<OpenSearchAnswer> {
  const { method, path, body, accept = [] } = request;
  const headers: Record<string, string> = { accept: "application/json", ...settings.headers };
  let content: string | Uint8Array<ArrayBuffer> | undefined;
  if (body !== undefined) {
    const [type, text] = contentOf(body);
    headers["content-type"] = type;
    content = text;
    if (settings.compress && text.length > compressAboveBytes) {
      headers["content-encoding"] = "gzip";
      content = (await compress(text)) as Uint8Array<ArrayBuffer>;
    }
  }
  const response = await fetch(settings.url.replace(/\/+$/, "") + path, {
    method,
    headers,
    signal,
    redirect: "manual",
    ...(content === undefined ? {} : { body: content }),
  });
  const bytes = await bytesOf(response, subject, settings.answerBytesMax);
  const answer = parse(subject, response.status, bytes.toString("utf8"));
  const isGood = response.ok || accept.includes(response.status);
  if (!isGood) throw errorOf(subject, response, answer);
  return { status: response.status, body: answer };
}

/** What `fetch` threw, as one of ours. */
function failureOf(attempt: Attempt, cause: unknown, timedOut: boolean): MorningError {
  if (MorningError.is(cause)) return cause;
  const { subject, settings, request } = attempt;
  if (timedOut) {
    return coreErrors.MOR_TIMEOUT(`${subject}: no answer in ${settings.timeoutMs} ms`, { cause });
  }
  if (request.signal?.aborted === true) {
    return coreErrors.MOR_CANCELLED(`${subject}: the caller gave up`, { cause });
  }
  const inner = cause instanceof Error ? (cause.cause ?? cause) : cause;
  const { code, message } = inner as { readonly code?: unknown; readonly message?: unknown };
  const why = typeof code === "string" ? code : String(message ?? inner);
  return coreErrors.MOR_ENGINE_UNAVAILABLE(`${subject}: ${why}`, { cause });
}

/** Makes one request within its time and size, and names what fails. */
export async function requestOpenSearch(
  settings: OpenSearchSettings,
  request: OpenSearchRequest,
): Promise<OpenSearchAnswer> {
  const subject = `opensearch ${request.method} ${request.path.replace(/\?.*/s, "")}`;
  const abort = new AbortController();
  const end = (): void => abort.abort();
  let timedOut = false;
  const cancel = settings.clock.after(settings.timeoutMs, () => {
    timedOut = true;
    end();
  });
  request.signal?.addEventListener("abort", end, { once: true });
  if (request.signal?.aborted === true) end();
  const attempt: Attempt = { subject, settings, request, signal: abort.signal };
  try {
    return await exchange(attempt);
  } catch (cause) {
    throw failureOf(attempt, cause, timedOut);
  } finally {
    cancel();
    request.signal?.removeEventListener("abort", end);
  }
}
