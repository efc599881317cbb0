import { connect as connectHttp2, constants } from "node:http2";
import { connect } from "node:net";
import type { Socket } from "node:net";
import { gzipSync } from "node:zlib";
import { describe, expect, it, onTestFinished } from "vitest";
import { logsRequest, line } from "../otlp/requests.contract.ts";
import { openStage } from "../stage.contract.ts";
import type { Stage, StageOptions } from "../stage.contract.ts";

async function stageFor(options: StageOptions = {}): Promise<Stage> {
  const stage = await openStage(options);
  onTestFinished(() => stage.close());
  return stage;
}

/** A raw connection: what it was sent so far, and when it was closed. */
async function raw(
  port: number,
): Promise<{ socket: Socket; seen: () => string; closed: Promise<void> }> {
  const socket = connect(port, "127.0.0.1");
  let text = "";
  socket.on("data", (part) => (text += part.toString("latin1")));
  socket.on("error", () => undefined);
  const closed = new Promise<void>((resolve) => void socket.once("close", () => resolve()));
  await new Promise<void>((resolve) => void socket.once("connect", () => resolve()));
  return { socket, seen: () => text, closed };
}

/** Waits until a connection has been sent something. */
async function until(seen: () => string, wanted: RegExp): Promise<string> {
  while (!wanted.test(seen())) await new Promise((resolve) => setTimeout(resolve, 5));
  return seen();
}

const head = (length: number, more = ""): string =>
  `POST /v1/logs HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-protobuf\r\n` +
  `content-length: ${length}\r\n${more}\r\n`;

describe("the HTTP server", () => {
  it("cuts clients that send their head or body too slowly", async () => {
    const connections = { headersTimeoutMs: 300, requestTimeoutMs: 600 };
    const stage = await stageFor({ ingest: { connections } });
    const slowHead = await raw(stage.http);
    slowHead.socket.write("POST /v1/logs HTTP/1.1\r\nhost: x\r\n");
    const slowBody = await raw(stage.http);
    slowBody.socket.write(`${head(1_000)}a`);
    await slowHead.closed;
    await slowBody.closed;
    expect(slowHead.seen()).toMatch(/^HTTP\/1.1 408/);
    expect(stage.intake.figures().heldBytes).toBe(0);
  });

  it("refuses before the body is sent, where the client asks", async () => {
    const stage = await stageFor({ ingest: { bodyBytesMax: 1_000 } });
    const large = await raw(stage.http);
    large.socket.write(head(5_000, "expect: 100-continue\r\n"));
    expect(await until(large.seen, /413/)).not.toContain("100 Continue");
    large.socket.destroy();
    const body = logsRequest([line("asked first")]);
    const small = await raw(stage.http);
    small.socket.write(head(body.length, "expect: 100-continue\r\n"));
    await until(small.seen, /100 Continue/);
    small.socket.write(body);
    await until(small.seen, /HTTP\/1.1 200/);
    small.socket.destroy();
    expect(stage.stored().logs).toHaveLength(1);
  });

  it("answers a client that is still sending what was refused", async () => {
    const stage = await stageFor({ ingest: { bodyBytesMax: 100_000 } });
    const answer = await fetch(`http://127.0.0.1:${stage.http}/v1/logs`, {
      method: "POST",
      headers: { "content-type": "application/x-protobuf" },
      body: Buffer.alloc(20_000_000),
    });
    expect(answer.status).toBe(413);
  });

  it("lets go of everything when clients vanish in the middle", async () => {
    const stage = await stageFor();
    for (let index = 0; index < 20; index++) {
      const { socket, closed } = await raw(stage.http);
      socket.write(`${head(100_000)}${"x".repeat(10_000)}`);
      await new Promise((resolve) => setTimeout(resolve, 2));
      socket.destroy();
      await closed;
    }
    await new Promise<void>((resolve) => {
      const look = (): void => {
        if (stage.intake.figures().heldBytes === 0) resolve();
        else setTimeout(look, 5);
      };
      look();
    });
    expect(stage.stored().logs).toHaveLength(0);
  });

  it("keeps memory within the budget while many send at once to a store that stands", async () => {
    let release = (): void => undefined;
    const standing = new Promise<void>((resolve) => (release = resolve));
    const budgetBytes = 8 * 1024 * 1024;
    const stage = await stageFor({
      write: () => standing,
      limits: { budgetBytes, waitMsMax: 60_000 },
    });
    const body = gzipSync(logsRequest([{ body: { string_value: "x".repeat(400_000) } }]));
    const headers = { "content-type": "application/x-protobuf", "content-encoding": "gzip" };
    const sent = Array.from({ length: 60 }, async () => {
      const answer = await fetch(`http://127.0.0.1:${stage.http}/v1/logs`, {
        method: "POST",
        headers,
        body,
      });
      return answer.status;
    });
    let heldMax = 0;
    let refused = 0;
    for (const one of sent) {
      void one.then((status) => (refused += status === 429 ? 1 : 0));
    }
    while (refused < 45) {
      heldMax = Math.max(heldMax, stage.intake.figures().heldBytes);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    release();
    const statuses = await Promise.all(sent);
    expect(heldMax).toBeLessThanOrEqual(budgetBytes);
    expect(new Set(statuses)).toEqual(new Set([200, 429]));
    expect(stage.stored().logs).toHaveLength(statuses.filter((status) => status === 200).length);
    expect(stage.intake.figures().heldBytes).toBe(0);
  });

  it("says that a port is taken, and leaves none open", async () => {
    const stage = await stageFor();
    const other = await stageFor();
    const addresses = { host: "127.0.0.1", httpPort: 0, grpcPort: stage.grpc };
    await expect(other.ingest.listen(addresses)).rejects.toMatchObject({ code: "MOR_PORT_TAKEN" });
  });
});

describe("requests of another port", () => {
  it("are served as those of its own", async () => {
    const stage = await stageFor();
    const sent = {
      method: "POST",
      client: "key-1",
      headers: { "content-type": "application/json" },
    };
    const body = Buffer.from('{"resourceLogs":[{"scopeLogs":[{"logRecords":[{}]}]}]}');
    const good = await stage.ingest.handle({ ...sent, path: "/v1/logs?x=1", body });
    expect([good.status, Buffer.from(good.body).toString()]).toEqual([200, "{}"]);
    const bad = await stage.ingest.handle({ ...sent, path: "/v1/logs", body: body.subarray(1) });
    expect([bad.status, bad.headers["content-type"]]).toEqual([400, "application/json"]);
    const unknown = await stage.ingest.handle({ ...sent, path: "/v2", body });
    expect(unknown.status).toBe(404);
    expect(stage.stored().logs).toHaveLength(1);
    expect(stage.intake.figures().heldBytes).toBe(0);
  });
});

const exportPath = "/opentelemetry.proto.collector.logs.v1.LogsService/Export";

/** Makes one call frame by frame; resolves with its status and trailers. */
function callRaw(
  port: number,
  headers: Readonly<Record<string, string>>,
  frames: readonly Uint8Array[],
) {
  const session = connectHttp2(`http://127.0.0.1:${port}`);
  return new Promise<{ http: number; grpc: string | undefined }>((resolve, reject) => {
    session.on("error", reject);
    const stream = session.request({
      ":method": "POST",
      ":path": exportPath,
      "content-type": "application/grpc",
      te: "trailers",
      ...headers,
    });
    let http = 0;
    let grpc: string | undefined;
    const status = (fields: Readonly<Record<string, unknown>>): void => {
      const value = fields["grpc-status"];
      if (typeof value === "string") grpc = value;
    };
    stream.on("response", (fields) => {
      http = Number(fields[constants.HTTP2_HEADER_STATUS]);
      status(fields);
    });
    stream.on("trailers", status);
    stream.on("error", () => undefined);
    stream.on("close", () => {
      session.close();
      resolve({ http, grpc });
    });
    stream.resume();
    for (const frame of frames) stream.write(frame);
    stream.end();
  });
}

const framed = (message: Uint8Array, compressed = 0, length = message.length): Uint8Array => {
  const prefix = Buffer.alloc(5);
  prefix[0] = compressed;
  prefix.writeUInt32BE(length, 1);
  return Buffer.concat([prefix, message]);
};

describe("the gRPC server", () => {
  const message = logsRequest([line("a")]);
  const gzip = { "grpc-encoding": "gzip" };
  const unknown = { "grpc-encoding": "snappy" };

  it.each([
    ["a whole message", {}, [framed(message)], "0"],
    ["a message in parts", {}, [framed(message).subarray(0, 3), framed(message).subarray(3)], "0"],
    ["a compressed message", gzip, [framed(gzipSync(message), 1)], "0"],
    ["a plain message where compression was announced", gzip, [framed(message)], "0"],
    ["no message", {}, [], "13"],
    ["half a prefix", {}, [Buffer.from([0, 0])], "13"],
    ["a message that is cut", {}, [framed(message, 0, message.length + 1)], "13"],
    ["two messages", {}, [framed(message), framed(message)], "13"],
    ["a compressed message without its coding", {}, [framed(gzipSync(message), 1)], "13"],
    ["a coding that is not known", unknown, [framed(message, 1)], "12"],
    ["a compressed message that is broken", gzip, [framed(Buffer.from("no gzip"), 1)], "3"],
    ["a message that is no protobuf", {}, [framed(Buffer.from([0xff]))], "3"],
  ] as const)("ends %s", async (_name, headers, frames, status) => {
    const stage = await stageFor();
    expect(await callRaw(stage.grpc, headers, frames)).toEqual({ http: 200, grpc: status });
    expect(stage.intake.figures().heldBytes).toBe(0);
  });

  it("answers in HTTP whoever does not speak gRPC", async () => {
    const stage = await stageFor();
    const headers = { "content-type": "application/json" };
    expect(await callRaw(stage.grpc, headers, [])).toEqual({ http: 415, grpc: undefined });
  });

  it("serves many calls of one connection at once", async () => {
    const stage = await stageFor();
    const session = connectHttp2(`http://127.0.0.1:${stage.grpc}`);
    const ended = await Promise.all(
      Array.from({ length: 50 }, () => {
        const stream = session.request({
          ":method": "POST",
          ":path": exportPath,
          "content-type": "application/grpc+proto",
        });
        stream.end(framed(message));
        stream.resume();
        return new Promise<string>((resolve) => {
          stream.on("trailers", (fields) => resolve(String(fields["grpc-status"])));
        });
      }),
    );
    session.close();
    expect(new Set(ended)).toEqual(new Set(["0"]));
    expect(stage.stored().logs).toHaveLength(50);
  });
});
