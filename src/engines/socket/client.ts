import { readFileSync } from "node:fs";
import { connect } from "node:net";
import type { Socket } from "node:net";
import type { Cancel, Clock } from "../../core/clock.ts";
import { coreErrors, MorningError } from "../../core/errors.ts";
import type { Random } from "../../core/ids.ts";
import { callSafely } from "../wakes.ts";
import { makeCalls } from "./calls.ts";
import { makeFrameReader, makeSender, messageFrame, messageOf } from "./frames.ts";
import type { Message } from "./frames.ts";
import { helloFrame, refusalOf } from "./hello.ts";
import { defaultSocketLimits } from "./peer.ts";
import type { SocketLimits } from "./peer.ts";

/** How a process reaches the owner. */
export interface SocketClientOptions {
  readonly path: string;
  readonly clock: Clock;
  readonly random: Random;
  /** The token, if it does not stand beside the socket. */
  readonly token?: string;
  readonly limits?: Partial<SocketLimits>;
  /** How long one attempt to connect may take, default 5,000. */
  readonly connectTimeoutMs?: number;
}

/** A connection to the owner that mends itself. */
export interface SocketConnection {
  /**
   * Functions of a service. An AbortSignal as the last argument is forwarded. Errors keep their
   * code; besides them a call may fail with MOR_ENGINE_UNAVAILABLE (the owner is away;
   * `details.sent` says whether the call had left, so that its outcome is unknown), MOR_OVERLOADED
   * (too much in flight), MOR_INVALID (no plain data).
   */
  service<T extends object>(name: string): T;
  /**
   * Calls `listener` at each wake of `channel`, once after subscribing and once after every
   * reconnection.
   */
  subscribe(channel: string, listener: () => void): Cancel;
  readonly connected: () => boolean;
  close(): Promise<void>;
}

const firstDelayMs = 20;
const delayMsMax = 2000;

function unavailable(path: string, cause: unknown, sent: boolean): MorningError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return coreErrors.MOR_ENGINE_UNAVAILABLE(`socket ${path}: the owner is away: ${reason}`, {
    fix: "Start the platform that owns the data folder, or wait until it is back, and repeat.",
    cause,
    details: { sent },
  });
}

/** A socket after its handshake. */
interface Link {
  readonly socket: Socket;
  send(frame: Uint8Array): void;
}

/** Connects and shakes hands, then hands over every message until `lost`. */
function openLink(
  options: SocketClientOptions,
  limits: SocketLimits,
  receive: (message: Message) => void,
  lost: (cause: unknown) => void,
): Promise<Link> {
  const { path, clock, connectTimeoutMs = 5000 } = options;
  return new Promise((resolve, reject) => {
    const token = options.token ?? readFileSync(`${path}.token`, "utf8");
    const socket = connect(path, () => socket.write(helloFrame(token)));
    const reader = makeFrameReader(limits.frameBytesMax);
    let welcome = false;
    let reason: unknown = "the connection ended";
    const cancel = clock.after(connectTimeoutMs, () => {
      reason = `no answer within ${connectTimeoutMs} ms`;
      socket.destroy();
    });
    const take = (kind: number, payload: Buffer): void => {
      if (welcome) return receive(messageOf(payload));
      const refusal = refusalOf(path, kind, payload);
      if (refusal) throw refusal;
      welcome = true;
      cancel();
      resolve({ socket, send: makeSender(socket) });
    };
    socket.on("data", (chunk: Buffer) => {
      try {
        reader.push(chunk, take);
      } catch (error) {
        reason = error;
        socket.destroy();
      }
    });
    socket.on("error", (error) => (reason = error));
    socket.on("close", () => {
      cancel();
      if (welcome) lost(reason);
      else reject(reason);
    });
  });
}

/** Sends what is still to be sent and ends. */
function endLink({ socket }: Link): Promise<void> {
  return new Promise((resolve) => {
    socket.once("close", () => resolve());
    socket.destroySoon();
  });
}

interface Subscription {
  readonly channel: string;
  readonly listener: () => void;
}

/**
 * Connects to the owner of an embedded engine. The connection mends itself with growing delays when
 * the owner comes back; calls fail meanwhile.
 * @throws MOR_ENGINE_UNAVAILABLE when no owner answers at first
 * @throws MOR_SOCKET_PROTOCOL when the owner speaks another version
 * @throws MOR_SOCKET_REFUSED when the token is wrong
 */
export async function connectSocket(options: SocketClientOptions): Promise<SocketConnection> {
  const { path, clock, random } = options;
  const limits = { ...defaultSocketLimits, ...options.limits };
  const subscriptions = new Map<number, Subscription>();
  let link: Link | undefined;
  let lostBy: unknown = "not connected yet";
  let closed = false;
  let nextSubscription = 1;
  let cancelRetry: Cancel = () => {};

  const send = (message: Message): number => {
    if (!link) throw unavailable(path, lostBy, false);
    const frame = messageFrame(message, limits.frameBytesMax);
    link.send(frame);
    return frame.byteLength;
  };
  const calls = makeCalls(limits, send);
  const receive = (message: Message): void => {
    if (message.kind !== "push") return calls.settle(message);
    const subscription = subscriptions.get(message.id);
    if (subscription) callSafely(subscription.listener);
  };
  const lost = (cause: unknown): void => {
    link = undefined;
    lostBy = cause;
    calls.fail(unavailable(path, cause, true));
    if (!closed) retry(firstDelayMs);
  };
  const open = async (): Promise<void> => {
    link = await openLink(options, limits, receive, lost);
    for (const [id, { channel }] of subscriptions) send({ kind: "subscribe", id, channel });
  };
  const retry = (delayMs: number): void => {
    // Half of the delay is random, so that many clients do not come back in step.
    cancelRetry = clock.after(delayMs * (0.5 + random.next() / 2), () => {
      open().then(
        () => closed && link?.socket.destroy(),
        (error: unknown) => {
          lostBy = error;
          if (!closed) retry(Math.min(delayMs * 2, delayMsMax));
        },
      );
    });
  };

  await open().catch((error: unknown) => {
    throw MorningError.is(error) ? error : unavailable(path, error, false);
  });
  return {
    connected: () => link !== undefined,
    service: calls.service,
    subscribe(channel, listener) {
      const id = nextSubscription++;
      subscriptions.set(id, { channel, listener });
      if (link) send({ kind: "subscribe", id, channel });
      return () => {
        if (subscriptions.delete(id) && link) send({ kind: "unsubscribe", id });
      };
    },
    async close() {
      closed = true;
      cancelRetry();
      if (link) await endLink(link);
    },
  };
}
