import { serviceOf, spanKinds, statusCodes } from "../signals/records.ts";
import type { Origin, SpanRecord } from "../signals/records.ts";
import { firstText, peerOf } from "../topology/peer.ts";

/** What a span spends its own time on. */
export type SpanCategory =
  | "own"
  | "db"
  | "cache"
  | "blob"
  | "messaging"
  | "model"
  | "external"
  | "missing";

/** A span in its place in the trace. Times are milliseconds since the start of the trace. */
export interface TreeSpan {
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
  readonly service: string;
  /** Where it ran, so far as it says: clocks of one host do not differ. */
  readonly host: string;
  readonly kind: (typeof spanKinds)[number];
  readonly category: SpanCategory;
  readonly status: (typeof statusCodes)[number];
  readonly statusMessage: string;
  startMs: number;
  readonly durationMs: number;
  /** By how much the start was moved because its host's clock differs from its parent's. */
  skewMs: number;
  /** A span that others name as their parent and that was not received. */
  readonly missing: boolean;
  /** The record; absent where it is missing. */
  readonly record: SpanRecord | undefined;
  /** Index of the parent; -1 for roots. */
  parent: number;
  children: number[];
  depth: number;
}

/** A trace as a tree, and what was odd about it. */
export interface SpanTree {
  /** Parents before their children; siblings by start. */
  readonly spans: readonly TreeSpan[];
  readonly roots: readonly number[];
  /** When the trace began, nanoseconds since 1970. */
  readonly startNs: bigint;
  /** Received twice and counted once. */
  readonly duplicates: number;
  /** Spans whose parent was not received. */
  readonly orphans: number;
  /** Spans that were their own ancestors; the earliest of each ring is made a root. */
  readonly cycles: number;
}

const categories: Readonly<Record<string, SpanCategory>> = {
  db: "db",
  cache: "cache",
  blob: "blob",
  messaging: "messaging",
  model: "model",
};

function categoryOf(span: SpanRecord): SpanCategory {
  // A consumer or server span's own time is the service's work, whatever it was about.
  if (span.kind === 2 || span.kind === 5) return "own";
  const peer = peerOf(span);
  if (peer === undefined) return span.kind === 3 ? "external" : "own";
  const known = categories[peer.type];
  if (span.kind === 3 || span.kind === 4) return known ?? "external";
  return peer.named && known !== undefined ? known : "own";
}

function hostOf(origin: Origin): string {
  const { resource } = origin;
  const host = firstText(resource, "host.id", "host.name", "k8s.node.name");
  if (host !== "") return host;
  return `${serviceOf(origin)}\n${firstText(resource, "service.instance.id")}`;
}

/** Hosts by origin: thousands of spans share one. */
type Hosts = Map<Origin, string>;

function placed(span: SpanRecord, startNs: bigint, hosts: Hosts): TreeSpan {
  let host = hosts.get(span.origin);
  if (host === undefined) {
    host = hostOf(span.origin);
    hosts.set(span.origin, host);
  }
  return {
    spanId: span.spanId,
    parentSpanId: span.parentSpanId,
    name: span.name,
    service: serviceOf(span.origin),
    host,
    kind: spanKinds[span.kind] ?? "unspecified",
    category: categoryOf(span),
    status: statusCodes[span.status] ?? "unset",
    statusMessage: span.statusMessage,
    startMs: Number(span.startNs - startNs) / 1e6,
    durationMs: Number(span.durationNs) / 1e6,
    skewMs: 0,
    missing: false,
    record: span,
    parent: -1,
    children: [],
    depth: 0,
  };
}

/** Stands for a parent that was not received: as long as its children. */
function placeholder(spanId: string, children: readonly TreeSpan[]): TreeSpan {
  let from = Number.POSITIVE_INFINITY;
  let to = Number.NEGATIVE_INFINITY;
  for (const { startMs, durationMs } of children) {
    from = Math.min(from, startMs);
    to = Math.max(to, startMs + durationMs);
  }
  return {
    spanId,
    parentSpanId: "",
    name: "",
    service: "",
    host: "",
    kind: "unspecified",
    category: "missing",
    status: "unset",
    statusMessage: "",
    startMs: from,
    durationMs: to - from,
    skewMs: 0,
    missing: true,
    record: undefined,
    parent: -1,
    children: [],
    depth: 0,
  };
}

interface Unique {
  readonly spans: TreeSpan[];
  /** Under which index a span's children look for it. */
  readonly byId: Map<string, number>;
  readonly duplicates: number;
}

/**
 * Spans once each. Two different spans of one id are the two ends of a call, as Zipkin's B3 shares
 * them: the server's becomes the client's child.
 */
function unique(records: readonly SpanRecord[], startNs: bigint): Unique {
  const spans: TreeSpan[] = [];
  const byId = new Map<string, number>();
  const hosts: Hosts = new Map();
  let duplicates = 0;
  for (const record of records) {
    const known = byId.get(record.spanId);
    const first = known === undefined ? undefined : spans[known];
    if (known === undefined || first === undefined) {
      byId.set(record.spanId, spans.push(placed(record, startNs, hosts)) - 1);
      continue;
    }
    const kinds = `${first.kind} ${spanKinds[record.kind]}`;
    const paired = byId.has(`${record.spanId}-client`);
    if (paired || (kinds !== "client server" && kinds !== "server client")) {
      duplicates++;
      continue;
    }
    const id = record.spanId;
    const [client, server] =
      first.kind === "client"
        ? [first, placed(record, startNs, hosts)]
        : [placed(record, startNs, hosts), first];
    spans[known] = client;
    // Children name the shared id; they belong to the server's end.
    byId.set(id, spans.push({ ...server, spanId: `${id}-server`, parentSpanId: id }) - 1);
    byId.set(`${id}-client`, known);
  }
  return { spans, byId, duplicates };
}

function link({ spans, byId }: Unique): { orphans: number; own: number } {
  const orphaned = new Map<string, TreeSpan[]>();
  let own = 0;
  for (const [at, span] of spans.entries()) {
    if (span.parentSpanId === "") continue;
    const shared = span.spanId === `${span.parentSpanId}-server`;
    const parent = byId.get(shared ? `${span.parentSpanId}-client` : span.parentSpanId);
    if (parent === at) own++;
    else if (parent !== undefined) span.parent = parent;
    else {
      const waiting = orphaned.get(span.parentSpanId);
      if (waiting === undefined) orphaned.set(span.parentSpanId, [span]);
      else waiting.push(span);
    }
  }
  let orphans = 0;
  for (const [spanId, children] of orphaned) {
    const parent = spans.push(placeholder(spanId, children)) - 1;
    for (const child of children) child.parent = parent;
    orphans += children.length;
  }
  for (const [at, span] of spans.entries()) spans[span.parent]?.children.push(at);
  return { orphans, own };
}

/** Cuts rings: whoever cannot be reached from a root hangs on itself. */
function cutCycles(spans: TreeSpan[]): number {
  const reached = new Uint8Array(spans.length);
  const walk = (root: number): void => {
    const open = [root];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      if (reached[at] === 1) continue;
      reached[at] = 1;
      for (const child of spans[at]?.children ?? []) open.push(child);
    }
  };
  for (const [at, span] of spans.entries()) if (span.parent === -1) walk(at);
  let cycles = 0;
  const rest = [...spans.keys()].filter((at) => reached[at] === 0);
  rest.sort((a, b) => (spans[a]?.startMs ?? 0) - (spans[b]?.startMs ?? 0));
  for (const at of rest) {
    const span = spans[at];
    if (span === undefined || reached[at] === 1) continue;
    const parent = spans[span.parent];
    if (parent !== undefined) parent.children = parent.children.filter((child) => child !== at);
    span.parent = -1;
    cycles++;
    walk(at);
  }
  return cycles;
}

/** Renumbers the spans so that parents come before children and siblings go by start. */
export function inOrder(spans: readonly TreeSpan[]): Pick<SpanTree, "spans" | "roots"> {
  const byStart = (a: number, b: number): number =>
    (spans[a]?.startMs ?? 0) - (spans[b]?.startMs ?? 0);
  const ordered: TreeSpan[] = [];
  const open = [...spans.keys()].filter((at) => spans[at]?.parent === -1);
  open.sort((a, b) => byStart(b, a));
  const place = new Int32Array(spans.length);
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    const span = spans[at] as TreeSpan;
    place[at] = ordered.push(span) - 1;
    const parent = span.parent === -1 ? undefined : (place[span.parent] as number);
    span.depth = parent === undefined ? 0 : (ordered[parent] as TreeSpan).depth + 1;
    if (span.children.length > 1) span.children.sort((a, b) => byStart(b, a));
    for (const child of span.children) open.push(child);
  }
  for (const span of ordered) {
    if (span.parent !== -1) span.parent = place[span.parent] as number;
    const { children } = span;
    if (children.length > 1) children.reverse();
    for (let nth = 0; nth < children.length; nth++) {
      children[nth] = place[children[nth] as number] as number;
    }
  }
  const roots = [...ordered.keys()].filter((at) => ordered[at]?.parent === -1);
  return { spans: ordered, roots };
}

/** Builds the tree of a trace's spans: linear but for the sorting of siblings. */
export function treeOf(records: readonly SpanRecord[]): SpanTree {
  let startNs = records[0]?.startNs ?? 0n;
  for (const record of records) if (record.startNs < startNs) startNs = record.startNs;
  const found = unique(records, startNs);
  const { orphans, own } = link(found);
  const cycles = own + cutCycles(found.spans);
  return { ...inOrder(found.spans), startNs, duplicates: found.duplicates, orphans, cycles };
}
