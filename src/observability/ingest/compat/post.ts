import type { MorningError } from "../../../core/errors.ts";
import type { Signal } from "../../signals/records.ts";
import { ingestErrors } from "../errors.ts";
import type { Answer, Arrived, Endpoint, RequestHead } from "../http/endpoint.ts";
import type { Intake } from "../intake.ts";
import type { Taken } from "../taken.ts";
import { Tally } from "./tally.ts";

/** A protocol that is one POST: what differs between them. */
export interface PostProtocol {
  /** As the dropped-data page names it. */
  readonly source: string;
  readonly signal: Signal | "unknown";
  owns(path: string): boolean;
  /** Bytes of a body after decompression: {@link foreignBytesMax} if left out. */
  readonly bodyBytesMax?: number;
  /** @throws MorningError where the head says that the request cannot be served */
  check?(head: RequestHead): void;
  /** What is left to inflate or unwrap; the grant holds what comes of it. */
  open?(request: Arrived): Promise<Uint8Array>;
  /** Puts what the body says on the tally. @throws MOR_INGEST_MALFORMED: nothing of it is kept */
  decode(body: Uint8Array, request: Arrived, tally: Tally): void;
  answer(taken: readonly Taken[], request: Arrived): Answer;
  /** Plain text where left out. */
  refuse?(error: MorningError, head: RequestHead): Answer;
}

/** Bytes of a body of a protocol that is read as a whole: JSON takes ten times as much. */
export const foreignBytesMax: number = 16 * 1024 * 1024;

const encoder = new TextEncoder();

/** An answer of plain text. */
export function textAnswer(status: number, text: string): Answer {
  return {
    status,
    headers: { "content-type": "text/plain; charset=utf-8" },
    body: encoder.encode(text),
  };
}

/** An answer of JSON. */
export function jsonAnswer(status: number, value: object): Answer {
  return {
    status,
    headers: { "content-type": "application/json" },
    body: encoder.encode(JSON.stringify(value)),
  };
}

/** The answer that says nothing. */
export const noContent: Answer = { status: 204, headers: {}, body: new Uint8Array(0) };

function tooLarge(bytes: number, limit: number): Error {
  return ingestErrors.MOR_INGEST_TOO_LARGE(`${bytes} bytes are more than ${limit}`, {
    details: { limit },
  });
}

/** Makes an endpoint of a protocol. */
export function postEndpoint(intake: Intake, protocol: PostProtocol): Endpoint {
  const { source, signal } = protocol;
  const limit = protocol.bodyBytesMax ?? foreignBytesMax;
  return {
    source,
    owns: (path) => protocol.owns(path),
    check(head) {
      if (head.method !== "POST") {
        throw ingestErrors.MOR_INGEST_METHOD(`${head.path} takes POST, not ${head.method}`, {
          details: { allow: "POST" },
        });
      }
      const declared = Number(head.headers["content-length"] ?? 0);
      if (declared > limit) throw tooLarge(declared, limit);
      protocol.check?.(head);
    },
    async serve(request) {
      if (request.body.length > limit) throw tooLarge(request.body.length, limit);
      const body = (await protocol.open?.(request)) ?? request.body;
      const taken = await intake.take(request.grant, {
        source,
        signal,
        decode(sheet, nowNs) {
          const tally = new Tally(sheet, nowNs);
          protocol.decode(body, request, tally);
          return tally.taken();
        },
      });
      return protocol.answer(taken, request);
    },
    refuse: (error, head) =>
      protocol.refuse?.(error, head) ?? textAnswer(error.status, error.message),
  };
}
