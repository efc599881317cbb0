import type { Stage } from "../stage.contract.ts";

/** The most bytes of a request on the stage of the rules. */
export const limit: number = 64 * 1024;

/** Media types of the two encodings. */
export const protobuf = "application/x-protobuf";
export const json = "application/json";

/** Headers of a request in JSON. */
export const asJson: Readonly<Record<string, string>> = { "content-type": json };

/** What a request was answered. */
export interface Posted {
  readonly status: number;
  readonly headers: Headers;
  readonly type: string | null;
  readonly bytes: Uint8Array;
  readonly text: string;
}

/** What a rule is proven on. */
export interface RuleStage {
  readonly stage: Stage;
  /** Sends a request, in protobuf where nothing else is said. */
  readonly post: (
    path: string,
    body: Uint8Array | string,
    headers?: Readonly<Record<string, string>>,
    method?: string,
  ) => Promise<Posted>;
  /** Lets the store fail from now on, until the rule ends. */
  readonly failWith: (error: Error) => void;
}

/** A rule of OTLP and how it is proven. */
export interface Rule {
  /** Section of docs/specification.md of opentelemetry-proto. */
  readonly section: string;
  readonly rule: string;
  prove(on: RuleStage): Promise<void>;
}

/** Sends one request over HTTP. */
export async function postTo(
  port: number,
  path: string,
  body: Uint8Array | string,
  headers: Readonly<Record<string, string>> = { "content-type": protobuf },
  method = "POST",
): Promise<Posted> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method,
    headers,
    ...(method === "GET" ? {} : { body: typeof body === "string" ? body : Buffer.from(body) }),
  });
  const bytes = new Uint8Array(await response.arrayBuffer());
  return {
    status: response.status,
    headers: response.headers,
    type: response.headers.get("content-type"),
    bytes,
    text: Buffer.from(bytes).toString(),
  };
}

/** A request of one log record in JSON. */
export const jsonLogs = (record: object): string =>
  JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords: [record] }] }] });

/** A request of one span in JSON. */
export const jsonSpans = (record: object): string =>
  JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [record] }] }] });

/** A span as the examples of the specification have it. */
export const goodSpan = {
  traceId: "5B8EFFF798038103D269B633813FC60C",
  spanId: "EEE19B7EC3C1B174",
  name: "I'm a server span",
  startTimeUnixNano: "1544712660000000000",
  endTimeUnixNano: "1544712661000000000",
  kind: 2,
};
