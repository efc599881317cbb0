import { MorningError } from "../../../core/errors.ts";
import type { Signal } from "../../signals/records.ts";
import { ingestErrors } from "../errors.ts";
import type { Sheet } from "../sheet.ts";
import type { Taken } from "../taken.ts";
import { Context, otlpLimits } from "./context.ts";
import type { Fingerprint, OtlpLimits, RecordReader } from "./context.ts";
import { LogReader } from "./logs.ts";
import { PointReader } from "./points.ts";
import { SpanReader } from "./spans.ts";
import { levels } from "./walk.ts";

/** The signals as OTLP's paths name them. */
export type OtlpSignal = "logs" | "traces" | "metrics";

/** The tables that the signals become rows of. */
export const otlpTables: Readonly<Record<OtlpSignal, Exclude<Signal, "errors">>> = {
  logs: "logs",
  traces: "spans",
  metrics: "points",
};

/** Reads OTLP export requests in protobuf. */
export interface OtlpDecoder {
  /**
   * Puts the records of an `ExportLogsServiceRequest` (or that of the other signals) on the sheet:
   * the caller marks it before, and rolls it back when this throws.
   * @param nowNs when the request came, for records that have no time of their own
   * @throws MOR_INGEST_MALFORMED for bytes that are no such message; `details` has `reason`,
   *   `field` and `offset`
   */
  decode(signal: OtlpSignal, bytes: Uint8Array, sheet: Sheet, nowNs: bigint): Taken;
}

/** What a decoder is made of. */
export interface OtlpDecoderOptions {
  readonly fingerprint: Fingerprint;
  readonly limits?: Partial<OtlpLimits>;
}

/**
 * Makes a decoder. It remembers resources and scopes by their bytes and keeps its buffers, so make
 * one and use it again; it is not re-entrant.
 */
export function otlpDecoder({ fingerprint, limits }: OtlpDecoderOptions): OtlpDecoder {
  const context = new Context({ ...otlpLimits, ...limits }, fingerprint);
  const readers: Readonly<Record<OtlpSignal, RecordReader>> = {
    logs: new LogReader(context),
    traces: new SpanReader(context),
    metrics: new PointReader(context),
  };
  return {
    decode(signal, bytes, sheet, nowNs) {
      context.begin(bytes, sheet, nowNs);
      const reader = readers[signal];
      try {
        context.walk.request(
          levels[signal],
          sheet,
          (origin) => reader.scope(sheet, origin),
          (end) => reader.record(end),
        );
      } catch (error) {
        const field = context.walk.where();
        context.release();
        if (!MorningError.is(error, "MOR_INGEST_MALFORMED")) throw error;
        throw ingestErrors.MOR_INGEST_MALFORMED(
          `${field === "" ? "" : `${field}: `}${error.message}`,
          { cause: error, details: { ...error.details, field } },
        );
      }
      return context.end(otlpTables[signal]);
    },
  };
}
