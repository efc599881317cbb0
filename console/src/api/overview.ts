/**
 * The shapes of `GET /api/v1/overview`, and the reading of them from an answer that nobody has
 * checked.
 */

export type Health = "ok" | "warning" | "failing" | "unknown";

export const kinds = [
  "service",
  "queue",
  "event",
  "schedule",
  "table",
  "blob",
  "cache",
  "secret",
] as const;
export type Kind = (typeof kinds)[number];

export interface Problem {
  readonly id: string;
  readonly severity: "warning" | "failing";
  readonly code: string;
  /** The id of a node. */
  readonly subject: string;
  readonly message: string;
}

export interface Part {
  readonly id: string;
  readonly kind: string;
  readonly name: string;
  readonly health: Health;
  readonly ratePerSecond: number;
  /** 0 to 1. */
  readonly errorRate: number;
  readonly depth?: number;
  readonly inFlight?: number;
  readonly oldestMs?: number;
  readonly deadLetters?: number;
  readonly p95Ms?: number;
  /** The second line of its card, instead of its figures; already made safe to show. */
  readonly note?: string;
}

export interface Link {
  readonly from: string;
  readonly to: string;
  readonly verb: string;
  readonly ratePerSecond: number;
  readonly errorRate: number;
  /** Written on the line where it is looked at; already made safe to show. */
  readonly label?: string;
}

export interface Counter {
  readonly key: string;
  readonly label: string;
  readonly total: number;
  readonly ratePerSecond: number;
}

export interface Happening {
  readonly id: string;
  readonly atMs: number;
  readonly type: string;
  readonly source: string;
  readonly summary: string;
  readonly traceId?: string;
}

/** One second of traffic. */
export interface Point {
  readonly atMs: number;
  readonly requests: number;
  readonly messages: number;
  readonly events: number;
  readonly errors: number;
}

export interface Overview {
  readonly app: string;
  readonly environment: string;
  readonly version: string;
  readonly startedAtMs: number;
  readonly nowMs: number;
  readonly health: "ok" | "warning" | "failing";
  readonly problems: readonly Problem[];
  readonly nodes: readonly Part[];
  readonly edges: readonly Link[];
  readonly counters: readonly Counter[];
  readonly recent: readonly Happening[];
  readonly history: readonly Point[];
}

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null;

const text = (value: unknown): string => (typeof value === "string" ? value : "");

const number = (value: unknown): number =>
  typeof value === "number" && Number.isFinite(value) ? value : 0;

const health = (value: unknown): Health =>
  value === "ok" || value === "warning" || value === "failing" ? value : "unknown";

const severity = (value: unknown): "warning" | "failing" =>
  value === "failing" ? "failing" : "warning";

function list<T>(value: unknown, read: (fields: Fields) => T): T[] {
  return Array.isArray(value) ? value.filter(isFields).map(read) : [];
}

/** Only what is there: an absent figure is not nought. */
function figures(fields: Fields): Partial<Part> {
  const names = ["depth", "inFlight", "oldestMs", "deadLetters", "p95Ms"] as const;
  const present = names.filter((name) => Number.isFinite(fields[name]));
  return Object.fromEntries(present.map((name) => [name, number(fields[name])]));
}

function partOf(fields: Fields): Part {
  const { id, kind, name } = fields;
  return {
    ...figures(fields),
    id: text(id),
    kind: text(kind),
    name: text(name) || text(id),
    health: health(fields["health"]),
    ratePerSecond: number(fields["ratePerSecond"]),
    errorRate: number(fields["errorRate"]),
  };
}

function linkOf({ from, to, verb, ratePerSecond, errorRate }: Fields): Link {
  return {
    from: text(from),
    to: text(to),
    verb: text(verb),
    ratePerSecond: number(ratePerSecond),
    errorRate: number(errorRate),
  };
}

function happeningOf({ id, atMs, type, source, summary, traceId }: Fields): Happening {
  const happening = {
    id: text(id),
    atMs: number(atMs),
    type: text(type),
    source: text(source),
    summary: text(summary),
  };
  return typeof traceId === "string" ? { ...happening, traceId } : happening;
}

const pointOf = ({ atMs, requests, messages, events, errors }: Fields): Point => ({
  atMs: number(atMs),
  requests: number(requests),
  messages: number(messages),
  events: number(events),
  errors: number(errors),
});

/** Reads one second of traffic; undefined when there is none. */
export function readPoint(value: unknown): Point | undefined {
  return isFields(value) ? pointOf(value) : undefined;
}

/** First of each id: a list with two of the same would be drawn wrongly. */
function unique<T>(items: readonly T[], key: (item: T) => string): T[] {
  const seen = new Set<string>();
  return items.filter((item) => {
    const id = key(item);
    if (id === "" || seen.has(id)) return false;
    seen.add(id);
    return true;
  });
}

/**
 * Reads an answer into an overview in which every list is there, every number is finite, ids are
 * unique and edges join nodes that exist. Throws a TypeError when it is no object at all.
 */
export function readOverview(value: unknown): Overview {
  if (!isFields(value)) throw new TypeError("overview: the answer is not a JSON object");
  const nodes = unique(list(value["nodes"], partOf), ({ id }) => id);
  const ids = new Set(nodes.map(({ id }) => id));
  const edges = list(value["edges"], linkOf).filter(({ from, to }) => ids.has(from) && ids.has(to));
  const problems = list(value["problems"], ({ id, severity: level, code, subject, message }) => ({
    id: text(id),
    severity: severity(level),
    code: text(code),
    subject: text(subject),
    message: text(message),
  }));
  const counters = list(value["counters"], ({ key, label, total, ratePerSecond }) => ({
    key: text(key),
    label: text(label) || text(key),
    total: number(total),
    ratePerSecond: number(ratePerSecond),
  }));
  const whole = health(value["health"]);
  return {
    app: text(value["app"]),
    environment: text(value["environment"]),
    version: text(value["version"]),
    startedAtMs: number(value["startedAtMs"]),
    nowMs: number(value["nowMs"]),
    health: whole === "unknown" ? "warning" : whole,
    problems: unique(problems, ({ id }) => id),
    nodes,
    edges: unique(edges, ({ from, to, verb }) => JSON.stringify([from, verb, to])),
    counters: unique(counters, ({ key }) => key),
    recent: unique(list(value["recent"], happeningOf), ({ id }) => id),
    history: list(value["history"], pointOf),
  };
}
