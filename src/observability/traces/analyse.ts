import type { SpanRecord } from "../signals/records.ts";
import { firstText } from "../topology/peer.ts";
import { criticalPath, selfTimes } from "./critical-path.ts";
import type { PathSection } from "./critical-path.ts";
import { correctSkew } from "./skew.ts";
import { inOrder, treeOf } from "./tree.ts";
import type { SpanTree, TreeSpan } from "./tree.ts";

/** A span as the console draws it. Times are milliseconds since the start of the trace. */
export interface AnalysedSpan {
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
  readonly service: string;
  readonly kind: TreeSpan["kind"];
  readonly category: TreeSpan["category"];
  readonly status: TreeSpan["status"];
  readonly startMs: number;
  readonly durationMs: number;
  /** Time in which no child ran. */
  readonly selfMs: number;
  /** Own time on the critical path. */
  readonly criticalMs: number;
  readonly onCriticalPath: boolean;
  readonly depth: number;
  /** Others name it as their parent, and it was not received. */
  readonly missing?: true;
  /** By how much the start was moved, since its host's clock is off. */
  readonly skewMs?: number;
  /** Time between the send and the begin of the handling, for spans that consume a message. */
  readonly queueWaitMs?: number;
  /** An error of its own, or one that came up from a child. */
  readonly error?: "origin" | "propagated";
  readonly events: readonly { readonly atMs: number; readonly name: string }[];
}

/** Share of the time that a service or a kind of work has. */
export interface Breakdown {
  readonly key: string;
  readonly spans: number;
  readonly errors: number;
  readonly selfMs: number;
  /** What the answer waited for it. */
  readonly criticalMs: number;
}

/** Where an error began, and how far it came. */
export interface ErrorOrigin {
  readonly spanId: string;
  readonly service: string;
  readonly name: string;
  /** `error.type`, the exception's type, or empty. */
  readonly type: string;
  readonly message: string;
  /** Ids of the failed spans from here up to the last ancestor that failed with it. */
  readonly path: readonly string[];
  /** Whether it came up to a root, so that whoever asked saw it. */
  readonly reachedRoot: boolean;
}

/** What a trace consists of, and what was odd about it. */
export interface TraceCounts {
  readonly spans: number;
  readonly services: number;
  readonly depth: number;
  readonly errors: number;
  /** Parents that were not received, and the spans that name them. */
  readonly missing: number;
  readonly orphans: number;
  readonly skewed: number;
  readonly duplicates: number;
  readonly cycles: number;
}

/** A trace, analysed. */
export interface TraceAnalysis {
  readonly traceId: string;
  /** Nanoseconds since 1970, as decimal text. */
  readonly startNs: string;
  readonly durationMs: number;
  /** The root whose answer the critical path is about; empty for a trace without spans. */
  readonly rootSpanId: string;
  /** Parents before children, siblings by start. */
  readonly spans: readonly AnalysedSpan[];
  /** Ascending, end to end. */
  readonly criticalPath: readonly {
    readonly spanId: string;
    readonly fromMs: number;
    readonly toMs: number;
  }[];
  readonly byService: readonly Breakdown[];
  /** By what the time went on: own work, `db`, `external`, `queue-wait` ... */
  readonly byCategory: readonly Breakdown[];
  readonly errors: readonly ErrorOrigin[];
  readonly counts: TraceCounts;
}

/** Which root the trace is about: a received one before placeholders, then the earliest. */
function mainRoot({ spans, roots }: SpanTree): number {
  const [first = -1] = [...roots].sort(
    (a, b) =>
      Number(spans[a]?.missing) - Number(spans[b]?.missing) ||
      (spans[a]?.startMs ?? 0) - (spans[b]?.startMs ?? 0) ||
      (spans[b]?.durationMs ?? 0) - (spans[a]?.durationMs ?? 0),
  );
  return first;
}

function queueWait(tree: SpanTree, span: TreeSpan): number | undefined {
  const parent = tree.spans[span.parent];
  if (span.kind !== "consumer" || parent === undefined || parent.missing) return undefined;
  return Math.max(0, span.startMs - parent.startMs - parent.durationMs);
}

interface Failures {
  /** Per span: failed, and no child of it did. */
  readonly origins: ErrorOrigin[];
  readonly kinds: ("origin" | "propagated" | undefined)[];
}

function exceptionOf(record: SpanRecord | undefined): { type: string; message: string } {
  const attributes = record?.events.findLast(({ name }) => name === "exception")?.attributes ?? {};
  return {
    type:
      firstText(record?.attributes ?? {}, "error.type") || firstText(attributes, "exception.type"),
    message: record?.statusMessage || firstText(attributes, "exception.message"),
  };
}

/** Errors listed at most: a storm of them says the same as its first. */
const originsMax = 200;
const pathMax = 100;

function failures({ spans }: SpanTree): Failures {
  const below = new Uint8Array(spans.length);
  for (const span of spans) if (span.status === "error" && span.parent >= 0) below[span.parent] = 1;
  const kinds = spans.map((span, at) =>
    span.status !== "error" ? undefined : below[at] === 1 ? "propagated" : "origin",
  );
  const origins: ErrorOrigin[] = [];
  for (const [at, span] of spans.entries()) {
    if (kinds[at] !== "origin" || origins.length === originsMax) continue;
    const path = [span.spanId];
    let top = span;
    for (let up = spans[span.parent]; up?.status === "error"; up = spans[up.parent]) {
      if (path.length < pathMax) path.push(up.spanId);
      top = up;
    }
    const { type, message } = exceptionOf(span.record);
    const { spanId, service, name } = span;
    origins.push({ spanId, service, name, type, message, path, reachedRoot: top.parent === -1 });
  }
  return { origins, kinds };
}

type Part = { -readonly [K in keyof Breakdown]: Breakdown[K] };

function addPart(parts: Map<string, Part>, key: string, part: Omit<Breakdown, "key">): void {
  const known = parts.get(key);
  if (known === undefined) {
    parts.set(key, { key, ...part });
    return;
  }
  known.spans += part.spans;
  known.errors += part.errors;
  known.selfMs += part.selfMs;
  known.criticalMs += part.criticalMs;
}

function breakdowns(
  spans: readonly AnalysedSpan[],
): Pick<TraceAnalysis, "byService" | "byCategory"> {
  const services = new Map<string, Part>();
  const categories = new Map<string, Part>();
  for (const span of spans) {
    if (span.missing) continue;
    const { selfMs, criticalMs } = span;
    const part = { spans: 1, errors: span.status === "error" ? 1 : 0, selfMs, criticalMs };
    addPart(services, span.service, part);
    addPart(categories, span.category, part);
    if (span.queueWaitMs !== undefined) {
      const waited = { spans: 1, errors: 0, selfMs: span.queueWaitMs, criticalMs: 0 };
      addPart(categories, "queue-wait", waited);
    }
  }
  const ranked = (parts: Map<string, Part>): Part[] =>
    [...parts.values()].sort((a, b) => b.criticalMs - a.criticalMs || b.selfMs - a.selfMs);
  return { byService: ranked(services), byCategory: ranked(categories) };
}

const noEvents: AnalysedSpan["events"] = [];

function eventsOf({ record, skewMs }: TreeSpan, startNs: bigint): AnalysedSpan["events"] {
  if (record === undefined || record.events.length === 0) return noEvents;
  return record.events.map(({ timeNs, name }) => ({
    atMs: Number(timeNs - startNs) / 1e6 + skewMs,
    name,
  }));
}

function analysed(
  tree: SpanTree,
  sections: readonly PathSection[],
  { kinds }: Failures,
): AnalysedSpan[] {
  const own = selfTimes(tree);
  const critical = new Float64Array(tree.spans.length);
  for (const { span, fromMs, toMs } of sections)
    critical[span] = (critical[span] ?? 0) + toMs - fromMs;
  return tree.spans.map((span, at) => {
    const error = kinds[at];
    const queueWaitMs = queueWait(tree, span);
    const criticalMs = critical[at] ?? 0;
    // Members are set one by one: spreads of thousands of spans keep the collector busy.
    const shown: { -readonly [K in keyof AnalysedSpan]: AnalysedSpan[K] } = {
      spanId: span.spanId,
      parentSpanId: tree.spans[span.parent]?.spanId ?? "",
      name: span.name,
      service: span.service,
      kind: span.kind,
      category: span.category,
      status: span.status,
      startMs: span.startMs,
      durationMs: span.durationMs,
      selfMs: own[at] ?? 0,
      criticalMs,
      onCriticalPath: criticalMs > 0,
      depth: span.depth,
      events: eventsOf(span, tree.startNs),
    };
    if (span.missing) shown.missing = true;
    if (span.skewMs !== 0) shown.skewMs = span.skewMs;
    if (queueWaitMs !== undefined) shown.queueWaitMs = queueWaitMs;
    if (error !== undefined) shown.error = error;
    return shown;
  });
}

function lengthOf(spans: readonly TreeSpan[]): number {
  let from = Number.POSITIVE_INFINITY;
  let to = Number.NEGATIVE_INFINITY;
  for (const { startMs, durationMs } of spans) {
    from = Math.min(from, startMs);
    to = Math.max(to, startMs + durationMs);
  }
  return spans.length === 0 ? 0 : to - from;
}

/**
 * Everything that the console shows of a trace: the tree with placeholders for parents that were
 * not received, clocks put right, the critical path, where the time went, and where errors began.
 * Linear in the spans but for sorting; depth is not bounded by the stack.
 */
export function analyseTrace(records: readonly SpanRecord[]): TraceAnalysis {
  const built = treeOf(records);
  const skewed = correctSkew(built);
  const tree = skewed === 0 ? built : { ...built, ...inOrder(built.spans) };
  const root = mainRoot(tree);
  const sections = criticalPath(tree, root);
  const found = failures(tree);
  const spans = analysed(tree, sections, found);
  const received = tree.spans.filter(({ missing }) => !missing);
  return {
    traceId: records[0]?.traceId ?? "",
    startNs: tree.startNs.toString(),
    durationMs: lengthOf(tree.spans),
    rootSpanId: tree.spans[root]?.spanId ?? "",
    spans,
    criticalPath: sections.map(({ span, fromMs, toMs }) => ({
      spanId: tree.spans[span]?.spanId ?? "",
      fromMs,
      toMs,
    })),
    ...breakdowns(spans),
    errors: found.origins,
    counts: {
      spans: received.length,
      services: new Set(received.map(({ service }) => service)).size,
      depth: spans.reduce((deepest, { depth }) => Math.max(deepest, depth + 1), 0),
      errors: received.filter(({ status }) => status === "error").length,
      missing: tree.spans.length - received.length,
      orphans: tree.orphans,
      skewed,
      duplicates: tree.duplicates,
      cycles: tree.cycles,
    },
  };
}
