import { promisify } from "node:util";
import { gzip, zstdCompress } from "node:zlib";
import type { Clock } from "../../core/clock.ts";
import type { Compression } from "./destination.ts";
import type { Outcome } from "./protocol.ts";

const compressors: { readonly [C in Exclude<Compression, "none">]: Compress } = {
  gzip: promisify(gzip) as Compress,
  zstd: promisify(zstdCompress) as Compress,
};

type Compress = (body: Uint8Array) => Promise<Uint8Array<ArrayBuffer>>;

/** Bytes of an answer that are read; the rest is left (OTLP: clients bound responses to 4 MiB). */
const answerBytesMax = 4 * 1024 ** 2;

/** The longest wait that a server may ask for, milliseconds. */
export const retryAfterMsMax: number = 3600 * 1000;

/** One POST. */
export interface HttpRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array<ArrayBuffer>;
  readonly compression: Compression;
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly stop: AbortSignal;
}

/** What came back; status 0 and the reason where nothing did. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array;
  /** Why there is no answer. */
  readonly failure: string;
}

async function bodyOf(response: Response): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  if (response.body === null) return new Uint8Array(0);
  for await (const chunk of response.body as ReadableStream<Uint8Array>) {
    chunks.push(chunk);
    bytes += chunk.length;
    // Leaving the loop cancels the stream.
    if (bytes >= answerBytesMax) break;
  }
  return Buffer.concat(chunks).subarray(0, answerBytesMax);
}

function reasonOf(error: unknown, timedOut: boolean, timeoutMs: number): string {
  if (timedOut) return `no answer within ${timeoutMs} ms`;
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  const { code, message } = cause as { code?: unknown; message?: unknown };
  return typeof code === "string" ? code : String(message ?? cause);
}

/** Posts a body; never rejects. Redirects are not followed: they would carry the headers away. */
export async function postHttp(request: HttpRequest): Promise<HttpAnswer> {
  const { url, compression, timeoutMs, clock, stop } = request;
  const abort = new AbortController();
  const end = (): void => abort.abort();
  let timedOut = false;
  const cancel = clock.after(timeoutMs, () => {
    timedOut = true;
    end();
  });
  stop.addEventListener("abort", end, { once: true });
  if (stop.aborted) end();
  try {
    const isPlain = compression === "none";
    const body = isPlain ? request.body : await compressors[compression](request.body);
    const encoding = isPlain ? {} : { "content-encoding": compression };
    const response = await fetch(url, {
      method: "POST",
      headers: { "user-agent": "morning-export", ...request.headers, ...encoding },
      body,
      redirect: "manual",
      signal: abort.signal,
    });
    const { status, headers } = response;
    return { status, headers, body: await bodyOf(response), failure: "" };
  } catch (error) {
    const failure = reasonOf(error, timedOut, timeoutMs);
    return { status: 0, headers: new Headers(), body: new Uint8Array(0), failure };
  } finally {
    cancel();
    stop.removeEventListener("abort", end);
  }
}

/**
 * Milliseconds that `Retry-After` asks for (RFC 9110, 10.2.3: seconds or a date); undefined where
 * it is not there or not valid.
 */
export function retryAfterMs(value: string | null, nowMs: number): number | undefined {
  if (value === null) return undefined;
  const text = value.trim();
  const delayMs = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - nowMs;
  return Number.isNaN(delayMs) ? undefined : Math.min(Math.max(0, delayMs), retryAfterMsMax);
}

/**
 * Statuses after which OTLP lets a client try again (OTLP specification, "Retryable Response
 * Codes").
 */
const retryable: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** The outcome of an answer that is not a success, by the rules of OTLP over HTTP. */
export function failureOf(answer: HttpAnswer, clock: Clock, message: string): Outcome {
  const { status, headers, failure } = answer;
  if (status === 0) return { type: "retry", reason: failure };
  if (status === 413) return { type: "too-large" };
  const reason = `${status}${message === "" ? "" : `: ${message.slice(0, 500)}`}`;
  if (!retryable.has(status)) return { type: "refused", reason, status };
  const afterMs = retryAfterMs(headers.get("retry-after"), clock.now());
  return { type: "retry", reason, ...(afterMs === undefined ? {} : { afterMs }) };
}

/** The text of an answer, for a message. */
export function textOf(answer: HttpAnswer): string {
  return Buffer.from(answer.body).toString("utf8").slice(0, 2000).trim();
}
