import { errorCatalogue } from "../../core/errors.ts";
import type { ErrorCatalogue, ErrorSpec } from "../../core/errors.ts";

/** Errors of taking telemetry in, whatever the protocol. */
export const ingestErrors: ErrorCatalogue<{
  readonly MOR_INGEST_MALFORMED: ErrorSpec;
  readonly MOR_INGEST_TOO_LARGE: ErrorSpec;
  readonly MOR_INGEST_MEDIA_TYPE: ErrorSpec;
  readonly MOR_INGEST_UNAUTHENTICATED: ErrorSpec;
  readonly MOR_INGEST_FORBIDDEN: ErrorSpec;
  readonly MOR_INGEST_METHOD: ErrorSpec;
  readonly MOR_INGEST_BUSY: ErrorSpec;
  readonly MOR_INGEST_UNAVAILABLE: ErrorSpec;
}> = errorCatalogue({
  MOR_INGEST_MALFORMED: {
    status: 400,
    title: "The telemetry cannot be read in the encoding that it claims.",
    fix: "Correct the sender at the field that the message names; do not send the same again.",
  },
  MOR_INGEST_TOO_LARGE: {
    status: 413,
    title: "A telemetry request is larger than the limit.",
    fix: "Send smaller batches, or raise the limit of the ingest.",
  },
  MOR_INGEST_MEDIA_TYPE: {
    status: 415,
    title: "The content type or content encoding of the telemetry is not known here.",
    fix: "Send application/x-protobuf or application/json, plain or with gzip or zstd.",
  },
  MOR_INGEST_UNAUTHENTICATED: {
    status: 401,
    title: "The sender of telemetry does not say who it is, or says it wrongly.",
    fix: "Send an API key with the scope `ingest` as `Authorization: Bearer KEY`.",
  },
  MOR_INGEST_FORBIDDEN: {
    status: 403,
    title: "The sender of telemetry may not send it.",
    fix: "Give the key the scope `ingest`; list a browser's origin in the ingest's configuration.",
  },
  MOR_INGEST_METHOD: {
    status: 405,
    title: "Telemetry is sent by POST.",
    fix: "Send by the method that the answer's `Allow` names.",
  },
  MOR_INGEST_BUSY: {
    status: 429,
    title: "The ingest's buffer has no room for more of this client.",
    fix: "Send again after the time that the answer names; send less, or raise the budget.",
  },
  MOR_INGEST_UNAVAILABLE: {
    status: 503,
    title: "The telemetry store does not take records at the moment.",
    fix: "Send again after the time that the answer names; the log says why the store refuses.",
  },
});
