import type { Attributes, Origin } from "../../signals/records.ts";
import { serviceOf } from "../../signals/records.ts";
import { attributesMax, originId, textOf } from "../../signals/rows.ts";
import type { Sheet } from "../sheet.ts";
import type { Values } from "./values.ts";

/** An origin whose id and service were worked out before. */
export interface KnownOrigin {
  readonly origin: Origin;
  readonly id: bigint;
  /** The id as the column holds it: eight bytes, little-endian. */
  readonly idBytes: Uint8Array;
  readonly service: string;
  /** `service.version`; empty where it is not said. */
  readonly release: string;
  /** Set when a text of the resource or scope is not UTF-8: its records cannot be kept. */
  readonly invalid: boolean;
}

/** Origins that are remembered; past it the memory starts anew. */
const rememberedMax = 4096;

/** Bytes of resources and scopes that are remembered. */
const rememberedBytesMax = 8 * 1024 * 1024;

/** A stretch of the request: from and to; both equal for a message that is absent. */
export interface Stretch {
  start: number;
  end: number;
}

/** The same text as `recordWriter` makes of attributes, so that an origin has one id. */
const json = (value: Attributes): string =>
  JSON.stringify(value, (_key, one: unknown) => {
    if (typeof one === "bigint") return one.toString();
    return one instanceof Uint8Array ? Buffer.from(one).toString("base64") : one;
  });

/**
 * Knows resources and scopes by their raw bytes, so that a sender's every request costs one look-up
 * for them: what they say is decoded once.
 */
export class Origins {
  private readonly values: Values;
  private byBytes = new Map<string, KnownOrigin>();
  private bytes = 0;

  constructor(values: Values) {
    this.values = values;
  }

  /** The origin of a resource and a scope; its row is put on the sheet if it is not there. */
  of(sheet: Sheet, resource: Stretch, scope: Stretch): KnownOrigin {
    const { buffer } = this.values.wire;
    const raw =
      buffer.toString("latin1", resource.start, resource.end) +
      `\u0000${resource.end - resource.start}\u0000` +
      buffer.toString("latin1", scope.start, scope.end);
    let found = this.byBytes.get(raw);
    if (found === undefined) {
      found = this.decode(resource, scope);
      this.remember(raw, found);
    }
    if (!found.invalid) sheet.origin(found.id, found.origin);
    return found;
  }

  private remember(raw: string, origin: KnownOrigin): void {
    if (raw.length > rememberedBytesMax / 16) return;
    this.bytes += raw.length;
    if (this.byBytes.size === rememberedMax || this.bytes > rememberedBytesMax) {
      this.byBytes = new Map();
      this.bytes = raw.length;
    }
    this.byBytes.set(raw, origin);
  }

  private decode(resource: Stretch, scope: Stretch): KnownOrigin {
    const { values } = this;
    values.invalid = false;
    values.wire.message = "Resource";
    const attributes = values.attributes(resource.start, resource.end, 0x0a, attributesMax);
    values.wire.message = "InstrumentationScope";
    const { name, version } = this.names(scope);
    const scopeAttributes = values.attributes(scope.start, scope.end, 0x1a, attributesMax);
    const origin: Origin = {
      resource: attributes,
      scopeName: name,
      scopeVersion: version,
      scopeAttributes,
    };
    const { invalid } = values;
    values.invalid = false;
    const id = originId(json(attributes), name, version, json(scopeAttributes));
    const idBytes = new Uint8Array(8);
    new DataView(idBytes.buffer).setBigInt64(0, id, true);
    const release = attributes["service.version"];
    return {
      origin,
      id,
      idBytes,
      service: serviceOf(origin),
      release: release === undefined ? "" : textOf(release)[0],
      invalid,
    };
  }

  private names({ start, end }: Stretch): { name: string; version: string } {
    const { values } = this;
    const { wire } = values;
    const found = { name: "", version: "" };
    const text = (): string => {
      const stop = wire.length(end);
      if (!wire.utf8(wire.at, stop)) values.invalid = true;
      const read = wire.text(wire.at, stop).slice(0, 1_000);
      wire.at = stop;
      return read;
    };
    wire.at = start;
    while (wire.at < end) {
      const tag = wire.tag(end);
      if (tag === 0x0a) found.name = text();
      else if (tag === 0x12) found.version = text();
      else if (tag === 0x1a) wire.at = wire.length(end);
      else wire.skip(tag, end, 0b1_1110 & ~(1 << 4));
    }
    return found;
  }
}
