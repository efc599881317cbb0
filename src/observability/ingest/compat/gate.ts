import { credentialOf } from "../credential.ts";
import type { RequestHead } from "../http/endpoint.ts";
import type { Gate } from "../http/gate.ts";

/** The coding that an endpoint inflates itself, as {@link foreignGate} hands it on. */
export const ownCodingHeader = "x-own-content-encoding";

/** Codings that the gate does not know. */
const ownCodings = new Set(["br", "snappy"]);

/** The head as the gate knows it: a key of the query is a bearer, the coding a known one. */
export function translatedHead(head: RequestHead): RequestHead {
  const { headers, query } = head;
  // OTLP says itself which codings it takes.
  if (head.path.startsWith("/v1")) return head;
  const coding = (headers["content-encoding"] ?? "").trim().toLowerCase();
  const isOwn = ownCodings.has(coding);
  const key = credentialOf(headers) === undefined ? credentialOf(headers, query) : undefined;
  if (!isOwn && key === undefined && headers[ownCodingHeader] === undefined) return head;
  const { [ownCodingHeader]: _forged, ...kept } = headers;
  return {
    ...head,
    headers: {
      ...kept,
      ...(isOwn ? { "content-encoding": "identity", [ownCodingHeader]: coding } : {}),
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
    },
  };
}

/**
 * A gate for protocols that are not OTLP: a browser's Sentry names its key in the query alone, and
 * some compress in ways that the endpoints inflate themselves (brotli, snappy).
 */
export function foreignGate(gate: Gate): Gate {
  return {
    ...gate,
    open: (head, remoteAddress) => gate.open(translatedHead(head), remoteAddress),
    handle(request) {
      const [path = "", query = ""] = request.path.split("?", 2);
      const head = { method: request.method, path, query, headers: request.headers };
      return gate.handle({ ...request, headers: translatedHead(head).headers });
    },
  };
}
