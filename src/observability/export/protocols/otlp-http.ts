import type { Signal } from "../../signals/records.ts";
import { failureOf, postHttp, textOf } from "../http.ts";
import type { HttpAnswer } from "../http.ts";
import { delivered } from "../protocol.ts";
import type { Outcome, Protocol, ProtocolContext } from "../protocol.ts";
import { protoFields, textField } from "../wire.ts";
import { encodeOtlp, otlpService, partialSuccess } from "./otlp.ts";

const paths = { trace: "/v1/traces", logs: "/v1/logs", metrics: "/v1/metrics" } as const;

/** Some back ends answer in JSON whatever was sent. */
function jsonPartial(body: Uint8Array, sent: number): Outcome {
  try {
    const parsed = JSON.parse(Buffer.from(body).toString("utf8")) as Record<string, unknown>;
    const partial = (parsed["partialSuccess"] ?? {}) as Record<string, unknown>;
    const rejected = Number(
      partial["rejectedSpans"] ??
        partial["rejectedLogRecords"] ??
        partial["rejectedDataPoints"] ??
        0,
    );
    const known = Number.isFinite(rejected) ? Math.min(Math.max(0, rejected), sent) : 0;
    const text = partial["errorMessage"];
    return { type: "delivered", rejected: known, message: typeof text === "string" ? text : "" };
  } catch {
    return delivered;
  }
}

const isJson = (answer: HttpAnswer): boolean =>
  /^application\/json\b/i.test(answer.headers.get("content-type") ?? "");

/** The message of a `google.rpc.Status`, or the text that came instead. */
function messageOf(answer: HttpAnswer): string {
  const type = answer.headers.get("content-type") ?? "";
  if (!/^application\/x-protobuf\b/i.test(type)) return textOf(answer);
  try {
    return textField(protoFields(answer.body), 2);
  } catch {
    return "";
  }
}

/** OTLP over HTTP, protobuf (opentelemetry-proto, docs/specification.md, "OTLP/HTTP"). */
export function otlpHttp({ destination, clock }: ProtocolContext): Protocol {
  const base = destination.url.replace(/\/+$/, "");
  const urlOf = (signal: Signal): string => {
    const own = destination.urls[signal === "errors" ? "logs" : signal];
    return own ?? base + paths[otlpService[signal]];
  };
  const { compression, timeoutMs } = destination;
  const headers = { ...destination.headers, "content-type": "application/x-protobuf" };
  return {
    encode: encodeOtlp,
    async send(signal, { body, count }, stop) {
      const url = urlOf(signal);
      const answer = await postHttp({ url, headers, body, compression, timeoutMs, clock, stop });
      if (answer.status >= 200 && answer.status < 300) {
        return isJson(answer)
          ? jsonPartial(answer.body, count)
          : partialSuccess(answer.body, count);
      }
      return failureOf(answer, clock, messageOf(answer));
    },
    close: () => Promise.resolve(),
  };
}
