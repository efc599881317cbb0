import { createServer } from "node:http2";
import type { IncomingHttpHeaders, ServerHttp2Session, ServerHttp2Stream } from "node:http2";
import type { Clock } from "../../../core/clock.ts";
import { codings, inflate, readBody } from "../http/body.ts";
import type { Coding } from "../http/body.ts";
import type { Authorize, Headers } from "../http/endpoint.ts";
import { bodyBytesMax, senderOf } from "../http/gate.ts";
import { asMorning, countRefusal } from "../http/refusal.ts";
import { listen } from "../http/server.ts";
import type { Listening } from "../http/server.ts";
import type { Grant, Intake } from "../intake.ts";
import { exportAnswer } from "./endpoint.ts";
import { answerBytes, rpcCodes, statusBytes, statusOf } from "./status.ts";
import type { RpcStatus } from "./status.ts";
import { otlpTables } from "./wire.ts";
import type { OtlpDecoder, OtlpSignal } from "./wire.ts";

const service = "/opentelemetry.proto.collector";

/** The three methods of OTLP/gRPC. */
const methods: Readonly<Record<string, OtlpSignal>> = {
  [`${service}.logs.v1.LogsService/Export`]: "logs",
  [`${service}.trace.v1.TraceService/Export`]: "traces",
  [`${service}.metrics.v1.MetricsService/Export`]: "metrics",
};

const source = "otlp-grpc";
const contentType = "application/grpc+proto";
/** Of a message on the wire: whether it is compressed, and its length. */
const prefixBytes = 5;
const acceptEncoding = codings.join(",");

/** Calls that one connection may have open, and what each may send before it is read. */
const settings = {
  maxConcurrentStreams: 100,
  initialWindowSize: 1024 * 1024,
  maxHeaderListSize: 16 * 1024,
};

const connectionsMax = 1_000;
/** A call's message has to come within this time. */
const callTimeoutMs = 60_000;
/** A refused message is read and thrown away for so long, so that the answer arrives. */
const lingerMs = 2_000;
const graceMs = 5_000;

/** What the gRPC server is made of. */
export interface GrpcServerOptions {
  readonly intake: Intake;
  readonly decoder: OtlpDecoder;
  readonly authorize: Authorize;
  readonly clock: Clock;
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  /** Bytes of a message, before and after decompression; gRPC's usual limit is 4 MiB, ours 64. */
  readonly messageBytesMax?: number;
}

/** A refusal that only gRPC knows. */
class RpcError extends Error {
  readonly status: RpcStatus;

  constructor(code: number, message: string) {
    super(message);
    this.status = { code, message, violations: [] };
  }
}

interface Call {
  readonly signal: OtlpSignal;
  readonly coding: Coding;
  readonly grant: Grant;
}

function headersOf(given: IncomingHttpHeaders): Headers {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(given)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(", ") : value;
  }
  return headers;
}

/** gRPC's percent-encoding of `grpc-message`: printable ASCII without `%` stays. */
function messageField(message: string): string {
  return Buffer.from(message.slice(0, 1_000))
    .toString("latin1")
    .replace(/[^\u0020-\u0024\u0026-\u007e]/g, (char) => {
      return `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
    });
}

function codingOf(headers: Headers): Coding {
  const named = headers["grpc-encoding"] ?? "identity";
  const found = codings.find((coding) => coding === named);
  if (found !== undefined) return found;
  throw new RpcError(rpcCodes.unimplemented, `messages in ${named.slice(0, 100)} are not read`);
}

/** The one message of a unary call, without its prefix. */
function unframe(framed: Uint8Array, coding: Coding): { message: Uint8Array; coding: Coding } {
  if (framed.length < prefixBytes) throw new RpcError(rpcCodes.internal, "the call has no message");
  const view = new DataView(framed.buffer, framed.byteOffset, framed.byteLength);
  const compressed = framed[0];
  const message = framed.subarray(prefixBytes);
  if (view.getUint32(1) !== message.length) {
    throw new RpcError(rpcCodes.internal, "the call has not one whole message");
  }
  if (compressed === 0) return { message, coding: "identity" };
  if (compressed !== 1 || coding === "identity") {
    throw new RpcError(rpcCodes.internal, "a compressed message without a grpc-encoding");
  }
  return { message, coding };
}

function frame(message: Uint8Array): Uint8Array {
  const framed = new Uint8Array(prefixBytes + message.length);
  new DataView(framed.buffer).setUint32(1, message.length);
  framed.set(message, prefixBytes);
  return framed;
}

function succeed(stream: ServerHttp2Stream, message: Uint8Array): void {
  if (stream.destroyed) return;
  const head = { ":status": 200, "content-type": contentType };
  stream.respond({ ...head, "grpc-accept-encoding": acceptEncoding }, { waitForTrailers: true });
  stream.once("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
  stream.end(frame(message));
}

/** Answers with a status alone ("Trailers-Only"); its details are a `google.rpc.Status`. */
function fail(stream: ServerHttp2Stream, status: RpcStatus, clock: Clock): void {
  if (stream.destroyed) return;
  const details = Buffer.from(statusBytes(status)).toString("base64").replace(/=+$/, "");
  stream.respond(
    {
      ":status": 200,
      "content-type": contentType,
      "grpc-accept-encoding": acceptEncoding,
      "grpc-status": String(status.code),
      "grpc-message": messageField(status.message),
      "grpc-status-details-bin": details,
    },
    { endStream: true },
  );
  stream.resume();
  const cancel = clock.after(lingerMs, () => stream.close());
  stream.once("close", cancel);
}

/** Serves calls: the way from a stream to its answer. */
class Calls {
  private readonly options: GrpcServerOptions;
  private readonly limit: number;

  constructor(options: GrpcServerOptions) {
    this.options = options;
    this.limit = options.messageBytesMax ?? bodyBytesMax;
  }

  /** Answers one stream. */
  async serve(stream: ServerHttp2Stream, headers: Headers): Promise<void> {
    const { clock, intake } = this.options;
    const path = headers[":path"] ?? "";
    if (!/^application\/grpc(\+proto)?(;|$)/.test(headers["content-type"] ?? "")) {
      // Whoever does not speak gRPC is answered in HTTP (gRPC over HTTP/2, "Responses").
      stream.respond({ ":status": 415 }, { endStream: true });
      stream.close();
      return;
    }
    let framed: Uint8Array | undefined;
    let grant: Grant | undefined;
    const late = clock.after(callTimeoutMs, () => stream.close());
    try {
      const call = await this.open(stream, headers);
      grant = call.grant;
      framed = await readBody(
        stream.iterator({ destroyOnReturn: false }),
        this.limit + prefixBytes,
        grant,
      );
      late();
      succeed(stream, await this.export(call, framed));
    } catch (error) {
      if (error instanceof RpcError) return fail(stream, error.status, clock);
      const told = asMorning(error);
      countRefusal(intake, source, told, path, framed);
      fail(stream, statusOf(told), clock);
    } finally {
      late();
      grant?.release();
    }
  }

  private async open(stream: ServerHttp2Stream, headers: Headers): Promise<Call> {
    const { authorize, intake } = this.options;
    const path = headers[":path"] ?? "";
    const signal = Object.hasOwn(methods, path) ? methods[path] : undefined;
    if (signal === undefined || headers[":method"] !== "POST") {
      throw new RpcError(rpcCodes.unimplemented, `there is no method ${path.slice(0, 200)}`);
    }
    const coding = codingOf(headers);
    const remote = stream.session?.socket.remoteAddress ?? "";
    const { client } = await senderOf(authorize, headers, remote);
    return { signal, coding, grant: intake.admit(client, 0) };
  }

  private async export({ signal, coding, grant }: Call, framed: Uint8Array): Promise<Uint8Array> {
    const { intake, decoder } = this.options;
    const { message, coding: used } = unframe(framed, coding);
    const bytes = await inflate(message, used, this.limit, grant);
    const taken = await intake.take(grant, {
      source,
      signal: otlpTables[signal],
      decode: (sheet, nowNs) => decoder.decode(signal, bytes, sheet, nowNs),
    });
    return answerBytes(exportAnswer(signal, taken));
  }
}

/**
 * Serves OTLP over gRPC: unary calls over HTTP/2 in the clear. Written on `node:http2` itself, so
 * that a message's bytes are counted while they come, before they are a message.
 * Source: grpc/doc/PROTOCOL-HTTP2.md; opentelemetry-proto docs/specification.md, "OTLP/gRPC".
 */
export async function grpcServer(options: GrpcServerOptions): Promise<Listening> {
  const { clock } = options;
  const calls = new Calls(options);
  const sessions = new Set<ServerHttp2Session>();
  const server = createServer({ settings, maxSessionMemory: 32 });
  server.maxConnections = connectionsMax;
  server.on("session", (session) => {
    sessions.add(session);
    session.once("close", () => sessions.delete(session));
    session.on("error", () => session.destroy());
  });
  server.on("stream", (stream, headers) => {
    stream.on("error", () => stream.close());
    calls.serve(stream, headersOf(headers)).catch(() => stream.close());
  });
  const port = await listen(server, options.host, options.port);
  return {
    port,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const session of sessions) session.close();
      const cancel = clock.after(graceMs, () => {
        for (const session of sessions) session.destroy();
      });
      await closed;
      cancel();
    },
  };
}
