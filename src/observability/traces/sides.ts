import { coreErrors } from "../../core/errors.ts";
import { compileFilter } from "../logs/query/index.ts";
import type { Filter } from "../signals/filter.ts";
import type { SpanRecord } from "../signals/records.ts";
import type { Range, SignalReader } from "../signals/store.ts";
import { explainSet } from "./explain.ts";
import type { SetExplanation } from "./explain.ts";

/** Traces that a side may name: each is read whole. */
export const sideTracesMax = 100;
/** Traces that are read at once. */
const readsMax = 4;

/** One side of a comparison of spans: traces by their ids, or what a search finds. */
export type SpanSide =
  | { readonly traces: readonly string[] }
  | { readonly filter: Filter; readonly range: Range };

/** Two sides that are compared. */
export interface SidesQuery extends Range {
  /** All spans that are compared, on both sides. */
  readonly filter: Filter;
  /** Those to explain. */
  readonly set: SpanSide;
  /** Those beside them; what else `filter` finds in the range if left out. */
  readonly rest?: SpanSide;
  /** Spans of each side at most. */
  readonly sample: number;
}

type Reader = Pick<SignalReader, "searchSpans" | "trace">;

/** At most so many, from all over the list: its first traces count no more than its last. */
function spread<T>(list: readonly T[], most: number): readonly T[] {
  if (list.length <= most) return list;
  return Array.from({ length: most }, (_, at) => list[Math.floor((at * list.length) / most)] as T);
}

async function spansOfTrace(reader: Reader, id: string): Promise<readonly SpanRecord[]> {
  const trace = await reader.trace(id);
  if (trace !== undefined) return trace.spans;
  throw coreErrors.MOR_NOT_FOUND(`there is no trace ${id}`, {
    fix: "It may be past its retention, or left out by sampling: leave it out.",
  });
}

async function spansOfTraces(
  reader: Reader,
  traces: readonly string[],
  { filter, sample }: SidesQuery,
): Promise<readonly SpanRecord[]> {
  const holds = compileFilter(filter, "spans");
  const ids = [...new Set(traces)];
  const spans: SpanRecord[] = [];
  for (let at = 0; at < ids.length; at += readsMax) {
    const some = ids.slice(at, at + readsMax).map((id) => spansOfTrace(reader, id));
    for (const found of await Promise.all(some)) {
      // One trace of very many spans is no reason to hold them all.
      const kept = found.filter((span) => holds(span));
      spans.push(...spread(kept, sample));
    }
  }
  return spread(spans, sample);
}

async function search(
  reader: Reader,
  { fromNs, toNs }: Range,
  of: readonly Filter[],
  limit: number,
): Promise<readonly SpanRecord[]> {
  const page = await reader.searchSpans({ fromNs, toNs, filter: { op: "and", of }, limit });
  return page.records.map(({ record }) => record);
}

function spansOf(reader: Reader, side: SpanSide, query: SidesQuery) {
  if ("traces" in side) return spansOfTraces(reader, side.traces, query);
  return search(reader, side.range, [query.filter, side.filter], query.sample);
}

/** What a side is, as a filter. */
function filterOf(side: SpanSide): Filter {
  return "traces" in side ? { op: "in", field: "trace_id", values: side.traces } : side.filter;
}

/** Fields that a search is about: they would explain what it finds by what it was asked. */
function fieldsOf(filter: Filter): readonly string[] {
  if (filter.op === "and" || filter.op === "or") return filter.of.flatMap(fieldsOf);
  if (filter.op === "not") return fieldsOf(filter.of);
  if (filter.op === "text") return ["name"];
  return "field" in filter ? [filter.field.replace(/^attributes\./, "")] : [];
}

const asked = (side: SpanSide | undefined): readonly string[] =>
  side === undefined || "traces" in side ? [] : fieldsOf(side.filter);

/**
 * Which attributes set the spans of one side apart from those of the other. A span that is on both
 * counts for the set alone.
 * @throws MOR_NOT_FOUND for a trace that is not there
 */
export async function explainSides(reader: Reader, query: SidesQuery): Promise<SetExplanation> {
  const { filter, set, rest, sample } = query;
  const inSet = await spansOf(reader, set, query);
  const others =
    rest === undefined
      ? await search(reader, query, [filter, { op: "not", of: filterOf(set) }], sample)
      : await spansOf(reader, rest, query);
  const keyOf = ({ traceId, spanId }: SpanRecord): string => `${traceId}${spanId}`;
  const known = new Set(inSet.map(keyOf));
  const apart = others.filter((span) => !known.has(keyOf(span)));
  return explainSet(inSet, apart, new Set([...asked(set), ...asked(rest)]));
}
