import { deserialize, serialize } from "node:v8";
import type { Socket } from "node:net";
import { coreErrors } from "../../core/errors.ts";
import type { MorningErrorData } from "../../core/errors.ts";
import { engineErrors } from "../errors.ts";

/** Version of the protocol; peers of different versions refuse each other by name. */
export const protocolVersion = 1;

/** A frame: length of what follows (4 bytes, big endian), kind (1 byte), payload. */
const headBytes = 5;

/**
 * Kinds of frames. The first two have a fixed binary payload, all others a serialised {@link
 * Message}.
 */
export const frameKinds = { hello: 1, welcome: 2, message: 3 } as const;

/** Largest payload before a peer has proved who it is. */
export const helloBytesMax = 512;

/** What peers say after the handshake. */
export type Message =
  | {
      readonly kind: "call";
      readonly id: number;
      readonly service: string;
      readonly method: string;
      readonly args: readonly unknown[];
      /** The caller may cancel: the function gets an AbortSignal as its last argument. */
      readonly cancellable: boolean;
    }
  | { readonly kind: "result"; readonly id: number; readonly value: unknown }
  | { readonly kind: "error"; readonly id: number; readonly error: MorningErrorData }
  | { readonly kind: "cancel"; readonly id: number }
  | { readonly kind: "subscribe"; readonly id: number; readonly channel: string }
  | { readonly kind: "unsubscribe"; readonly id: number }
  | { readonly kind: "push"; readonly id: number };

/** Puts a head before a payload. */
export function frameOf(kind: number, payload: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(headBytes + payload.byteLength);
  frame.writeUInt32BE(payload.byteLength + 1, 0);
  frame.writeUInt8(kind, 4);
  frame.set(payload, headBytes);
  return frame;
}

/**
 * A message as a frame.
 * @throws MOR_INVALID when it holds what cannot cross processes, or is larger than a frame may be
 */
export function messageFrame(message: Message, frameBytesMax: number): Buffer {
  let payload: Buffer;
  try {
    payload = serialize(message);
  } catch (error) {
    throw coreErrors.MOR_INVALID(`socket: a value cannot cross processes: ${String(error)}`, {
      fix: "Pass plain data over the socket: no functions, no class instances.",
    });
  }
  if (payload.byteLength <= frameBytesMax) return frameOf(frameKinds.message, payload);
  throw coreErrors.MOR_INVALID(
    `socket: a message of ${payload.byteLength} bytes is larger than ${frameBytesMax}`,
    { fix: "Send less at once.", details: { bytes: payload.byteLength, frameBytesMax } },
  );
}

/** Reads a message's payload. Only for peers that have proved who they are. */
export function messageOf(payload: Uint8Array): Message {
  try {
    return deserialize(payload) as Message;
  } catch (error) {
    throw engineErrors.MOR_SOCKET_PROTOCOL(`socket: a frame is no message: ${String(error)}`);
  }
}

/** Cuts a stream of bytes into frames. */
export interface FrameReader {
  /** Raised once a peer has proved who it is. */
  bytesMax: number;
  /**
   * @throws MOR_SOCKET_PROTOCOL when a frame says to be larger than it may be: before it is read
   */
  push(chunk: Buffer, take: (kind: number, payload: Buffer) => void): void;
}

/** Makes a reader that holds at most one frame and the chunk that ended it. */
export function makeFrameReader(bytesMax: number): FrameReader {
  let chunks: Buffer[] = [];
  let held = 0;
  let needed = headBytes;

  const join = (): Buffer => {
    const whole = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, held);
    chunks = [whole];
    return whole;
  };
  const reader: FrameReader = {
    bytesMax,
    push(chunk, take) {
      chunks.push(chunk);
      held += chunk.byteLength;
      if (held < needed) return;
      const whole = join();
      let at = 0;
      needed = headBytes;
      while (whole.byteLength - at >= headBytes) {
        const length = whole.readUInt32BE(at);
        if (length < 1 || length > reader.bytesMax + 1) {
          throw engineErrors.MOR_SOCKET_PROTOCOL(
            `socket: a frame of ${length} bytes, allowed are 1 to ${reader.bytesMax + 1}`,
          );
        }
        const end = at + 4 + length;
        if (end > whole.byteLength) {
          needed = end - at;
          break;
        }
        take(whole.readUInt8(at + 4), whole.subarray(at + headBytes, end));
        at = end;
      }
      held = whole.byteLength - at;
      chunks = held === 0 ? [] : [whole.subarray(at)];
    },
  };
  return reader;
}

/** Sends frames; those of one turn of the event loop leave in one system call. */
export function makeSender(socket: Socket): (frame: Uint8Array) => void {
  let corked = false;
  return (frame) => {
    if (socket.destroyed || socket.writableEnded) return;
    if (!corked) {
      corked = true;
      socket.cork();
      setImmediate(() => {
        corked = false;
        socket.uncork();
      });
    }
    socket.write(frame);
  };
}
