import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { serialize } from "node:v8";
import { afterAll, afterEach, expect, test } from "vitest";
import { systemClock } from "../../core/clock.ts";
import { coreErrors } from "../../core/errors.ts";
import { systemRandom } from "../../core/ids.ts";
import { openInline } from "../sqlite/inline.ts";
import { connectSocket } from "./client.ts";
import type { SocketClientOptions, SocketConnection } from "./client.ts";
import { frameKinds, frameOf, makeFrameReader } from "./frames.ts";
import { helloFrame } from "./hello.ts";
import type { Offer, SocketLimits } from "./peer.ts";
import { serveSocket } from "./server.ts";
import type { SocketServer } from "./server.ts";
import { offerStore, remoteStore } from "./store.ts";

const folder = mkdtempSync(join(tmpdir(), "morning-socket-"));
const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const time = { clock: systemClock, random: systemRandom };
let files = 0;
const freshPath = (): string => join(folder, `${files++}.sock`);

async function serve(
  path: string,
  offer: Offer,
  limits: Partial<SocketLimits> = {},
): Promise<SocketServer> {
  const server = await serveSocket({ path, ...time, ...offer, limits });
  ends.push(() => server.close());
  return server;
}

async function dial(
  path: string,
  options: Partial<SocketClientOptions> = {},
): Promise<SocketConnection> {
  const connection = await connectSocket({ path, ...time, ...options });
  ends.push(() => connection.close());
  return connection;
}

interface Echo {
  echo(value: unknown): Promise<unknown>;
  fail(): Promise<never>;
  wait(signal?: AbortSignal): Promise<string>;
  toString(): Promise<string>;
  large(bytes: number): Promise<Uint8Array>;
}

function echoOffer(seen: { aborted: number; large: number } = { aborted: 0, large: 0 }): Offer {
  return {
    services: {
      echo: {
        echo: async (value: unknown) => value,
        fail: async () => {
          throw coreErrors.MOR_CONFLICT("echo: on purpose", { details: { number: 7 } });
        },
        large: async (bytes: number) => {
          seen.large++;
          return new Uint8Array(bytes);
        },
        wait: (signal?: AbortSignal) =>
          new Promise<string>((resolve) =>
            signal?.addEventListener("abort", () => {
              seen.aborted++;
              resolve("aborted");
            }),
          ),
      },
    },
  };
}

test("calls run at once by the hundred, carry plain data and revive errors by code", async () => {
  const path = freshPath();
  await serve(path, echoOffer());
  const echo = (await dial(path)).service<Echo>("echo");
  const values = [1, "文字", null, 2n ** 60n, { a: [new Uint8Array([1, 2])] }, new Map([[1, 2]])];
  expect(await Promise.all(values.map((value) => echo.echo(value)))).toEqual(values);
  const many = Array.from({ length: 500 }, (_, index) => echo.echo(index));
  expect(await Promise.all(many)).toEqual(Array.from({ length: 500 }, (_, index) => index));
  await expect(echo.fail()).rejects.toMatchObject({
    brand: "morning-ai/error",
    code: "MOR_CONFLICT",
    message: "echo: on purpose",
    details: { number: 7 },
  });
  await expect(echo.echo(() => {})).rejects.toMatchObject({ code: "MOR_INVALID" });
});

test("only own functions of a service can be called", async () => {
  const path = freshPath();
  await serve(path, echoOffer());
  const connection = await dial(path);
  for (const call of [
    connection.service<Echo>("echo").toString(),
    connection.service<Record<string, () => Promise<unknown>>>("echo")["constructor"]?.(),
    connection.service<Echo>("__proto__").echo(1),
    connection.service<Echo>("nothing").echo(1),
  ]) {
    await expect(call).rejects.toMatchObject({ code: "MOR_NOT_FOUND" });
  }
});

test("an abort is forwarded, and a client that goes aborts what runs for it", async () => {
  const path = freshPath();
  const seen = { aborted: 0, large: 0 };
  await serve(path, echoOffer(seen));
  const connection = await dial(path);
  const echo = connection.service<Echo>("echo");
  const controller = new AbortController();
  const first = echo.wait(controller.signal);
  await echo.echo("in between");
  controller.abort();
  expect(await first).toBe("aborted");
  const aborted = AbortSignal.abort();
  await expect(echo.wait(aborted)).rejects.toMatchObject({ code: "MOR_CANCELLED" });
  const second = echo.wait(new AbortController().signal);
  await echo.echo("in between");
  await Promise.all([
    expect(second).rejects.toMatchObject({
      code: "MOR_ENGINE_UNAVAILABLE",
      details: { sent: true },
    }),
    connection.close(),
  ]);
  await expect.poll(() => seen.aborted).toBe(2);
});

test("a remote store writes, reads, wakes and fails as the owner's does", async () => {
  const path = freshPath();
  const owner = openInline({ clock: systemClock });
  await serve(path, offerStore(owner));
  const remote = await remoteStore(await dial(path));
  await remote.migrate({
    component: "notes",
    migrations: [
      { version: 1, sqlite: ["create table notes (id integer primary key)"], postgres: [] },
    ],
  });
  let wakes = 0;
  const cancel = remote.listen("notes", () => wakes++);
  await expect.poll(() => wakes).toBe(1);
  const insert = { sql: "insert into notes values (?) returning id", params: [5] };
  const results = await remote.write({ statements: [insert], wake: ["notes"] });
  expect(results).toEqual([{ changes: 1, rows: [{ id: 5 }], values: [] }]);
  await expect.poll(() => wakes).toBe(2);
  await owner.write({ statements: [], wake: ["notes"] });
  await expect.poll(() => wakes).toBe(3);
  cancel();
  await expect(remote.write({ statements: [insert] })).rejects.toMatchObject({
    code: "MOR_CONFLICT",
  });
  expect(await remote.read("select id from notes")).toEqual([{ id: 5 }]);
  expect(await remote.readLong?.("select count(*) as n from notes")).toEqual([{ n: 1 }]);
  expect((await remote.stats()).writes).toBeGreaterThan(1);
  expect(remote.dialect).toBe("sqlite");
});

test("socket and token are for the user alone, and go with the server", async () => {
  const path = freshPath();
  const server = await serve(path, echoOffer());
  for (const file of [path, `${path}.token`]) expect(statSync(file).mode & 0o777).toBe(0o600);
  await expect(serveSocket({ path, ...time, services: {} })).rejects.toMatchObject({
    code: "MOR_PORT_TAKEN",
  });
  await server.close();
  expect(existsSync(path)).toBe(false);
  expect(existsSync(`${path}.token`)).toBe(false);
  const long = join(folder, "x".repeat(120));
  await expect(serveSocket({ path: long, ...time, services: {} })).rejects.toMatchObject({
    code: "MOR_CONFIG",
  });
});

test("a wrong token, another version and no owner at all are told apart", async () => {
  const path = freshPath();
  await expect(dial(path)).rejects.toMatchObject({ code: "MOR_ENGINE_UNAVAILABLE" });
  const server = await serve(path, echoOffer());
  await expect(dial(path, { token: "wrong" })).rejects.toMatchObject({
    code: "MOR_SOCKET_REFUSED",
  });
  const [, version] = await exchange(path, helloFrame(readFileSync(`${path}.token`, "utf8"), 99));
  expect(version).toBe("welcome 1 speaks 1");
  expect(server.peers()).toBe(0);
});

/**
 * Sends raw bytes; resolves, when the server ends the connection, with the frames that it answered.
 */
async function exchange(path: string, bytes: Uint8Array): Promise<string[]> {
  const socket = connect(path);
  const answers = ["connected"];
  const reader = makeFrameReader(2 ** 20);
  socket.on("error", () => {});
  socket.on("data", (chunk: Buffer) =>
    reader.push(chunk, (kind, payload) => {
      const isWelcome = kind === frameKinds.welcome;
      answers.push(isWelcome ? `welcome ${payload[0]} speaks ${payload[2]}` : `kind ${kind}`);
    }),
  );
  const closed = once(socket, "close");
  socket.write(bytes);
  await closed;
  return answers;
}

test("strangers, oversized frames and nonsense end their own connection only", async () => {
  const path = freshPath();
  const server = await serve(path, echoOffer(), { frameBytesMax: 1000 });
  const echo = (await dial(path)).service<Echo>("echo");
  const hello = helloFrame(readFileSync(`${path}.token`, "utf8"));
  const call = { kind: "call", id: 1, service: "echo", method: "echo", args: [1] };
  const oversized = Buffer.alloc(9);
  oversized.writeUInt32BE(2 ** 31, 0);
  const attacks = {
    "a message before the hello": frameOf(frameKinds.message, serialize(call)),
    "no magic": frameOf(frameKinds.hello, Buffer.from("GET / HTTP/1.1")),
    "an oversized first frame": oversized,
    "a hello larger than a hello may be": frameOf(frameKinds.hello, Buffer.alloc(600)),
    "an empty frame": Buffer.alloc(8),
  };
  for (const [name, bytes] of Object.entries(attacks)) {
    expect([name, ...(await exchange(path, bytes))]).toEqual([name, "connected"]);
  }
  const known = {
    "an oversized frame": oversized,
    "no serialised message": frameOf(frameKinds.message, Buffer.from("nonsense")),
    "a result from a client": frameOf(frameKinds.message, serialize({ kind: "result", id: 1 })),
    "no object": frameOf(frameKinds.message, serialize(null)),
  };
  for (const [name, bytes] of Object.entries(known)) {
    const answers = await exchange(path, Buffer.concat([hello, bytes]));
    expect([name, ...answers]).toEqual([name, "connected", "welcome 0 speaks 1"]);
  }
  await expect(echo.echo("x".repeat(20_000_000))).rejects.toMatchObject({ code: "MOR_INVALID" });
  await expect(echo.large(5000)).rejects.toMatchObject({ code: "MOR_INVALID" });
  expect(await echo.echo("still here")).toBe("still here");
  expect(server.peers()).toBe(1);
});

test("frames that arrive byte by byte, or many at once, are read the same", () => {
  const payloads = ["", "a", "bc".repeat(300), "d"].map((text) => Buffer.from(text));
  const stream = Buffer.concat(payloads.map((payload) => frameOf(7, payload)));
  for (const step of [1, 2, 5, 7, 100, stream.byteLength]) {
    const reader = makeFrameReader(1000);
    const seen: string[] = [];
    for (let at = 0; at < stream.byteLength; at += step) {
      reader.push(stream.subarray(at, at + step), (_kind, payload) => {
        seen.push(payload.toString());
      });
    }
    expect(seen).toEqual(payloads.map(String));
  }
});

test("a peer that says half a hello is dropped at its deadline", async () => {
  const path = freshPath();
  const server = await serveSocket({ path, ...time, ...echoOffer(), helloTimeoutMs: 20 });
  ends.push(() => server.close());
  expect(await exchange(path, helloFrame("x").subarray(0, 7))).toEqual(["connected"]);
});

test("too much in flight is refused by name, on either side", async () => {
  const path = freshPath();
  const seen = { aborted: 0, large: 0 };
  await serve(path, echoOffer(seen), { callsMax: 5 });
  const strict = (await dial(path, { limits: { callsMax: 3 } })).service<Echo>("echo");
  const lax = (await dial(path)).service<Echo>("echo");
  const small = (await dial(path, { limits: { bytesMax: 1000 } })).service<Echo>("echo");
  const controller = new AbortController();
  const waits = [1, 2, 3].map(() => strict.wait(controller.signal));
  await expect(strict.echo(1)).rejects.toMatchObject({ code: "MOR_OVERLOADED" });
  const others = [1, 2, 3, 4, 5].map(() => lax.wait(controller.signal));
  await expect(lax.echo(1)).rejects.toMatchObject({ code: "MOR_OVERLOADED" });
  const [first, second] = [small.echo("x".repeat(2000)), small.echo(1)];
  await expect(second).rejects.toMatchObject({ code: "MOR_OVERLOADED" });
  await first;
  controller.abort();
  expect(await Promise.all([...waits, ...others])).toEqual(Array(8).fill("aborted"));
  expect(await strict.echo("free again")).toBe("free again");
});

/** A peer that calls and never reads. */
async function deafPeer(path: string, calls: number, bytes: number): Promise<Socket> {
  const socket = connect(path);
  socket.on("error", () => {});
  const messages = Array.from({ length: calls }, (_, id) =>
    frameOf(
      frameKinds.message,
      serialize({ kind: "call", id, service: "echo", method: "large", args: [bytes] }),
    ),
  );
  await once(socket, "connect");
  socket.pause();
  const hello = helloFrame(readFileSync(`${path}.token`, "utf8"));
  socket.write(Buffer.concat([hello, ...messages]));
  ends.push(() => socket.destroy());
  return socket;
}

test("a peer that does not read its answers costs bounded memory and slows nobody", async () => {
  const path = freshPath();
  const seen = { aborted: 0, large: 0 };
  const server = await serve(path, echoOffer(seen), { bytesMax: 20_000_000 });
  const echo = (await dial(path)).service<Echo>("echo");
  await deafPeer(path, 1000, 1_000_000);
  await expect.poll(() => seen.large > 20 && server.peers()).toBe(1);
  expect(await echo.echo("quick")).toBe("quick");
  expect(process.memoryUsage().rss).toBeLessThan(1.5e9);
});

function startOwner(at: string): ChildProcess {
  const script = fileURLToPath(new URL("owner.child.ts", import.meta.url));
  const child = spawn(process.execPath, [script, at], { stdio: ["ignore", "pipe", "inherit"] });
  ends.push(() => child.kill("SIGKILL"));
  return child;
}

test("an owner killed during a call is named, and its successor is found by itself", async () => {
  const at = mkdtempSync(join(folder, "owner-"));
  const first = startOwner(at);
  await once(first.stdout as NodeJS.EventEmitter, "data");
  const connection = await dial(join(at, "socket"));
  const store = await remoteStore(connection);
  await store.write({ statements: [{ sql: "create table t (id integer)" }] });
  let wakes = 0;
  store.listen("t", () => wakes++);
  await expect.poll(() => wakes).toBe(1);
  const kept = store.write({ statements: [{ sql: "insert into t values (1)" }] });
  await kept;
  const never = connection.service<{ never(): Promise<void> }>("slow").never();
  first.kill("SIGSTOP");
  const halted = store.write({ statements: [{ sql: "insert into t values (2)" }] });
  first.kill("SIGKILL");
  await expect(halted).rejects.toMatchObject({ code: "MOR_STATE_UNKNOWN_OUTCOME" });
  await expect(never).rejects.toMatchObject({
    code: "MOR_ENGINE_UNAVAILABLE",
    details: { sent: true },
  });
  await expect(store.read("select 1")).rejects.toMatchObject({
    code: "MOR_ENGINE_UNAVAILABLE",
    details: { sent: false },
  });
  await once(startOwner(at).stdout as NodeJS.EventEmitter, "data");
  await expect.poll(() => connection.connected(), { timeout: 10_000 }).toBe(true);
  expect(await store.read("select id from t where id = 1")).toEqual([{ id: 1 }]);
  await expect.poll(() => wakes).toBe(2);
});

test("a socket file that a killed owner left is taken over", async () => {
  const path = freshPath();
  writeFileSync(path, "");
  await serve(path, echoOffer());
  expect(await (await dial(path)).service<Echo>("echo").echo(1)).toBe(1);
});

test("closing the server lets what runs answer first", async () => {
  const path = freshPath();
  const server = await serve(path, echoOffer());
  const echo = (await dial(path)).service<Echo>("echo");
  const waiting = echo.wait(new AbortController().signal);
  await echo.echo("in between");
  await server.close();
  expect(await waiting).toBe("aborted");
});
