import { coreErrors } from "../../../core/errors.ts";
import type { MorningError } from "../../../core/errors.ts";
import { ingestErrors } from "../errors.ts";
import type { Grant, Intake } from "../intake.ts";
import { codingOf, inflate } from "./body.ts";
import type { Coding } from "./body.ts";
import type { Answer, Authorize, Endpoint, Headers, RequestHead, Sender } from "./endpoint.ts";
import { asMorning, countRefusal } from "./refusal.ts";

/** The most bytes of a request, before and after decompression, where nothing else is said. */
export const bodyBytesMax: number = 64 * 1024 * 1024;

/** What the gate is made of. */
export interface GateOptions {
  readonly intake: Intake;
  /** The protocols; the first that owns a path serves it. */
  readonly endpoints: readonly Endpoint[];
  readonly authorize: Authorize;
  /** Bytes of a body, before and after decompression: {@link bodyBytesMax} by default. */
  readonly bodyBytesMax?: number;
  /** Origins of browsers that may send: `https://shop.example`. None by default. */
  readonly origins?: readonly string[];
}

/** A request that may send its body. */
export interface Passage {
  readonly head: RequestHead;
  readonly endpoint: Endpoint;
  readonly coding: Coding;
  readonly grant: Grant;
}

/** A whole request in memory, whose sender is known: of the platform's own port. */
export interface MountedRequest {
  readonly method: string;
  /** Path and query: `/v1/logs`. */
  readonly path: string;
  /** By lower-case name. */
  readonly headers: Headers;
  readonly body: Uint8Array;
  /** Who sends, for fairness: a key's id or an address. */
  readonly client: string;
}

/** The way of a request over HTTP, the same for every port and protocol. */
export interface Gate {
  readonly bodyBytesMax: number;
  /** The protocol that a path belongs to. */
  endpointOf(path: string): Endpoint | undefined;
  /**
   * Decides by the head whether the body is read.
   * @throws MorningError with the status to answer
   */
  open(head: RequestHead, remoteAddress: string): Promise<Passage>;
  /** Serves the request. @throws MorningError with the status to answer */
  serve(passage: Passage, body: Uint8Array): Promise<Answer>;
  /** Counts and words a refusal. */
  refuse(error: unknown, head: RequestHead, body?: Uint8Array): Answer;
  /** The answer to a browser's preflight request; undefined where the request is none. */
  preflight(head: RequestHead): Answer | undefined;
  /** Serves a request of the platform's own port, which has let its sender in. */
  handle(request: MountedRequest): Promise<Answer>;
}

/** The head of a request for `target`, the path and query. */
export function headOf(method: string, target: string, headers: Headers): RequestHead {
  const [path = "", query = ""] = target.split("?", 2);
  return { method, path, query, headers };
}

/** Makes the gate. */
export function gate(options: GateOptions): Gate {
  const { intake, endpoints, authorize, origins = [] } = options;
  const limit = options.bodyBytesMax ?? bodyBytesMax;
  const endpointOf = (path: string): Endpoint | undefined =>
    endpoints.find((endpoint) => endpoint.owns(path));
  const found = (path: string): Endpoint => {
    const endpoint = endpointOf(path);
    if (endpoint === undefined) throw coreErrors.MOR_NOT_FOUND(`no telemetry is taken at ${path}`);
    return endpoint;
  };
  const admit = (head: RequestHead, client: string): Passage => {
    const endpoint = found(head.path);
    endpoint.check(head);
    const coding = codingOf(head.headers["content-encoding"]);
    const declared = Number(head.headers["content-length"] ?? 0);
    if (declared > limit) {
      throw ingestErrors.MOR_INGEST_TOO_LARGE(`${declared} bytes are more than ${limit}`, {
        details: { limit },
      });
    }
    return { head, endpoint, coding, grant: intake.admit(client, declared) };
  };
  const made: Gate = {
    bodyBytesMax: limit,
    endpointOf,
    async open(head, remoteAddress) {
      checkOrigin(head.headers["origin"], origins);
      const sender = await senderOf(authorize, head.headers, remoteAddress);
      return admit(head, sender.client);
    },
    async serve({ head, endpoint, coding, grant }, body) {
      try {
        const inflated = await inflate(body, coding, limit, grant);
        return await endpoint.serve({ ...head, body: inflated, client: grant.client, grant });
      } finally {
        grant.release();
      }
    },
    refuse(error, head, body) {
      const told = asMorning(error);
      const endpoint = endpointOf(head.path);
      const what = `${head.method} ${head.path}`;
      countRefusal(intake, endpoint?.source ?? "http", told, what, body);
      const answer = endpoint?.refuse(told, head) ?? {
        status: told.status,
        headers: { "content-type": "text/plain; charset=utf-8" },
        body: Buffer.from(told.message),
      };
      const headers = { ...answer.headers, ...extra(told), ...cors(head, origins) };
      return { ...answer, headers };
    },
    preflight: (head) => preflight(head, origins),
    async handle({ method, path, headers, body, client }) {
      const head = headOf(method, path, headers);
      let passage: Passage | undefined;
      try {
        passage = admit(head, client);
        passage.grant.grow(body.length);
        return await made.serve(passage, body);
      } catch (error) {
        return made.refuse(error, head, body);
      } finally {
        passage?.grant.release();
      }
    },
  };
  return made;
}

/** Who sends. @throws MOR_INGEST_UNAUTHENTICATED, MOR_INGEST_FORBIDDEN */
export async function senderOf(
  authorize: Authorize,
  headers: Headers,
  remoteAddress: string,
): Promise<Sender> {
  const found = await authorize(headers, remoteAddress);
  if (!("status" in found)) return found;
  if (found.status === 401) throw ingestErrors.MOR_INGEST_UNAUTHENTICATED(found.message);
  throw ingestErrors.MOR_INGEST_FORBIDDEN(found.message);
}

/** The fields that go with a status, whatever the protocol. */
function extra({ status, details }: MorningError): Headers {
  const { retryAfterMs, allow, acceptEncoding } = details;
  return {
    ...(typeof retryAfterMs === "number"
      ? { "retry-after": String(Math.max(1, Math.ceil(retryAfterMs / 1_000))) }
      : {}),
    ...(typeof allow === "string" ? { allow } : {}),
    ...(typeof acceptEncoding === "string" ? { "accept-encoding": acceptEncoding } : {}),
    ...(status === 401 ? { "www-authenticate": 'Bearer realm="telemetry"' } : {}),
  };
}

/** A page of a foreign origin must not send, even where it cannot read the answer. */
function checkOrigin(origin: string | undefined, origins: readonly string[]): void {
  if (origin === undefined || origins.includes(origin)) return;
  throw ingestErrors.MOR_INGEST_FORBIDDEN(
    `the browser's origin ${origin.slice(0, 200)} is not among those that may send`,
  );
}

/** What lets a browser read the answer. */
export function cors({ headers }: RequestHead, origins: readonly string[]): Headers {
  const { origin } = headers;
  if (origin === undefined || !origins.includes(origin)) return {};
  return {
    "access-control-allow-origin": origin,
    "access-control-expose-headers": "retry-after",
    vary: "origin",
  };
}

function preflight(head: RequestHead, origins: readonly string[]): Answer | undefined {
  const asked = head.headers["access-control-request-method"];
  if (head.method !== "OPTIONS" || asked === undefined) return undefined;
  const allowed = cors(head, origins);
  const body = new Uint8Array(0);
  if (Object.keys(allowed).length === 0) return { status: 403, headers: {}, body };
  return {
    status: 204,
    headers: {
      ...allowed,
      "access-control-allow-methods": "POST",
      "access-control-allow-headers":
        "authorization, content-encoding, content-type, traceparent, tracestate, x-api-key",
      "access-control-max-age": "7200",
    },
    body,
  };
}
