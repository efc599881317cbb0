import type { MorningError } from "../../../core/errors.ts";
import type { Grant } from "../intake.ts";

/** Header fields by lower-case name; several of one name are joined by commas. */
export type Headers = Readonly<Record<string, string>>;

/** The head of a request: what is known before its body is read. */
export interface RequestHead {
  readonly method: string;
  /** Path without the query. */
  readonly path: string;
  /** What follows the question mark; empty where there is none. */
  readonly query: string;
  readonly headers: Headers;
}

/** A request whose body has come, inflated. */
export interface Arrived extends RequestHead {
  readonly body: Uint8Array;
  /** Who sent it, for fairness: a key's id or an address. */
  readonly client: string;
  /** The room that the request holds; whoever serves it hands it to the intake or releases it. */
  readonly grant: Grant;
}

/** What a client is answered. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

/** One protocol over HTTP: which requests it serves, and in what form it answers. */
export interface Endpoint {
  /** As the dropped-data page names it: `otlp-http`, `loki`. */
  readonly source: string;
  /** Whether requests of this path are of this protocol, served or not. */
  owns(path: string): boolean;
  /**
   * Looks at the head: a request that cannot be served is refused before its body is read.
   * @throws MorningError with the status to answer
   */
  check(head: RequestHead): void;
  /** Serves a request; what it throws is answered by `refuse`. */
  serve(request: Arrived): Promise<Answer>;
  /** The answer that tells of an error in the protocol's own form. */
  refuse(error: MorningError, head: RequestHead): Answer;
}

/** Who a sender is. */
export interface Sender {
  /** For fairness and figures: a key's id or an address. */
  readonly client: string;
}

/** Why a sender is turned away. */
export interface Refusal {
  /** 401: unknown; 403: known, and may not. */
  readonly status: 401 | 403;
  readonly message: string;
}

/** Decides who may send. `remoteAddress` is that of the connection. */
export type Authorize = (
  headers: Headers,
  remoteAddress: string,
) => Sender | Refusal | Promise<Sender | Refusal>;

/** Reads the media type of a `content-type` field: lower-case, without parameters. */
export function mediaType(headers: Headers): string {
  const [type = ""] = (headers["content-type"] ?? "").split(";", 1);
  return type.trim().toLowerCase();
}
