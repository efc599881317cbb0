import { MorningError } from "../../core/errors.ts";
import type { ForeignProtocol, Host } from "../../core/host.ts";
import { credentialOf } from "../ingest/credential.ts";
import { jaegerApi } from "../query/jaeger/api.ts";
import { prometheusApi } from "../query/prometheus/api.ts";
import type { TelemetryRuntime } from "./runtime.ts";
import { ingestDoor } from "./wiring.ts";

/** The largest request of a sender on the platform's own port, bytes. */
const bodyBytesMax: number = 64 * 2 ** 20;

/** Where telemetry is handed in on the platform's own port; 4317 and 4318 are the usual ways. */
const ingestPaths = [
  "/v1/traces",
  "/v1/logs",
  "/v1/metrics",
  "/compat/zipkin/*",
  "/compat/loki/*",
  "/compat/prometheus/api/v1/write",
  "/compat/sentry/*",
  "/compat/cloudwatch",
];

/** The whole body; undefined when it is larger than it may be. */
async function bodyOf(request: Request): Promise<Uint8Array | undefined> {
  if (request.body === null) return new Uint8Array();
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of request.body as unknown as AsyncIterable<Uint8Array>) {
    bytes += part.byteLength;
    if (bytes > bodyBytesMax) return undefined;
    parts.push(part);
  }
  return new Uint8Array(Buffer.concat(parts));
}

function plainAnswer(status: number, text: string): Response {
  return new Response(text, { status, headers: { "content-type": "text/plain" } });
}

async function takeIn(
  { driver }: TelemetryRuntime,
  host: Host,
  request: Request,
  address: string,
): Promise<Response> {
  const headers = Object.fromEntries(request.headers);
  const url = new URL(request.url);
  let client: string;
  try {
    client = await host.need(ingestDoor).authorize(credentialOf(headers, url.search), address);
  } catch (error) {
    if (!MorningError.is(error)) throw error;
    return plainAnswer(error.status, error.message);
  }
  const body = await bodyOf(request);
  if (body === undefined) return plainAnswer(413, `more than ${bodyBytesMax} bytes`);
  const path = `${url.pathname}${url.search}`;
  const answer = await driver.ingest({ method: request.method, path, headers, body, client });
  return new Response(new Uint8Array(answer.body), {
    status: answer.status,
    headers: answer.headers,
  });
}

/** Protocols of others on the platform's own port. */
export function telemetryProtocols(
  runtime: TelemetryRuntime,
  host: Host,
): readonly ForeignProtocol[] {
  const { office } = runtime;
  if (office === undefined) return [];
  const { reader } = office.parts;
  const prometheus = prometheusApi({ reader, clock: host.clock });
  const jaeger = jaegerApi({ reader, clock: host.clock });
  return [
    {
      paths: ingestPaths,
      role: "ingest",
      handle: (request, client) => takeIn(runtime, host, request, client),
    },
    { paths: ["/compat/prometheus/*"], role: "viewer", handle: prometheus },
    { paths: ["/compat/jaeger/*"], role: "viewer", handle: jaeger },
  ];
}
