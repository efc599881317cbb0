import type { Protocol, ProtocolContext } from "./protocol.ts";
import { loki } from "./protocols/loki.ts";
import { opensearch } from "./protocols/opensearch.ts";
import { otlpHttp } from "./protocols/otlp-http.ts";
import { otlpGrpc } from "./protocols/otlp-grpc.ts";
import { prometheus } from "./protocols/prometheus.ts";
import { sentry } from "./protocols/sentry.ts";
import { zipkin } from "./protocols/zipkin.ts";

type Open = (context: ProtocolContext) => Protocol | Promise<Protocol>;

const protocols: { readonly [K in ProtocolContext["destination"]["kind"]]: Open } = {
  "otlp-http": otlpHttp,
  "otlp-grpc": otlpGrpc,
  zipkin,
  prometheus,
  loki,
  sentry,
  opensearch,
};

/** Makes the protocol of a destination. */
export async function openProtocol(context: ProtocolContext): Promise<Protocol> {
  return protocols[context.destination.kind](context);
}
