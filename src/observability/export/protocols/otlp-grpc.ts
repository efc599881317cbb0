import type * as Grpc from "@grpc/grpc-js";
import { retryAfterMsMax } from "../http.ts";
import type { Outcome, Protocol, ProtocolContext } from "../protocol.ts";
import { numberField, protoFields } from "../wire.ts";
import { encodeOtlp, otlpService, partialSuccess } from "./otlp.ts";

const services = {
  trace: "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
  logs: "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
  metrics: "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
} as const;

/**
 * Codes after which OTLP lets a client try again: CANCELLED, DEADLINE_EXCEEDED, ABORTED,
 * OUT_OF_RANGE, UNAVAILABLE, DATA_LOSS (OTLP specification, "Failures").
 */
const retryable: ReadonlySet<number> = new Set([1, 4, 10, 11, 14, 15]);
const resourceExhausted = 8;

const retryInfoType = "type.googleapis.com/google.rpc.RetryInfo";

/**
 * The delay of a `RetryInfo` within `google.rpc.Status` (trailer `grpc-status-details-bin`),
 * milliseconds; undefined where there is none.
 */
export function retryInfoMs(details: Uint8Array | undefined): number | undefined {
  if (details === undefined) return undefined;
  try {
    for (const { field, value } of protoFields(details)) {
      if (field !== 3 || !(value instanceof Uint8Array)) continue;
      const any = protoFields(value);
      const type = any.find((one) => one.field === 1)?.value;
      if (!(type instanceof Uint8Array)) continue;
      if (Buffer.from(type).toString("latin1") !== retryInfoType) continue;
      const info = any.find((one) => one.field === 2)?.value;
      const fields = info instanceof Uint8Array ? protoFields(info) : [];
      const delay = fields.find((one) => one.field === 1)?.value;
      const duration = delay instanceof Uint8Array ? protoFields(delay) : [];
      const delayMs = numberField(duration, 1) * 1000 + numberField(duration, 2) / 1_000_000;
      return Math.min(delayMs, retryAfterMsMax);
    }
  } catch {
    // Details that cannot be read are none.
  }
  return undefined;
}

/** The outcome of a call that failed, by the rules of OTLP over gRPC. */
export function outcomeOfStatus(
  code: number,
  message: string,
  details: Uint8Array | undefined,
): Outcome {
  const afterMs = retryInfoMs(details);
  const reason = `grpc ${code}: ${message.slice(0, 500)}`;
  const canRetry = code === resourceExhausted ? afterMs !== undefined : retryable.has(code);
  if (!canRetry) return { type: "refused", reason, status: code };
  return { type: "retry", reason, ...(afterMs === undefined ? {} : { afterMs }) };
}

type Call = (path: string, body: Buffer, deadlineMs: number, stop: AbortSignal) => Promise<Outcome>;

function caller(client: Grpc.Client, metadata: Grpc.Metadata, sent: () => number): Call {
  const same = (value: Buffer): Buffer => value;
  return (path, body, deadlineMs, stop) =>
    new Promise((resolve) => {
      const count = sent();
      const end = (): void => call.cancel();
      const call = client.makeUnaryRequest(
        path,
        same,
        same,
        body,
        metadata,
        { deadline: deadlineMs },
        (error, answer) => {
          stop.removeEventListener("abort", end);
          if (error === null) return resolve(partialSuccess(answer ?? new Uint8Array(0), count));
          const [details] = error.metadata?.get("grpc-status-details-bin") ?? [];
          const bytes = typeof details === "string" ? undefined : details;
          resolve(outcomeOfStatus(error.code, error.details, bytes));
        },
      );
      stop.addEventListener("abort", end, { once: true });
      if (stop.aborted) end();
    });
}

/** OTLP over gRPC (opentelemetry-proto, docs/specification.md, "OTLP/gRPC"). */
export async function otlpGrpc({ destination }: ProtocolContext): Promise<Protocol> {
  const grpc = await import("@grpc/grpc-js");
  const url = new URL(destination.url);
  const isTls = url.protocol === "https:";
  const credentials = isTls ? grpc.credentials.createSsl() : grpc.credentials.createInsecure();
  const target = `${url.hostname}:${url.port === "" ? "4317" : url.port}`;
  const { identity, gzip } = grpc.compressionAlgorithms;
  const client = new grpc.Client(target, credentials, {
    "grpc.default_compression_algorithm": destination.compression === "gzip" ? gzip : identity,
    "grpc.max_receive_message_length": 4 * 1024 ** 2,
    // Tries of its own would not be counted and would not know the rules of OTLP.
    "grpc.enable_retries": 0,
    "grpc.keepalive_time_ms": 30_000,
  });
  const metadata = new grpc.Metadata();
  for (const [name, value] of Object.entries(destination.headers)) metadata.set(name, value);
  let count = 0;
  const call = caller(client, metadata, () => count);
  return {
    encode: encodeOtlp,
    send(signal, encoded, stop) {
      count = encoded.count;
      const { buffer, byteOffset, byteLength } = encoded.body;
      const body = Buffer.from(buffer, byteOffset, byteLength);
      // gRPC keeps its deadline by the machine's own clock.
      const deadlineMs = Date.now() + destination.timeoutMs;
      return call(services[otlpService[signal]], body, deadlineMs, stop);
    },
    close() {
      client.close();
      return Promise.resolve();
    },
  };
}
