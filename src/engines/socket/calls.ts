import { coreErrors, MorningError } from "../../core/errors.ts";
import { engineErrors } from "../errors.ts";
import type { Message } from "./frames.ts";
import type { SocketLimits } from "./peer.ts";

/** Calls of a client that wait for their answers, bounded in number and bytes. */
export interface Calls {
  readonly service: <T extends object>(name: string) => T;
  settle(message: Message): void;
  /** Fails all that wait: the owner is gone. */
  fail(error: MorningError): void;
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly bytes: number;
  readonly forget: () => void;
}

/** Makes the calls of a connection; `send` returns the bytes sent, or throws. */
export function makeCalls(limits: SocketLimits, send: (message: Message) => number): Calls {
  const waiting = new Map<number, Waiting>();
  let bytesWaiting = 0;
  let nextId = 1;

  const assertRoom = (): void => {
    if (waiting.size < limits.callsMax && bytesWaiting < limits.bytesMax) return;
    throw coreErrors.MOR_OVERLOADED(
      `socket: ${waiting.size} calls of ${bytesWaiting} bytes wait for the owner`,
      { details: { callsMax: limits.callsMax, bytesMax: limits.bytesMax } },
    );
  };
  const take = (id: number): Waiting | undefined => {
    const one = waiting.get(id);
    if (!one) return undefined;
    waiting.delete(id);
    bytesWaiting -= one.bytes;
    one.forget();
    return one;
  };
  /** Passes an abort on; the answer still comes from the owner, who alone knows what was done. */
  const watch = (id: number, signal: AbortSignal | undefined): (() => void) => {
    if (!signal) return () => {};
    const cancel = (): void => {
      if (waiting.has(id)) send({ kind: "cancel", id });
    };
    signal.addEventListener("abort", cancel, { once: true });
    return () => signal.removeEventListener("abort", cancel);
  };
  const call = (service: string, method: string, given: readonly unknown[]): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const last = given.at(-1);
      const signal = last instanceof AbortSignal ? last : undefined;
      if (signal?.aborted) {
        return reject(coreErrors.MOR_CANCELLED(`socket: ${service}.${method} was cancelled`));
      }
      assertRoom();
      const id = nextId++;
      const args = signal ? given.slice(0, -1) : given;
      const cancellable = signal !== undefined;
      const bytes = send({ kind: "call", id, service, method, args, cancellable });
      waiting.set(id, { resolve, reject, bytes, forget: watch(id, signal) });
      bytesWaiting += bytes;
    });

  return {
    service: <T extends object>(name: string): T =>
      new Proxy({} as T, {
        // A service is no promise: `await` must not find a `then` on it.
        get: (_target, method) =>
          typeof method === "string" && method !== "then"
            ? (...args: unknown[]) => call(name, method, args)
            : undefined,
      }),
    settle(message) {
      if (message.kind === "result") take(message.id)?.resolve(message.value);
      else if (message.kind === "error") {
        take(message.id)?.reject(MorningError.revive(message.error));
      } else throw engineErrors.MOR_SOCKET_PROTOCOL(`socket: a ${message.kind} from the owner`);
    },
    fail(error) {
      for (const id of waiting.keys()) take(id)?.reject(error);
    },
  };
}
