import type { Host } from "../core/host.ts";
import { spanKind } from "../core/tracing.ts";
import type { SpanForm } from "../core/tracing.ts";

/** Names of messaging systems by engine, as OpenTelemetry's conventions spell them. */
const systems: Readonly<Record<string, string>> = {
  sqs: "aws.sqs",
  sns: "aws.sns",
  eventbridge: "aws.eventbridge",
  "eventbridge-scheduler": "aws.eventbridge",
};

/** What a messaging span is about. */
export interface MessagingSpan {
  /** The pillar: `queue`, `event`, `schedule`. */
  readonly kind: string;
  /** The declared resource's name. */
  readonly name: string;
  /** What the engine calls what is done: `send`, `publish`, `process`, `run`. */
  readonly operation: string;
  /** The subscription, where there is one. */
  readonly subscription?: string;
}

function formOf(
  host: Pick<Host, "engines">,
  { kind, name, operation, subscription }: MessagingSpan,
  type: "send" | "process",
): SpanForm {
  const engine = host.engines?.get(kind) ?? "sqlite";
  return {
    name: `${operation} ${name}`,
    kind: type === "send" ? spanKind.producer : spanKind.consumer,
    attributes: {
      "messaging.system.name": systems[engine] ?? "morning",
      "messaging.operation.name": operation,
      "messaging.operation.type": type,
      "messaging.destination.name": name,
      ...(subscription === undefined
        ? {}
        : { "messaging.destination.subscription.name": subscription }),
      "morning.resource": `${kind}/${name}`,
    },
  };
}

/** The form of spans that put messages somewhere. */
export function producerForm(host: Pick<Host, "engines">, about: MessagingSpan): SpanForm {
  return formOf(host, about, "send");
}

/** The form of spans that handle messages. */
export function consumerForm(host: Pick<Host, "engines">, about: MessagingSpan): SpanForm {
  return formOf(host, about, "process");
}
