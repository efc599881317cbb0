import { isUtf8 } from "node:buffer";
import { ingestErrors } from "../errors.ts";
import { jsonMessages } from "./json-fields.ts";
import type { FieldType, JsonField, JsonMessage } from "./json-fields.ts";
import { putScalar, refused } from "./json-scalars.ts";
import type { Refused } from "./json-scalars.ts";
import type { OtlpSignal } from "./wire.ts";
import { WireWriter } from "./writer.ts";

/**
 * How deep messages may nest: a value may nest 32 times (three messages each), below the request's
 * own levels.
 */
const messageDepthMax = 128;

/** Objects, lists and their elements in one request: each takes 64 bytes and more of memory. */
const valuesMax = 4_000_000;

/** Only a body this large is looked through before it is parsed. */
const countedFrom = 4 * 1024 * 1024;

const requests: Readonly<Record<OtlpSignal, string>> = {
  logs: "LogsRequest",
  traces: "TracesRequest",
  metrics: "MetricsRequest",
};

/** Thrown where a number is too large to have been parsed exactly: then all is parsed again. */
const inexact = Symbol("inexact");

function malformed(field: string, reason: string, text: string): Error {
  return ingestErrors.MOR_INGEST_MALFORMED(`${field === "" ? "" : `${field}: `}${text}`, {
    details: { reason, field },
  });
}

/** Writes messages; knows where it is, for the words of an error. */
class Transcoder {
  readonly writer: WireWriter;
  private readonly path: (string | number)[] = [];
  private readonly exact: boolean;

  constructor(exact: boolean, capacity: number) {
    this.exact = exact;
    this.writer = new WireWriter(capacity);
  }

  /** Where the field being written is: `resourceLogs[0].scopeLogs[0].logRecords[3].traceId`. */
  private where(): string {
    return this.path
      .map((part, index) => {
        if (typeof part === "number") return `[${part}]`;
        return index === 0 ? part : `.${part}`;
      })
      .join("");
  }

  fail(reason: string, text: string): never {
    throw malformed(this.where(), reason, text);
  }

  message(name: string, value: unknown): void {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      this.fail("type", `an object is expected, not ${kindOf(value)}`);
    }
    if (this.path.length > messageDepthMax) this.fail("depth", "values nest too deep");
    const fields: JsonMessage = jsonMessages.get(name) ?? new Map();
    const { path } = this;
    // By the message's own names would miss the order, which decides in a `oneof`.
    for (const key of Object.keys(value)) {
      const field = fields.get(key);
      const one = (value as Readonly<Record<string, unknown>>)[key];
      if (field === undefined || one === null || one === undefined) continue;
      path.push(key);
      if (field.repeated) this.list(field, one);
      else this.one(field, one);
      path.pop();
    }
  }

  private list(field: JsonField, value: unknown): void {
    if (!Array.isArray(value)) this.fail("type", `a list is expected, not ${kindOf(value)}`);
    const { path } = this;
    for (let index = 0; index < value.length; index++) {
      path.push(index);
      this.one(field, value[index]);
      path.pop();
    }
  }

  private one(field: JsonField, value: unknown): void {
    const { writer } = this;
    if (field.message !== undefined) {
      const mark = writer.begin(field.number);
      this.message(field.message, value);
      writer.end(mark);
      return;
    }
    const type = field.type as FieldType;
    const wrong = putScalar(writer, field.number, type, value, this.exact);
    if (wrong !== undefined) this.wrong(wrong, type, value);
  }

  private wrong(wrong: Refused, type: FieldType, value: unknown): never {
    if (wrong === refused.inexact) throw inexact;
    const shown = JSON.stringify(typeof value === "bigint" ? value.toString() : value) ?? "";
    return this.fail("type", `${wrong} is expected for ${type}, not ${shown.slice(0, 100)}`);
  }
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "a list" : `a ${typeof value}`;
}

/** Commas, braces and brackets: no fewer than there are values. */
function countValues(body: Uint8Array): number {
  let count = 0;
  for (let index = 0; index < body.length; index++) {
    const byte = body[index];
    if (byte === 0x2c || byte === 0x7b || byte === 0x5b) count++;
  }
  return count;
}

/** Keeps integers that a double cannot hold, from their digits in the text. */
function exactly(_key: string, value: unknown, context: { readonly source?: string }): unknown {
  if (typeof value !== "number" || Number.isSafeInteger(value)) return value;
  const { source } = context;
  return source !== undefined && /^-?\d{1,20}$/.test(source) ? BigInt(source) : value;
}

function parse(text: string, exact: boolean): unknown {
  try {
    // The third argument of a reviver is new in ECMAScript 2026.
    return exact
      ? JSON.parse(text, exactly as (key: string, value: unknown) => unknown)
      : JSON.parse(text);
  } catch (error) {
    throw malformed("", "json", `the body is not JSON: ${(error as Error).message.slice(0, 200)}`);
  }
}

function transcode(signal: OtlpSignal, text: string, exact: boolean): Uint8Array {
  const transcoder = new Transcoder(exact, Math.max(1_024, text.length));
  transcoder.message(requests[signal], parse(text, exact));
  return transcoder.writer.written();
}

/**
 * Turns an OTLP/JSON request into protobuf, so that one reader judges both. Ids are hex digits of
 * either case, 64-bit integers strings or numbers, enums integers, names lowerCamelCase; fields of
 * other names are passed over.
 * Source: opentelemetry-proto docs/specification.md, "JSON Protobuf Encoding".
 * @throws MOR_INGEST_MALFORMED naming the field; MOR_INGEST_TOO_LARGE for more than 4 million
 * values
 */
export function protobufOfJson(signal: OtlpSignal, body: Uint8Array): Uint8Array {
  if (!isUtf8(body)) throw malformed("", "utf8", "the body is not UTF-8");
  if (body.length > countedFrom && countValues(body) > valuesMax) {
    throw ingestErrors.MOR_INGEST_TOO_LARGE(`the request has more than ${valuesMax} values`, {
      details: { limit: valuesMax },
    });
  }
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("utf8");
  try {
    return transcode(signal, text, false);
  } catch (error) {
    if (error !== inexact) throw error;
    return transcode(signal, text, true);
  }
}
