import type { MessagePort } from "node:worker_threads";
import { coreErrors, MorningError } from "../../core/errors.ts";

/**
 * Functions that the other thread may call: own properties, structured-clonable data in and out.
 */
export type Offer = Readonly<Record<string, object>>;

/** Calls between two threads over one port, both ways. */
export interface ThreadPort {
  /** What the other thread offers under `name`: each call is a message, answered by one. */
  service<T extends object>(name: string): T;
  /** As a call of `service(name).method`, with `transfer` moved instead of copied. */
  call(
    name: string,
    method: string,
    args: readonly unknown[],
    transfer?: readonly ArrayBuffer[],
  ): Promise<unknown>;
  /** Fails every call that waits: the other thread is gone. */
  fail(error: Error): void;
}

/** What both `Worker` and `MessagePort` are. */
type Port = Pick<MessagePort, "postMessage"> & {
  on(event: "message", listener: (message: Message) => void): unknown;
};

type Message =
  | {
      readonly kind: "call";
      readonly id: number;
      readonly service: string;
      readonly method: string;
      readonly args: readonly unknown[];
    }
  | { readonly kind: "result"; readonly id: number; readonly value: unknown }
  | { readonly kind: "error"; readonly id: number; readonly error: ErrorData };

type ErrorData = ReturnType<MorningError["toJSON"]>;

/** Calls without an answer; past it a caller is too fast. */
const callsMax = 20_000;

function errorData(error: unknown): ErrorData {
  if (MorningError.is(error)) {
    const { code, status, title, message, fix, details } = error;
    return { code, status, title, message, fix, details };
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return coreErrors.MOR_INTERNAL(`thread: ${text}`).toJSON();
}

function find(offer: Offer, service: string, method: string): (...args: unknown[]) => unknown {
  const target = Object.hasOwn(offer, service) ? offer[service] : undefined;
  const own = target !== undefined && Object.hasOwn(target, method);
  const found = own ? (target as Record<string, unknown>)[method] : undefined;
  if (typeof found === "function") return found.bind(target) as (...args: unknown[]) => unknown;
  throw coreErrors.MOR_NOT_FOUND(`thread: there is no ${service}.${method}`);
}

/** Joins this thread to the one at the other end of `port`. */
export function joinThread(port: Port, offer: Offer): ThreadPort {
  const waiting = new Map<
    number,
    { resolve: (value: unknown) => void; reject: (error: unknown) => void }
  >();
  let nextId = 1;
  let gone: Error | undefined;

  const answer = async (message: Message & { kind: "call" }): Promise<void> => {
    const { id, service, method, args } = message;
    try {
      const value = await find(offer, service, method)(...args);
      port.postMessage({ kind: "result", id, value });
    } catch (error) {
      port.postMessage({ kind: "error", id, error: errorData(error) });
    }
  };
  port.on("message", (message) => {
    if (message.kind === "call") {
      void answer(message);
      return;
    }
    const one = waiting.get(message.id);
    waiting.delete(message.id);
    if (message.kind === "result") one?.resolve(message.value);
    else one?.reject(MorningError.revive(message.error));
  });
  const call: ThreadPort["call"] = (service, method, args, transfer = []) =>
    new Promise((resolve, reject) => {
      if (gone !== undefined) return reject(gone);
      if (waiting.size >= callsMax) {
        return reject(coreErrors.MOR_OVERLOADED(`thread: ${callsMax} calls wait for an answer`));
      }
      const id = nextId++;
      waiting.set(id, { resolve, reject });
      port.postMessage({ kind: "call", id, service, method, args }, [...transfer]);
    });
  return {
    call,
    service: <T extends object>(name: string): T =>
      new Proxy({} as T, {
        // A service is no promise: `await` must not find a `then` on it.
        get: (_target, method) =>
          typeof method === "string" && method !== "then"
            ? (...args: unknown[]) => call(name, method, args)
            : undefined,
      }),
    fail(error) {
      gone = error;
      for (const { reject } of waiting.values()) reject(error);
      waiting.clear();
    },
  };
}
