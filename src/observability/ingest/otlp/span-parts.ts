import { attributesMax } from "../../signals/rows.ts";
import type { Attributes } from "../../signals/records.ts";
import type { Context } from "./context.ts";
import { putException } from "./exceptions.ts";
import type { KnownOrigin } from "./origin.ts";

/** Events that a span may have, and links; the rest is left out and counted. */
export const eventsMax = 1024;

const eventKnown = 0b1_1110;
const linkKnown = 0b111_1110;

/** `{"timeNs":"1","name":"cache miss","attributes":{}}`, as `rows.ts` writes it. */
const json = (value: unknown): string =>
  JSON.stringify(value, (_key, one: unknown) => {
    if (typeof one === "bigint") return one.toString();
    return one instanceof Uint8Array ? Buffer.from(one).toString("base64") : one;
  });

/** The events and links of the span that is being read: where they lie, then what they say. */
export class SpanParts {
  private readonly context: Context;
  private readonly events: number[] = [];
  private readonly links: number[] = [];
  private found: { timeNs: bigint; name: string; attributes: Attributes }[] = [];
  /** Events, links and attributes of them that limits left out. */
  leftOut = 0;
  /** Whether one of the events is an exception; known after {@link SpanParts.eventsJson}. */
  exception = false;

  constructor(context: Context) {
    this.context = context;
  }

  /** Forgets the last span. */
  clear(): void {
    if (this.events.length > 0) this.events.length = 0;
    if (this.links.length > 0) this.links.length = 0;
    if (this.found.length > 0) this.found = [];
    this.leftOut = 0;
    this.exception = false;
  }

  /** Notes the event from `wire.at` to `end`. */
  event(end: number): void {
    this.note(this.events, end);
  }

  /** Notes the link from `wire.at` to `end`. */
  link(end: number): void {
    this.note(this.links, end);
  }

  private note(list: number[], end: number): void {
    const { wire } = this.context;
    if (list.length === eventsMax * 2) this.leftOut++;
    else list.push(wire.at, end);
    wire.at = end;
  }

  /** The events as JSON text; empty where there are none. */
  eventsJson(): string {
    const { events, found } = this;
    if (events.length === 0) return "";
    for (let index = 0; index < events.length; index += 2) {
      const event = this.readEvent(events[index] as number, events[index + 1] as number);
      if (event.name === "exception") this.exception = true;
      found.push(event);
    }
    return json(found);
  }

  /** The links as JSON text; empty where there are none. A link without valid ids is left out. */
  linksJson(): string {
    const { links } = this;
    if (links.length === 0) return "";
    const read = [];
    for (let index = 0; index < links.length; index += 2) {
      const link = this.readLink(links[index] as number, links[index + 1] as number);
      if (link === undefined) this.leftOut++;
      else read.push(link);
    }
    return read.length === 0 ? "" : json(read);
  }

  private readEvent(start: number, end: number) {
    const { wire, values } = this.context;
    let timeAt = -1;
    let name = "";
    wire.message = "Span.Event";
    wire.at = start;
    while (wire.at < end) {
      const tag = wire.tag(end);
      if (tag === 0x09) timeAt = wire.fixed64(end);
      else if (tag === 0x12) {
        const stop = wire.length(end);
        if (!wire.utf8(wire.at, stop)) values.invalid = true;
        name = wire.text(wire.at, stop).slice(0, 4096);
        wire.at = stop;
      } else if (tag === 0x1a) wire.at = wire.length(end);
      else if (tag === 0x20) wire.varint(end);
      else wire.skip(tag, end, eventKnown);
    }
    const attributes = values.attributes(start, end, 0x1a, attributesMax);
    wire.message = "Span";
    return { timeNs: timeAt < 0 ? 0n : wire.uint64(timeAt), name, attributes };
  }

  private readLink(start: number, end: number) {
    const { context } = this;
    const { wire, values } = context;
    let traceId = "";
    let spanId = "";
    wire.message = "Span.Link";
    wire.at = start;
    while (wire.at < end) {
      const tag = wire.tag(end);
      if (tag === 0x0a || tag === 0x12) {
        const stop = wire.length(end);
        const valid = context.validId(wire.at, stop, tag === 0x0a ? 16 : 8);
        const id = valid ? wire.hex(wire.at, stop) : "";
        if (tag === 0x0a) traceId = id;
        else spanId = id;
        wire.at = stop;
      } else if (tag === 0x1a || tag === 0x22) wire.at = wire.length(end);
      else if (tag === 0x28) wire.varint(end);
      else if (tag === 0x35) wire.fixed32(end);
      else wire.skip(tag, end, linkKnown);
    }
    const attributes = values.attributes(start, end, 0x22, attributesMax);
    wire.message = "Span";
    if (traceId === "" || spanId === "") return undefined;
    return { traceId, spanId, attributes };
  }

  /** Puts the exceptions among the events into the request's errors. */
  exceptions(
    origin: KnownOrigin,
    span: { readonly traceId: string; readonly spanId: string; readonly failed: boolean },
    attributes: Attributes,
  ): void {
    const { traceId, spanId, failed } = span;
    for (const event of this.found) {
      if (event.name !== "exception") continue;
      const escaped = event.attributes["exception.escaped"];
      // A span that did not fail got over its exception, unless the event says otherwise.
      const handled = !(escaped === true || escaped === "true" || failed);
      const { timeNs } = event;
      const occasion = { source: "span", timeNs, traceId, spanId, handled, attributes } as const;
      putException(this.context, origin, event.attributes, occasion);
    }
  }
}
