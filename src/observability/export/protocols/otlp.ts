import { errorAsLog, encodeLogs, encodePoints, encodeSpans } from "../otlp.ts";
import type {
  ErrorRecord,
  LogRecord,
  MetricPoint,
  Signal,
  SpanRecord,
} from "../../signals/records.ts";
import type { AnyRecord, Encoded, Outcome } from "../protocol.ts";
import { numberField, protoFields, textField } from "../wire.ts";

/** The OTLP service that takes a signal; errors travel as logs. */
export const otlpService: { readonly [S in Signal]: "trace" | "logs" | "metrics" } = {
  logs: "logs",
  errors: "logs",
  spans: "trace",
  points: "metrics",
};

/** Records of one signal as an OTLP request, protobuf. */
export function encodeOtlp(signal: Signal, records: readonly AnyRecord[]): Encoded {
  const count = records.length;
  const body = ((): Uint8Array<ArrayBuffer> => {
    if (signal === "spans") return encodeSpans(records as readonly SpanRecord[]);
    if (signal === "points") return encodePoints(records as readonly MetricPoint[]);
    if (signal === "errors") {
      return encodeLogs((records as readonly ErrorRecord[]).map((error) => errorAsLog(error)));
    }
    return encodeLogs(records as readonly LogRecord[]);
  })();
  return { body, count, unsupported: 0 };
}

/**
 * Reads `Export*ServiceResponse`: field 1 is the partial success, in it 1 the rejected records and
 * 2 the message. What cannot be read is a success without details: the status said so already.
 */
export function partialSuccess(body: Uint8Array, sent: number): Outcome {
  try {
    const partial = protoFields(body).findLast(({ field }) => field === 1)?.value;
    if (!(partial instanceof Uint8Array)) return { type: "delivered", rejected: 0, message: "" };
    const fields = protoFields(partial);
    const rejected = Math.min(numberField(fields, 1), sent);
    return { type: "delivered", rejected, message: textField(fields, 2) };
  } catch {
    return { type: "delivered", rejected: 0, message: "" };
  }
}
