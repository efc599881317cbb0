import { chmodSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import type { Server, Socket } from "node:net";
import { dirname } from "node:path";
import { sleep } from "../../core/clock.ts";
import type { Clock } from "../../core/clock.ts";
import { coreErrors } from "../../core/errors.ts";
import { makeIds } from "../../core/ids.ts";
import type { Random } from "../../core/ids.ts";
import { engineErrors } from "../errors.ts";
import { helloBytesMax, makeFrameReader, messageOf } from "./frames.ts";
import { judge, verdicts, welcomeFrame } from "./hello.ts";
import { defaultSocketLimits, makePeer } from "./peer.ts";
import type { Offer, Peer, SocketLimits } from "./peer.ts";

/** How an owner serves its engines to other processes of the machine. */
export interface SocketServerOptions extends Offer {
  /**
   * The socket's path, at most 100 bytes; the token stands beside it in `.token`, both for the user
   * alone.
   */
  readonly path: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly limits?: Partial<SocketLimits>;
  /** A peer that has not proved who it is by then is dropped, default 5,000. */
  readonly helloTimeoutMs?: number;
}

/** A served socket. */
export interface SocketServer {
  /** Peers that are connected and known. */
  readonly peers: () => number;
  /** Stops taking peers, aborts what runs, waits for its answers (at most 5 s) and ends. */
  close(): Promise<void>;
}

/** Linux allows 107 bytes, macOS 103. */
const pathBytesMax = 100;
const closeGraceMs = 5000;

/**
 * Whether a process listens on the socket. A file that a killed owner left behind is refused at
 * once.
 */
function isAlive(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path);
    probe.once("connect", () => {
      probe.destroy();
      resolve(true);
    });
    probe.once("error", () => resolve(false));
  });
}

async function listen(server: Server, path: string): Promise<void> {
  if (Buffer.byteLength(path) > pathBytesMax) {
    throw coreErrors.MOR_CONFIG(`socket ${path}: the path is longer than ${pathBytesMax} bytes`, {
      fix: "Choose a data folder with a shorter path.",
    });
  }
  mkdirSync(dirname(path), { recursive: true });
  if (await isAlive(path)) {
    throw coreErrors.MOR_PORT_TAKEN(`socket ${path}: another process serves it`, {
      fix: "Stop the other process, or choose another data folder.",
    });
  }
  rmSync(path, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, resolve);
  });
  chmodSync(path, 0o600);
}

/** Writes the token for the user alone, whole at once: a client never reads half of it. */
function writeToken(path: string, token: string): void {
  const partial = `${path}.token.partial`;
  rmSync(partial, { force: true });
  writeFileSync(partial, token, { mode: 0o600 });
  renameSync(partial, `${path}.token`);
}

/**
 * Greets a socket, then hands its messages to a peer; whatever breaks the protocol ends the socket.
 */
function attend(
  socket: Socket,
  options: SocketServerOptions,
  token: string,
  welcomed: (peer: Peer) => void,
): void {
  const limits = { ...defaultSocketLimits, ...options.limits };
  const reader = makeFrameReader(helloBytesMax);
  let peer: Peer | undefined;
  const cancelHello = options.clock.after(options.helloTimeoutMs ?? 5000, () => socket.destroy());

  const greet = (kind: number, payload: Buffer): void => {
    cancelHello();
    const verdict = judge(kind, payload, token);
    if (verdict === undefined) {
      throw engineErrors.MOR_SOCKET_PROTOCOL("socket: the peer's first frame is no hello");
    }
    if (verdict !== verdicts.welcome) return void socket.end(welcomeFrame(verdict));
    socket.write(welcomeFrame(verdict));
    reader.bytesMax = limits.frameBytesMax;
    peer = makePeer(socket, options, limits);
    welcomed(peer);
  };
  socket.on("data", (chunk: Buffer) => {
    try {
      reader.push(chunk, (kind, payload) => {
        if (socket.destroyed || socket.writableEnded) return;
        if (peer) peer.receive(messageOf(payload));
        else greet(kind, payload);
      });
    } catch {
      socket.destroy();
    }
  });
  // An error is always followed by `close`.
  socket.on("error", () => {});
  socket.on("close", () => {
    cancelHello();
    peer?.leave();
  });
}

/**
 * Serves functions and wakes to other processes of the same user on a unix socket (mode 0600, token
 * beside it).
 * @throws MOR_PORT_TAKEN when another process serves the path
 * @throws MOR_CONFIG when the path is too long for a socket
 */
export async function serveSocket(options: SocketServerOptions): Promise<SocketServer> {
  const { path, clock, random } = options;
  const token = makeIds(clock, random).hex(32);
  const sockets = new Map<Socket, Peer | undefined>();
  const server = createServer((socket) => {
    sockets.set(socket, undefined);
    socket.on("close", () => sockets.delete(socket));
    attend(socket, options, token, (peer) => sockets.set(socket, peer));
  });
  await listen(server, path);
  writeToken(path, token);
  const known = (): Peer[] => [...sockets.values()].filter((peer) => peer !== undefined);

  return {
    peers: () => known().length,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const peer of known()) peer.leave();
      const idle = Promise.all(known().map((peer) => peer.idle()));
      await Promise.race([idle, sleep(clock, closeGraceMs)]);
      rmSync(`${path}.token`, { force: true });
      for (const socket of sockets.keys()) socket.destroySoon();
      await closed;
    },
  };
}
