import type { CloudEvent, CloudEventV1 } from "cloudevents";
import { coreErrors } from "../../core/errors.ts";
import { isObject, openDetail } from "./envelope.ts";
import type { EventEnvelope } from "./envelope.ts";
import { eventErrors } from "./errors.ts";

/** A CloudEvent that came in, in the bus's terms. */
export interface IncomingCloudEvent {
  readonly type: string;
  readonly source: string;
  readonly data: unknown;
  readonly atMs?: number;
  /**
   * What has no place in the envelope: id, subject, dataschema, extensions. They come out again.
   */
  readonly cloudevent: Readonly<Record<string, unknown>>;
}

/** An HTTP message. */
export interface HttpMessage {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const batchMax = 1000;

/**
 * How a request carries CloudEvents (HTTP Protocol Binding 1.0); undefined when it carries none.
 */
export function cloudEventMode(headers: Headers): "structured" | "batch" | "binary" | undefined {
  const type = headers.get("content-type")?.toLowerCase() ?? "";
  if (type.startsWith("application/cloudevents-batch")) return "batch";
  if (type.startsWith("application/cloudevents")) return "structured";
  return headers.has("ce-id") || headers.has("ce-specversion") ? "binary" : undefined;
}

function invalid(reason: string, cause?: unknown): Error {
  return eventErrors.MOR_EVENT_CLOUDEVENT_INVALID(`CloudEvent: ${reason}`, { cause });
}

function incoming(event: CloudEventV1<unknown>): IncomingCloudEvent {
  const {
    type,
    source,
    data,
    data_base64: binary,
    time,
    specversion,
    datacontenttype,
    ...rest
  } = event;
  if (specversion !== "1.0") throw invalid(`specversion is ${String(specversion)}, not 1.0`);
  if (binary !== undefined) throw invalid("the data is binary; events carry JSON");
  if (datacontenttype !== undefined && !/^application\/([\w.-]+\+)?json\b/i.test(datacontenttype)) {
    throw invalid(`the data is ${datacontenttype}; events carry JSON`);
  }
  const atMs = time === undefined ? undefined : Date.parse(time);
  const kept = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  return {
    type,
    source,
    data,
    ...(atMs === undefined || Number.isNaN(atMs) ? {} : { atMs }),
    cloudevent: kept,
  };
}

/** The SDK makes up an id and takes other versions: what must be there is checked first. */
function checkRequired(value: unknown, prefix: string): void {
  if (!isObject(value)) throw invalid("it is no object");
  for (const name of ["specversion", "id", "source", "type"]) {
    const attribute = value[`${prefix}${name}`];
    if (typeof attribute === "string" && attribute !== "") continue;
    throw invalid(`${name} is missing`);
  }
}

/** The events of a request, each as a message of its own. */
function messagesOf(
  headers: Headers,
  body: unknown,
): readonly { readonly headers: Record<string, string>; readonly body: unknown }[] {
  const all = Object.fromEntries(headers);
  const mode = cloudEventMode(headers);
  if (mode === "binary") {
    checkRequired(all, "ce-");
    return [{ headers: all, body }];
  }
  if (mode === "batch" && !Array.isArray(body)) throw invalid("a batch is a list");
  const events = mode === "batch" ? (body as unknown[]) : [body];
  if (events.length > batchMax) throw coreErrors.MOR_INVALID(`over ${batchMax} events in a batch`);
  return events.map((event) => {
    checkRequired(event, "");
    return { headers: { "content-type": "application/cloudevents+json" }, body: event };
  });
}

/**
 * Reads the CloudEvents of a request: structured, batched or binary mode.
 * @throws MOR_EVENT_CLOUDEVENT_INVALID, MOR_INVALID past 1,000 of a batch
 */
export async function readCloudEvents(
  headers: Headers,
  body: unknown,
): Promise<readonly IncomingCloudEvent[]> {
  const { HTTP, ValidationError } = await import("cloudevents");
  const given = messagesOf(headers, body);
  try {
    return given.map((message) => {
      const event = HTTP.toEvent(message) as CloudEvent<unknown>;
      event.validate();
      return incoming(event);
    });
  } catch (error) {
    if (
      !(
        error instanceof ValidationError ||
        error instanceof SyntaxError ||
        error instanceof TypeError
      )
    ) {
      throw error;
    }
    const reasons = (error as { errors?: readonly { message?: string }[] | null }).errors ?? [];
    const said = reasons.map((one) => one.message ?? "").filter(Boolean);
    throw invalid([error.message, ...said].join(": "), error);
  }
}

/** An event as CloudEvent 1.0: type, source and data are detail-type, source and detail. */
export async function cloudEventOf(envelope: EventEnvelope): Promise<CloudEvent<unknown>> {
  const { CloudEvent } = await import("cloudevents");
  const { data, reserved } = openDetail(envelope.detail);
  const { traceparent, tracestate, cloudevent = {} } = reserved;
  return new CloudEvent({
    ...cloudevent,
    id: typeof cloudevent["id"] === "string" ? cloudevent["id"] : envelope.id,
    type: envelope["detail-type"],
    // A URI-reference without a slash: `storefront.orders` is one.
    source: envelope.source,
    time: envelope.time,
    datacontenttype: "application/json",
    data,
    // The Distributed Tracing extension.
    ...(traceparent === undefined ? {} : { traceparent }),
    ...(tracestate === undefined ? {} : { tracestate }),
  });
}

/** An event as an HTTP message, structured or binary mode. */
export async function cloudEventMessage(
  envelope: EventEnvelope,
  mode: "structured" | "binary",
): Promise<HttpMessage> {
  const { HTTP } = await import("cloudevents");
  const message = HTTP[mode](await cloudEventOf(envelope));
  const headers = Object.entries(message.headers).map(([name, value]) => [
    name.toLowerCase(),
    String(value),
  ]);
  return {
    headers: Object.fromEntries(headers) as Record<string, string>,
    body: String(message.body),
  };
}
