import type { Socket } from "node:net";
import type { Cancel } from "../../core/clock.ts";
import { coreErrors, MorningError } from "../../core/errors.ts";
import { engineErrors } from "../errors.ts";
import { makeSender, messageFrame } from "./frames.ts";
import type { Message } from "./frames.ts";

/** Functions that peers may call: own properties of a plain object, plain data in and out. */
export type Service = Readonly<Record<string, (...args: never[]) => unknown>>;

/** What a server offers to its peers. */
export interface Offer {
  readonly services: Readonly<Record<string, Service>>;
  /** Where peers' subscriptions listen; wakes carry no data. */
  readonly listen?: (channel: string, listener: () => void) => Cancel;
}

/** Bounds of one connection, the same on both sides. */
export interface SocketLimits {
  readonly frameBytesMax: number;
  /** Calls without an answer. */
  readonly callsMax: number;
  /** Bytes of such calls (client), or of answers that the peer does not fetch (server). */
  readonly bytesMax: number;
  readonly subscriptionsMax: number;
}

/** The bounds that a connection has unless told otherwise. */
export const defaultSocketLimits: SocketLimits = {
  frameBytesMax: 16 * 2 ** 20,
  callsMax: 10_000,
  bytesMax: 64 * 2 ** 20,
  subscriptionsMax: 10_000,
};

/** Answers that wait for the peer above which its further calls are not read, bytes. */
const pauseBytes = 2 ** 20;

/** Serves one peer that has proved who it is. */
export interface Peer {
  receive(message: Message): void;
  /** Aborts what runs for the peer and forgets its subscriptions. */
  leave(): void;
  /** Resolves as soon as no call runs. */
  idle(): Promise<void>;
}

function errorData(error: unknown): ReturnType<MorningError["toJSON"]> {
  if (MorningError.is(error)) {
    const { code, status, title, message, fix, details } = error;
    return { code, status, title, message, fix, details };
  }
  const aborted = (error as { name?: unknown } | null)?.name === "AbortError";
  const make = aborted ? coreErrors.MOR_CANCELLED : coreErrors.MOR_INTERNAL;
  return make(`socket: ${error instanceof Error ? error.message : String(error)}`).toJSON();
}

function find(offer: Offer, service: string, method: string): (...args: unknown[]) => unknown {
  const found = Object.hasOwn(offer.services, service) ? offer.services[service] : undefined;
  const call = found && Object.hasOwn(found, method) ? found[method] : undefined;
  if (typeof call === "function") return call as (...args: unknown[]) => unknown;
  throw coreErrors.MOR_NOT_FOUND(`socket: there is no ${service}.${method}`);
}

/** Answers of a peer: bounded, and the peer's calls are not read while it does not fetch them. */
function makeAnswers(socket: Socket, limits: SocketLimits): (message: Message) => void {
  const send = makeSender(socket);
  const encode = (message: Message): Buffer => {
    try {
      return messageFrame(message, limits.frameBytesMax);
    } catch (error) {
      return messageFrame(
        { kind: "error", id: message.id, error: errorData(error) },
        limits.frameBytesMax,
      );
    }
  };
  return (message) => {
    send(encode(message));
    if (socket.writableLength > limits.bytesMax) {
      socket.destroy(
        engineErrors.MOR_SOCKET_PROTOCOL("socket: the peer does not read its answers"),
      );
    } else if (socket.writableLength > pauseBytes && !socket.isPaused()) {
      socket.pause();
      socket.once("drain", () => socket.resume());
    }
  };
}

interface Subscription {
  readonly cancel: Cancel;
}

/** Subscriptions of a peer. Wakes merge while the peer is slow, and none is lost. */
function makeSubscriptions(
  socket: Socket,
  offer: Offer,
  limits: SocketLimits,
  answer: (message: Message) => void,
): { add(id: number, channel: string): void; remove(id: number): void; clear(): void } {
  const subscriptions = new Map<number, Subscription>();
  const late = new Set<number>();
  const sendLate = (): void => {
    for (const id of late) answer({ kind: "push", id });
    late.clear();
  };
  const wake = (id: number): void => {
    if (socket.writableLength <= pauseBytes) return answer({ kind: "push", id });
    if (late.size === 0) socket.once("drain", sendLate);
    late.add(id);
  };
  const remove = (id: number): void => {
    subscriptions.get(id)?.cancel();
    subscriptions.delete(id);
    late.delete(id);
  };
  return {
    add(id, channel) {
      if (subscriptions.size >= limits.subscriptionsMax || subscriptions.has(id)) {
        throw engineErrors.MOR_SOCKET_PROTOCOL("socket: a subscription too many");
      }
      subscriptions.set(id, { cancel: offer.listen?.(channel, () => wake(id)) ?? (() => {}) });
      // What was woken before the subscription arrived is caught up by one wake.
      wake(id);
    },
    remove,
    clear() {
      for (const id of subscriptions.keys()) remove(id);
    },
  };
}

/** Serves `socket` with `offer`. */
export function makePeer(socket: Socket, offer: Offer, limits: SocketLimits): Peer {
  const answer = makeAnswers(socket, limits);
  const subscriptions = makeSubscriptions(socket, offer, limits, answer);
  const running = new Map<number, AbortController>();
  const watchers: (() => void)[] = [];

  const call = async (message: Message & { readonly kind: "call" }): Promise<void> => {
    const { id, service, method, args, cancellable } = message;
    const controller = new AbortController();
    running.set(id, controller);
    try {
      const run = find(offer, service, method);
      const value = await run(...args, ...(cancellable ? [controller.signal] : []));
      answer({ kind: "result", id, value });
    } catch (error) {
      answer({ kind: "error", id, error: errorData(error) });
    } finally {
      running.delete(id);
      if (running.size === 0) for (const watcher of watchers.splice(0)) watcher();
    }
  };
  const overloaded = (id: number): void => {
    const error = coreErrors.MOR_OVERLOADED(`socket: ${limits.callsMax} calls run for one peer`);
    answer({ kind: "error", id, error: error.toJSON() });
  };
  return {
    idle: () =>
      new Promise((resolve) => {
        if (running.size === 0) resolve();
        else watchers.push(resolve);
      }),
    leave() {
      for (const controller of running.values()) controller.abort();
      subscriptions.clear();
    },
    receive(message) {
      switch (message.kind) {
        case "call":
          if (running.size >= limits.callsMax) return overloaded(message.id);
          return void call(message);
        case "cancel":
          return running.get(message.id)?.abort();
        case "subscribe":
          return subscriptions.add(message.id, message.channel);
        case "unsubscribe":
          return subscriptions.remove(message.id);
        default:
          throw engineErrors.MOR_SOCKET_PROTOCOL(`socket: a ${String(message.kind)} from a client`);
      }
    },
  };
}
