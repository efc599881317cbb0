import { MorningError } from "../../../../core/errors.ts";
import type { Signal } from "../../../signals/records.ts";
import { ingestErrors } from "../../errors.ts";
import type { Answer, Endpoint } from "../../http/endpoint.ts";
import type { Intake } from "../../intake.ts";
import { openBody } from "../body.ts";
import { listOf, numberOf, objectOf, parseJson, textOf, utf8Text } from "../json.ts";
import type { Loose } from "../json.ts";
import { jsonAnswer, postEndpoint } from "../post.ts";
import type { Tally } from "../tally.ts";
import { readEnvelope } from "./envelope.ts";
import type { EnvelopeItem } from "./envelope.ts";
import { takeEvent } from "./event.ts";
import type { Sender } from "./scope.ts";
import { takeSpans, takeTransaction } from "./spans.ts";
import { takeLogs, takeMetrics } from "./streams.ts";

/** What the endpoint is made of. */
export interface SentryOptions {
  readonly intake: Intake;
  /** Names of services by the project of the DSN: `{ "1": "storefront" }`. */
  readonly services?: Readonly<Record<string, string>>;
}

/** Bytes of one item of JSON. */
const itemBytesMax = 8 * 1024 * 1024;

const path = /^(?:\/compat\/sentry)?\/api\/(\w{1,64})\/(envelope|store)\/?$/;

type Take = (payload: Loose, header: Loose, sender: Sender, tally: Tally) => void;

const taking: Readonly<Record<string, readonly [Signal, Take]>> = {
  event: ["errors", takeEvent],
  transaction: ["spans", takeTransaction],
  span: ["spans", takeSpans],
  log: ["logs", takeLogs],
  trace_metric: ["points", takeMetrics],
};

/** Items that tell nothing that is kept; which signal they are counted under. */
const leftOut: Readonly<Record<string, Signal>> = {
  session: "errors",
  sessions: "errors",
  check_in: "logs",
  profile: "spans",
  profile_chunk: "spans",
  statsd: "points",
};

/** What the client itself threw away, as it reports it. */
function takeReport(payload: Loose, tally: Tally): void {
  for (const one of listOf(payload["discarded_events"]).slice(0, 100)) {
    const { reason, category, quantity } = objectOf(one) ?? {};
    const what = `${textOf(quantity, 20)} of ${textOf(category, 50)}: ${textOf(reason, 100)}`;
    const told = `the SDK discarded ${what}`;
    if ((numberOf(quantity) ?? 0) > 0) tally.note("errors", "discarded-by-client", told, one);
  }
}

function takeItem(item: EnvelopeItem, header: Loose, sender: Sender, tally: Tally): void {
  const { type, payload } = item;
  const known = Object.hasOwn(taking, type) ? taking[type] : undefined;
  if (known === undefined && type !== "client_report") {
    const signal = Object.hasOwn(leftOut, type) ? leftOut[type] : undefined;
    const told = `items of type ${type === "" ? "(none)" : type} are not kept`;
    tally.note(signal ?? "errors", "unsupported", told, item.header);
    return;
  }
  const signal = known?.[0] ?? "errors";
  if (payload.length > itemBytesMax) {
    const told = `an item of ${payload.length} bytes, ${itemBytesMax} are the most`;
    tally.reject(signal, "too-large", told, item.header);
    return;
  }
  try {
    const value = objectOf(parseJson(utf8Text(payload), `the item ${type}`));
    if (value === undefined) throw ingestErrors.MOR_INGEST_MALFORMED(`${type} is no object`);
    if (known === undefined) takeReport(value, tally);
    else known[1](value, header, sender, tally);
  } catch (error) {
    // One item that cannot be read says nothing of the others.
    if (!MorningError.is(error, "MOR_INGEST_MALFORMED")) throw error;
    const sample = Buffer.from(payload.subarray(0, 2_000)).toString("utf8");
    tally.reject(signal, "malformed", error.message, sample);
  }
}

function answerOf(eventId: string): Answer {
  return jsonAnswer(200, eventId === "" ? {} : { id: eventId });
}

/**
 * Sentry's envelopes and its older `store`: errors, transactions, streamed spans, logs, metrics.
 * The DSN is `http://KEY@HOST:4318/compat/sentry/PROJECT`.
 * Source: https://develop.sentry.dev/sdk/data-model/envelopes
 */
export function sentryEndpoint({ intake, services = {} }: SentryOptions): Endpoint {
  const ids = new WeakMap<object, string>();
  return postEndpoint(intake, {
    source: "sentry",
    signal: "errors",
    owns: (given) => path.test(given),
    open: openBody,
    decode(body, request, tally) {
      const [, project = "", kind] = path.exec(request.path) ?? [];
      const sender = { project, services };
      const sole = (payload: Uint8Array): EnvelopeItem => ({ type: "event", header: {}, payload });
      const { header, items } =
        kind === "store" ? { header: {}, items: [sole(body)] } : readEnvelope(body);
      ids.set(request, textOf(header["event_id"], 64));
      for (const item of items) takeItem(item, header, sender, tally);
    },
    answer: (_taken, request) => answerOf(ids.get(request) ?? ""),
    refuse(error) {
      const { retryAfterMs } = error.details;
      const answer = jsonAnswer(error.status, { detail: error.message });
      if (typeof retryAfterMs !== "number") return answer;
      // An empty list of categories means all of them.
      const limits = `${Math.max(1, Math.ceil(retryAfterMs / 1_000))}::organization`;
      return { ...answer, headers: { ...answer.headers, "x-sentry-rate-limits": limits } };
    },
  });
}
