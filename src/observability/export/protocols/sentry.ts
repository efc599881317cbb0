import { createHash } from "node:crypto";
import { parseStack } from "./sentry-stack.ts";
import type { ErrorRecord } from "../../signals/records.ts";
import { serviceOf } from "../../signals/records.ts";
import { textOf as valueText } from "../../signals/rows.ts";
import { failureOf, postHttp, retryAfterMs, textOf } from "../http.ts";
import type { HttpAnswer } from "../http.ts";
import { delivered } from "../protocol.ts";
import type { Encoded, Outcome, Protocol, ProtocolContext } from "../protocol.ts";
import { jsonValues, textValues, utf8 } from "../values.ts";

/** A DSN's parts. */
export interface Dsn {
  readonly key: string;
  readonly envelopeUrl: string;
}

/** Reads `https://KEY@HOST/PATH/PROJECT` (Sentry developer documentation, "DSN"). */
export function parseDsn(dsn: string): Dsn {
  const url = new URL(dsn);
  const parts = url.pathname.split("/");
  const project = parts.pop() ?? "";
  return {
    key: url.username,
    envelopeUrl: `${url.protocol}//${url.host}${parts.join("/")}/api/${project}/envelope/`,
  };
}

/** The same for the same error, so that a repetition is no second event. */
function eventId(error: ErrorRecord): string {
  const { timeNs, type, message, traceId, spanId, stack } = error;
  const parts = [timeNs, serviceOf(error.origin), type, message, traceId, spanId, stack];
  return createHash("sha256").update(parts.join("\u0000")).digest("hex").slice(0, 32);
}

function breadcrumbs(text: string): unknown[] {
  try {
    const parsed: unknown = JSON.parse(text === "" ? "[]" : text);
    return Array.isArray(parsed) ? parsed.slice(-100) : [];
  } catch {
    return [];
  }
}

/** Tags are short; Sentry cuts longer ones. */
const tagBytesMax = 200;

function tagsOf(error: ErrorRecord): Record<string, string> {
  const short = Object.entries(textValues(error.attributes)).filter(
    ([, value]) => value.length <= tagBytesMax && value !== "",
  );
  return { ...Object.fromEntries(short.slice(0, 50)), service: serviceOf(error.origin) };
}

/** One error as a Sentry event payload. */
export function sentryEvent(error: ErrorRecord): object {
  const { resource } = error.origin;
  const environment = resource["deployment.environment.name"];
  const frames = parseStack(error.stack);
  const trace = { trace_id: error.traceId, span_id: error.spanId };
  return {
    event_id: eventId(error),
    timestamp: Number(error.timeNs / 1000n) / 1_000_000,
    platform: resource["telemetry.sdk.language"] === "nodejs" ? "node" : "other",
    level: error.handled ? "error" : "fatal",
    ...(error.release === "" ? {} : { release: error.release }),
    ...(environment === undefined ? {} : { environment: valueText(environment)[0] }),
    ...(error.user === "" ? {} : { user: { id: error.user } }),
    ...(error.fingerprint === "" ? {} : { fingerprint: [error.fingerprint] }),
    exception: {
      values: [
        {
          type: error.type,
          value: error.message,
          mechanism: { type: "generic", handled: error.handled },
          ...(frames.length === 0 ? {} : { stacktrace: { frames } }),
        },
      ],
    },
    ...(error.traceId === "" ? {} : { contexts: { trace } }),
    breadcrumbs: { values: breadcrumbs(error.breadcrumbs) },
    tags: tagsOf(error),
    extra: jsonValues(error.attributes),
  };
}

/** One envelope of one event: Sentry takes one a request. */
function envelope(error: ErrorRecord): string {
  const payload = JSON.stringify(sentryEvent(error));
  const header = JSON.stringify({ event_id: eventId(error) });
  const item = JSON.stringify({ type: "event", length: Buffer.byteLength(payload) });
  return `${header}\n${item}\n${payload}\n`;
}

/** Sentry asks for a rest by `X-Sentry-Rate-Limits: SECONDS:CATEGORIES:SCOPE, …` too. */
function rateLimitMs(answer: HttpAnswer): number | undefined {
  const limits = answer.headers.get("x-sentry-rate-limits")?.split(",") ?? [];
  const waits = limits
    .map((limit) => limit.trim().split(":"))
    .filter(([, categories = ""]) => /^$|error|default/.test(categories))
    .map(([seconds]) => Number(seconds) * 1000)
    .filter((ms) => Number.isFinite(ms));
  return waits.length === 0 ? undefined : Math.max(...waits);
}

/** The separator between the envelopes of one body; JSON holds no such byte. */
const separator = "\u0000";

/** Sentry envelopes (https://develop.sentry.dev/sdk/data-model/envelopes). */
export function sentry({ destination, clock }: ProtocolContext): Protocol {
  const { key, envelopeUrl: url } = parseDsn(destination.url);
  const { compression, timeoutMs } = destination;
  const headers = {
    ...destination.headers,
    "content-type": "application/x-sentry-envelope",
    "x-sentry-auth": `Sentry sentry_version=7, sentry_client=morning/1, sentry_key=${key}`,
  };
  const sendOne = async (body: Uint8Array<ArrayBuffer>, stop: AbortSignal): Promise<Outcome> => {
    const answer = await postHttp({ url, headers, body, compression, timeoutMs, clock, stop });
    if (answer.status >= 200 && answer.status < 300) return delivered;
    const failure = failureOf(answer, clock, textOf(answer));
    if (failure.type !== "retry") return failure;
    const asked = answer.headers.get("retry-after");
    const afterMs = retryAfterMs(asked, clock.now()) ?? rateLimitMs(answer);
    return { ...failure, ...(afterMs === undefined ? {} : { afterMs }) };
  };
  return {
    encode: (_signal, records): Encoded => ({
      body: utf8((records as readonly ErrorRecord[]).map(envelope).join(separator)),
      count: records.length,
      unsupported: 0,
    }),
    async send(_signal, { body }, stop) {
      const envelopes = Buffer.from(body).toString("utf8").split(separator);
      let rejected = 0;
      let message = "";
      for (const [index, one] of envelopes.entries()) {
        const outcome = await sendOne(utf8(one), stop);
        if (outcome.type === "retry") {
          const only = envelopes.map((_, at) => at).slice(index);
          return { ...outcome, only, rejected };
        }
        if (outcome.type === "refused" || outcome.type === "too-large") {
          rejected++;
          message = outcome.type === "refused" ? outcome.reason : "413";
          // A key that is not taken refuses all: no use in sending the rest.
          if (outcome.type === "refused" && /^40[13]/.test(message)) return outcome;
        }
      }
      return { type: "delivered", rejected, message };
    },
    close: () => Promise.resolve(),
  };
}
