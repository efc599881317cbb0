import { durationMs } from "../../metrics/promql/literals.ts";
import type { Filter } from "../../signals/filter.ts";
import { spanKinds } from "../../signals/records.ts";
import type { TraceQuery } from "../../signals/store.ts";
import type { Parameters } from "../parameters.ts";

/** A parameter of a search that is missing or wrong. */
export class BadSearch extends Error {}

/** Traces in one answer at most: each is read whole. */
const tracesMax = 200;

/** Microseconds since 1970 as the store's nanoseconds. */
function instantOf(parameters: Parameters, name: string, fallbackMs: number): bigint {
  const text = parameters.get(name);
  if (text === null || text === "") return BigInt(Math.floor(fallbackMs)) * 1_000_000n;
  if (!/^\d{1,17}$/.test(text)) {
    throw new BadSearch(`unable to parse param '${name}': "${text}" is no number of microseconds`);
  }
  return BigInt(text) * 1000n;
}

const microsForm = /^(\d+(?:\.\d+)?)(us|µs|ns)$/;

/** A duration as Go writes it (`1.2s`, `100ms`, `250us`), milliseconds. */
export function goDuration(text: string): number | undefined {
  const small = microsForm.exec(text);
  if (small !== null) return Number(small[1]) / (small[2] === "ns" ? 1e6 : 1e3);
  const whole = durationMs(text);
  if (whole !== undefined) return whole;
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)];
  if (parts.length === 0 || parts.map(([all]) => all).join("") !== text) return undefined;
  const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
  return parts.reduce((sum, [, many, unit = ""]) => sum + Number(many) * (unitMs[unit] ?? 0), 0);
}

function durationBound(parameters: Parameters, name: string, op: "gte" | "lte"): Filter[] {
  const text = parameters.get(name);
  if (text === null || text === "") return [];
  const value = goDuration(text);
  if (value === undefined) {
    throw new BadSearch(`unable to parse param '${name}': time: invalid duration "${text}"`);
  }
  return [{ op, field: "duration", value }];
}

function tagFilter(key: string, value: string): Filter {
  if (key === "error" && value === "true") return { op: "eq", field: "status", value: "error" };
  if (key === "error") return { op: "ne", field: "status", value: "error" };
  if (key === "span.kind" && (spanKinds as readonly string[]).includes(value)) {
    return { op: "eq", field: "kind", value };
  }
  if (key === "otel.status_code") return { op: "eq", field: "status", value: value.toLowerCase() };
  if (key === "otel.scope.name") return { op: "eq", field: "scope", value };
  return {
    op: "or",
    of: [
      { op: "eq", field: `attributes.${key}`, value },
      { op: "eq", field: `resource.${key}`, value },
    ],
  };
}

/** Tags of a search: `tag=key:value` any number of times, and `tags={"key":"value"}`. */
function tagsOf(parameters: Parameters): Filter[] {
  const pairs = parameters.getAll("tag").map((text): readonly [string, string] => {
    const at = text.indexOf(":");
    if (at < 1)
      throw new BadSearch(`malformed 'tag' parameter, expecting key:value, received: ${text}`);
    return [text.slice(0, at), text.slice(at + 1)];
  });
  const fromJson = parameters.getAll("tags").flatMap((text): (readonly [string, string])[] => {
    let parsed: unknown;
    try {
      parsed = JSON.parse(text);
    } catch {
      throw new BadSearch("malformed 'tags' parameter, cannot unmarshal JSON");
    }
    if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
      throw new BadSearch("malformed 'tags' parameter, an object of strings is expected");
    }
    return Object.entries(parsed).map(([key, value]) => [key, String(value)]);
  });
  return [...pairs, ...fromJson].map(([key, value]) => tagFilter(key, value));
}

/**
 * The query behind a search of Jaeger's UI: every condition on one and the same span.
 * @throws BadSearch
 */
export function searchOf(parameters: Parameters, nowMs: number): TraceQuery {
  const service = parameters.get("service") ?? "";
  if (service === "") throw new BadSearch("parameter 'service' is required");
  const operation = parameters.get("operation") ?? "";
  const limit = Number(parameters.get("limit") || 20);
  if (!Number.isInteger(limit) || limit < 1) {
    throw new BadSearch(`unable to parse param 'limit': "${parameters.get("limit")}"`);
  }
  const toNs = instantOf(parameters, "end", nowMs);
  const look = goDuration(parameters.get("lookback") ?? "") ?? 3_600_000;
  const fromNs = instantOf(parameters, "start", Number(toNs / 1_000_000n) - look);
  const of: Filter[] = [
    { op: "eq", field: "service", value: service },
    ...(operation === "" || operation === "all"
      ? []
      : [{ op: "eq", field: "name", value: operation } as const]),
    ...tagsOf(parameters),
    ...durationBound(parameters, "minDuration", "gte"),
    ...durationBound(parameters, "maxDuration", "lte"),
  ];
  return { fromNs, toNs, filter: { op: "and", of }, limit: Math.min(tracesMax, limit) };
}
