import type { MorningError } from "../../../core/errors.ts";

/** gRPC status codes by name (google/rpc/code.proto). */
export const rpcCodes = {
  ok: 0,
  invalidArgument: 3,
  notFound: 5,
  permissionDenied: 7,
  resourceExhausted: 8,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  unauthenticated: 16,
} as const;

/** A `google.rpc.Status`, with the two kinds of details that OTLP names. */
export interface RpcStatus {
  readonly code: number;
  readonly message: string;
  /** `google.rpc.BadRequest`: what is wrong where. */
  readonly violations: readonly { readonly field: string; readonly description: string }[];
  /** `google.rpc.RetryInfo`: when to send again; absent where that is no use. */
  readonly retryAfterMs?: number;
}

const byHttp: Readonly<Record<number, number>> = {
  400: rpcCodes.invalidArgument,
  401: rpcCodes.unauthenticated,
  403: rpcCodes.permissionDenied,
  404: rpcCodes.notFound,
  405: rpcCodes.unimplemented,
  413: rpcCodes.resourceExhausted,
  415: rpcCodes.invalidArgument,
  429: rpcCodes.resourceExhausted,
  503: rpcCodes.unavailable,
};

/** The status that tells of an error. */
export function statusOf(error: MorningError): RpcStatus {
  const { retryAfterMs, field } = error.details;
  const wrong = error.status === 400;
  return {
    code: byHttp[error.status] ?? rpcCodes.internal,
    message: error.message,
    violations: wrong
      ? [{ field: typeof field === "string" ? field : "", description: error.message }]
      : [],
    ...(typeof retryAfterMs === "number" ? { retryAfterMs } : {}),
  };
}

const encoder = new TextEncoder();

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  bytes.push(rest);
  return bytes;
}

/** A field of a number; nothing where it is 0, as proto3 has it. */
const numberField = (field: number, value: number): Uint8Array =>
  Uint8Array.from(value === 0 ? [] : [field << 3, ...varint(value)]);

/** A field of bytes or of a message. */
function bytesField(field: number, value: Uint8Array): Uint8Array {
  return Buffer.concat([Uint8Array.from([(field << 3) | 2, ...varint(value.length)]), value]);
}

const textField = (field: number, value: string): Uint8Array =>
  value === "" ? new Uint8Array(0) : bytesField(field, encoder.encode(value));

const types = "type.googleapis.com/google.rpc.";

const any = (type: string, value: Uint8Array): Uint8Array =>
  bytesField(3, Buffer.concat([textField(1, types + type), bytesField(2, value)]));

/** A status in protobuf. */
export function statusBytes({ code, message, violations, retryAfterMs }: RpcStatus): Uint8Array {
  const parts = [numberField(1, code), textField(2, message)];
  if (violations.length > 0) {
    const listed = violations.map(({ field, description }) =>
      bytesField(1, Buffer.concat([textField(1, field), textField(2, description)])),
    );
    parts.push(any("BadRequest", Buffer.concat(listed)));
  }
  if (retryAfterMs !== undefined) {
    const seconds = numberField(1, Math.floor(retryAfterMs / 1_000));
    const nanos = numberField(2, Math.round(retryAfterMs % 1_000) * 1_000_000);
    parts.push(any("RetryInfo", bytesField(1, Buffer.concat([seconds, nanos]))));
  }
  return Buffer.concat(parts);
}

/** A status in protobuf's JSON. */
export function statusJson({ code, message, violations, retryAfterMs }: RpcStatus): string {
  const details: object[] = [];
  if (violations.length > 0) {
    details.push({ "@type": `${types}BadRequest`, fieldViolations: violations });
  }
  if (retryAfterMs !== undefined) {
    details.push({ "@type": `${types}RetryInfo`, retryDelay: `${retryAfterMs / 1_000}s` });
  }
  return JSON.stringify({ code, message, ...(details.length > 0 ? { details } : {}) });
}

/** What an export is answered: absent fields mean that all was taken. */
export interface ExportAnswer {
  /** `rejectedLogRecords`, `rejectedSpans` or `rejectedDataPoints`. */
  readonly rejectedName: string;
  readonly rejected: number;
  /** Empty when there is nothing to tell; with 0 rejected it is a warning. */
  readonly message: string;
}

/** The answer in protobuf: no bytes when all was taken. */
export function answerBytes({ rejected, message }: ExportAnswer): Uint8Array {
  if (rejected === 0 && message === "") return new Uint8Array(0);
  return bytesField(1, Buffer.concat([numberField(1, rejected), textField(2, message)]));
}

/** The answer in protobuf's JSON, where a 64-bit integer is a string. */
export function answerJson({ rejectedName, rejected, message }: ExportAnswer): string {
  if (rejected === 0 && message === "") return "{}";
  const partialSuccess = {
    ...(rejected === 0 ? {} : { [rejectedName]: String(rejected) }),
    errorMessage: message,
  };
  return JSON.stringify({ partialSuccess });
}
