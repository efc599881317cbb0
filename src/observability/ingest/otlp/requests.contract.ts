import { credentials, makeGenericClientConstructor, Metadata } from "@grpc/grpc-js";
import type { ServiceError } from "@grpc/grpc-js";
import { otlpMessages } from "./proto.contract.ts";

const root = otlpMessages();

/** Encodes a message by protobufjs. */
export function encode(type: string, value: object): Uint8Array {
  const found = root.lookupType(type);
  return found.encode(found.fromObject(value)).finish();
}

/** Decodes a message by protobufjs: integers of 64 bits as strings, bytes as they are. */
export function decode(type: string, bytes: Uint8Array): Record<string, unknown> {
  const found = root.lookupType(type);
  return found.toObject(found.decode(bytes), { longs: String });
}

/** What a `google.rpc.Status` says, from protobuf or JSON. */
export interface Status {
  readonly code: number;
  readonly message: string;
  /** By the last part of the type: `BadRequest`, `RetryInfo`. */
  readonly details: Readonly<Record<string, Record<string, unknown>>>;
}

/** Reads a status in protobuf. */
export function statusFrom(bytes: Uint8Array): Status {
  const {
    code,
    message,
    details = [],
  } = decode("RpcStatus", bytes) as {
    code: number;
    message: string;
    details?: { type_url: string; value: Uint8Array }[];
  };
  const named = details.map(({ type_url: type, value }) => {
    const name = type.replace("type.googleapis.com/google.rpc.", "");
    return [name, decode(name, value)] as const;
  });
  return { code, message, details: Object.fromEntries(named) };
}

/** A log record as protobuf and JSON have it. */
export const line = (body: string): object => ({
  time_unix_nano: "1767225600000000001",
  body: { string_value: body },
});

/** A request with these log records. */
export const logsRequest = (records: readonly object[]): Uint8Array =>
  encode("LogsRequest", { resource_logs: [{ scope_logs: [{ log_records: records }] }] });

/** A request with these spans. */
export const tracesRequest = (spans: readonly object[]): Uint8Array =>
  encode("TracesRequest", { resource_spans: [{ scope_spans: [{ spans }] }] });

/** A span with valid ids, unless `given` says otherwise. */
export const span = (given: object = {}): object => ({
  trace_id: Buffer.alloc(16, 7),
  span_id: Buffer.alloc(8, 7),
  name: "work",
  start_time_unix_nano: "1767225600000000000",
  end_time_unix_nano: "1767225600000000005",
  ...given,
});

/** What a gRPC call ended with. */
export interface Ended {
  readonly code: number;
  readonly message: string;
  readonly body: Uint8Array;
  readonly status: Status | undefined;
}

const paths: Readonly<Record<string, string>> = {
  logs: "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
  traces: "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
  metrics: "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
};

const same = (value: Buffer): Buffer => value;

/** Makes one gRPC call with the bytes of a message, through grpc-js. */
export function call(
  port: number,
  signal: string,
  body: Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const Client = makeGenericClientConstructor({}, "otlp");
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), {
    "grpc.max_send_message_length": -1,
    "grpc.enable_retries": 0,
  });
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
  return new Promise((resolve) => {
    const done = (error: ServiceError | null, answer?: Buffer): void => {
      client.close();
      const details = error?.metadata.get("grpc-status-details-bin")[0];
      resolve({
        code: error?.code ?? 0,
        message: error?.details ?? "",
        body: answer ?? new Uint8Array(0),
        status: details instanceof Uint8Array ? statusFrom(details) : undefined,
      });
    };
    client.makeUnaryRequest(paths[signal] ?? signal, same, same, Buffer.from(body), metadata, done);
  });
}
