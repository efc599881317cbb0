import type { Attributes, AttributeValue, Origin } from "../../signals/records.ts";
import { valueOf } from "../../signals/rows.ts";
import type { Found } from "../../signals/store.ts";
import type { Kept, KeptRecord } from "./documents.ts";

type Plain = { readonly [key: string]: unknown };

/** A hit of a search, as far as it is read. */
export interface Hit {
  readonly _source: {
    readonly time_ns: string;
    readonly rid: string;
    readonly origin: Plain;
    readonly record: Plain;
  };
}

/** What is read of a document's source. */
export const recordSource: readonly string[] = ["time_ns", "rid", "origin", "record"];

function attributes(values: unknown, types: unknown): Attributes {
  const typed = types as Readonly<Record<string, string>> | undefined;
  if (typed === undefined) return (values ?? {}) as Attributes;
  const entries = Object.entries(values as Plain).map(([key, value]) => {
    const type = Object.hasOwn(typed, key) ? typed[key] : undefined;
    return [key, type === undefined ? value : valueOf(String(value), type)] as const;
  });
  return Object.fromEntries(entries) as Readonly<Record<string, AttributeValue>>;
}

function originOf(origin: Plain): Origin {
  return {
    resource: attributes(origin["resource"], origin["resource_types"]),
    scopeName: String(origin["scopeName"]),
    scopeVersion: String(origin["scopeVersion"]),
    scopeAttributes: attributes(origin["scopeAttributes"], origin["scope_types"]),
  };
}

const instants = new Set(["timeNs", "observedNs", "startNs", "durationNs"]);

function revived(plain: Plain): Plain {
  const entries = Object.entries(plain).map(([key, value]) => [
    key,
    instants.has(key) ? BigInt(String(value)) : value,
  ]);
  return Object.fromEntries(entries) as Plain;
}

/** The record of a hit, and what names it. */
export function decodeHit<S extends Kept>(
  signal: S,
  { _source: source }: Hit,
): Found<KeptRecord[S]> {
  const { types, attributes: values, events, ...rest } = source.record;
  const record = {
    ...revived(rest),
    origin: originOf(source.origin),
    attributes: attributes(values, types),
    ...(signal === "spans" ? { events: ((events ?? []) as readonly Plain[]).map(revived) } : {}),
  };
  return {
    id: `${source.time_ns}-${source.rid}`,
    record: record as unknown as KeptRecord[S],
  };
}
