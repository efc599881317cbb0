import * as grpc from "@grpc/grpc-js";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../../../core/clock.ts";
import { otlpMessages } from "../../ingest/otlp/proto.contract.ts";
import { checkDestination } from "../destination.ts";
import type { Outcome, Protocol } from "../protocol.ts";
import { samples } from "../records.contract.ts";
import { otlpGrpc } from "./otlp-grpc.ts";

const root = otlpMessages();
const made = samples(3);
const never = new AbortController().signal;

type Handler = (
  call: grpc.ServerUnaryCall<Buffer, Buffer>,
  answer: grpc.sendUnaryData<Buffer>,
) => void;

let server: grpc.Server;
let protocol: Protocol;
let handler: Handler;
const seen: { path: string; body: Buffer; headers: grpc.Metadata }[] = [];

const same = (value: Buffer): Buffer => value;

/** One OTLP service of a collector, which answers by `handler`. */
function serviceOf(name: string): grpc.ServiceDefinition {
  const path = `/opentelemetry.proto.collector.${name}/Export`;
  return {
    Export: {
      path,
      requestStream: false,
      responseStream: false,
      requestSerialize: same,
      requestDeserialize: same,
      responseSerialize: same,
      responseDeserialize: same,
    },
  };
}

beforeEach(async () => {
  seen.splice(0);
  handler = (_call, answer) => answer(null, Buffer.alloc(0));
  server = new grpc.Server();
  for (const name of [
    "trace.v1.TraceService",
    "logs.v1.LogsService",
    "metrics.v1.MetricsService",
  ]) {
    server.addService(serviceOf(name), {
      Export: (call: grpc.ServerUnaryCall<Buffer, Buffer>, answer: grpc.sendUnaryData<Buffer>) => {
        seen.push({ path: call.getPath(), body: call.request, headers: call.metadata });
        handler(call, answer);
      },
    });
  }
  const port = await new Promise<number>((resolve, reject) => {
    const credentials = grpc.ServerCredentials.createInsecure();
    server.bindAsync("127.0.0.1:0", credentials, (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  protocol = await otlpGrpc({
    destination: checkDestination({
      name: "peer",
      kind: "otlp-grpc",
      url: `http://127.0.0.1:${port}`,
      headers: { "x-key": "k" },
      timeoutMs: 2000,
    }),
    clock: systemClock,
  });
});

afterEach(async () => {
  await protocol.close();
  server.forceShutdown();
});

const send = (): Promise<Outcome> =>
  protocol.send("logs", protocol.encode("logs", [made.log(), made.log()]), never);

/** `google.rpc.Status` with a `RetryInfo`, as the trailer carries it. */
function retryInfo(seconds: number, nanos = 0): grpc.Metadata {
  const encode = (name: string, value: object): Uint8Array => {
    const type = root.lookupType(name);
    return type.encode(type.create(value)).finish();
  };
  const detail = {
    type_url: "type.googleapis.com/google.rpc.RetryInfo",
    value: encode("RetryInfo", { retry_delay: { seconds, nanos } }),
  };
  const metadata = new grpc.Metadata();
  const status = encode("RpcStatus", { code: 8, message: "full", details: [detail] });
  metadata.set("grpc-status-details-bin", Buffer.from(status));
  return metadata;
}

describe("OTLP over gRPC", () => {
  it("calls the service of each signal with its message and the headers", async () => {
    const signals = [
      ["logs", made.log()],
      ["spans", made.span()],
      ["points", made.point()],
    ] as const;
    for (const [signal, record] of signals) {
      const outcome = await protocol.send(signal, protocol.encode(signal, [record]), never);
      expect(outcome).toEqual({ type: "delivered", rejected: 0, message: "" });
    }
    expect(seen.map(({ path }) => path.split(".").at(-1))).toEqual([
      "LogsService/Export",
      "TraceService/Export",
      "MetricsService/Export",
    ]);
    expect(seen[0]?.headers.get("x-key")).toEqual(["k"]);
    const type = root.lookupType("TracesRequest");
    expect(type.toObject(type.decode(seen[1]?.body ?? Buffer.alloc(0)))).toHaveProperty(
      "resource_spans.0.scope_spans.0.spans.0.name",
    );
  });

  it("reads a partial success", async () => {
    const type = root.lookupType("LogsResponse");
    const partial = { rejected_log_records: 1, error_message: "too old" };
    const body = Buffer.from(type.encode(type.create({ partial_success: partial })).finish());
    handler = (_call, answer) => answer(null, body);
    expect(await send()).toEqual({ type: "delivered", rejected: 1, message: "too old" });
  });

  // OTLP specification, "Failures" of OTLP/gRPC: the table of retryable codes.
  it.each([
    ["CANCELLED", "retry"],
    ["UNKNOWN", "refused"],
    ["INVALID_ARGUMENT", "refused"],
    ["DEADLINE_EXCEEDED", "retry"],
    ["NOT_FOUND", "refused"],
    ["ALREADY_EXISTS", "refused"],
    ["PERMISSION_DENIED", "refused"],
    ["UNAUTHENTICATED", "refused"],
    ["RESOURCE_EXHAUSTED", "refused"],
    ["FAILED_PRECONDITION", "refused"],
    ["ABORTED", "retry"],
    ["OUT_OF_RANGE", "retry"],
    ["UNIMPLEMENTED", "refused"],
    ["INTERNAL", "refused"],
    ["UNAVAILABLE", "retry"],
    ["DATA_LOSS", "retry"],
  ] as const)("%s: %s", async (code, type) => {
    handler = (_call, answer) => answer({ code: grpc.status[code], details: "why" });
    expect(await send()).toMatchObject({ type, reason: `grpc ${grpc.status[code]}: why` });
  });

  it("tries again after RESOURCE_EXHAUSTED where RetryInfo says when", async () => {
    const metadata = retryInfo(7, 500_000_000);
    handler = (_call, answer) =>
      answer({ code: grpc.status.RESOURCE_EXHAUSTED, details: "full", metadata });
    expect(await send()).toMatchObject({ type: "retry", afterMs: 7500 });
    handler = (_call, answer) =>
      answer({ code: grpc.status.UNAVAILABLE, details: "full", metadata: retryInfo(90_000) });
    expect(await send()).toMatchObject({ type: "retry", afterMs: 3_600_000 });
  });

  it("takes a server that is gone for one that comes back", async () => {
    server.forceShutdown();
    expect(await send()).toMatchObject({
      type: "retry",
      reason: expect.stringMatching(/^grpc 14/),
    });
  });

  it("gives up when it is stopped", async () => {
    const abort = new AbortController();
    handler = () => abort.abort();
    const encoded = protocol.encode("logs", [made.log()]);
    expect(await protocol.send("logs", encoded, abort.signal)).toMatchObject({ type: "retry" });
  });
});
