import { normaliseStatement } from "./apm-statements.ts";

/** A node of a plan that auto_explain logged. */
export interface PlanNode {
  readonly type: string;
  /** Table or index that it reads. */
  readonly on: string;
  readonly depth: number;
  readonly rowsPlanned: number;
  /** Rows of all its loops; absent where auto_explain does not analyse. */
  readonly rowsActual?: number;
  readonly loops?: number;
  /** Own time, without its children, milliseconds. */
  readonly selfMs?: number;
}

/** What in a plan is worth a look. */
export interface PlanRemark {
  readonly kind: "sequential-scan" | "misestimate" | "disk" | "loops" | "filter";
  /** Place of the node in the plan's list. */
  readonly node: number;
  readonly text: string;
  /** The numbers of the text, for whoever says it in another language. */
  readonly figures: Readonly<Record<string, number>>;
}

/** A plan that Postgres logged because the statement was slow. */
export interface LoggedPlan {
  readonly durationMs: number;
  /** Without literals. */
  readonly statement: string;
  /** The span that ran it, where the statement says so in a comment (sqlcommenter). */
  readonly traceId?: string;
  readonly spanId?: string;
  readonly totalCost: number;
  /** Parents before children. */
  readonly nodes: readonly PlanNode[];
  readonly remarks: readonly PlanRemark[];
}

const head = /duration: (\d+(?:\.\d+)?) ms\s+plan:\s*/;

/** Characters of a logged plan, and nodes of it, that are read. */
const lengthMax = 500_000;
const nodesMax = 2000;

type Raw = Readonly<Record<string, unknown>>;

const text = (raw: Raw, key: string): string => {
  const value = raw[key];
  return typeof value === "string" ? value : "";
};

const number = (raw: Raw, key: string): number | undefined => {
  const value = raw[key];
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
};

const isRaw = (value: unknown): value is Raw =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const childrenOf = (raw: Raw): readonly Raw[] => {
  const plans = raw["Plans"];
  return Array.isArray(plans) ? plans.filter(isRaw) : [];
};

function totalMsOf(raw: Raw): number | undefined {
  const each = number(raw, "Actual Total Time");
  return each === undefined ? undefined : each * (number(raw, "Actual Loops") ?? 1);
}

function nodeOf(raw: Raw, depth: number): PlanNode {
  const loops = number(raw, "Actual Loops");
  const rows = number(raw, "Actual Rows");
  const totalMs = totalMsOf(raw);
  const belowMs = childrenOf(raw).reduce((sum, child) => sum + (totalMsOf(child) ?? 0), 0);
  return {
    type: text(raw, "Node Type"),
    on: text(raw, "Relation Name") || text(raw, "Index Name"),
    depth,
    rowsPlanned: number(raw, "Plan Rows") ?? 0,
    ...(rows !== undefined && { rowsActual: rows * (loops ?? 1) }),
    ...(loops !== undefined && { loops }),
    ...(totalMs !== undefined && { selfMs: Math.max(0, totalMs - belowMs) }),
  };
}

function remarksOf(raw: Raw, at: number): PlanRemark[] {
  const remarks: PlanRemark[] = [];
  const add = (
    kind: PlanRemark["kind"],
    figures: Readonly<Record<string, number>>,
    said: string,
  ): void => {
    remarks.push({ kind, node: at, text: said, figures });
  };
  const type = text(raw, "Node Type");
  const planned = number(raw, "Plan Rows") ?? 0;
  const actual = number(raw, "Actual Rows");
  const removed = number(raw, "Rows Removed by Filter") ?? 0;
  const loops = number(raw, "Actual Loops") ?? 1;
  const on = text(raw, "Relation Name");
  if (type === "Seq Scan" && removed > 1000 && removed > 10 * (actual ?? 0)) {
    const said = `reads all of ${on} and drops ${removed} rows: an index may help`;
    add("sequential-scan", { removed }, said);
  } else if (type === "Seq Scan" && actual === undefined && planned > 10_000) {
    add("sequential-scan", { planned }, `reads all of ${on}, ${planned} rows by plan`);
  } else if (removed > 10_000 && removed > 10 * (actual ?? 0)) {
    const said = `drops ${removed} rows behind the index: it does not fit the condition`;
    add("filter", { removed }, said);
  }
  const apart = actual === undefined ? 1 : Math.max(actual, 1) / Math.max(planned, 1);
  if ((apart > 10 || apart < 0.1) && Math.max(actual ?? 0, planned) > 1000) {
    const said = `${planned} rows were planned and ${actual} came: analyze may help`;
    add("misestimate", { planned, actual: actual ?? 0 }, said);
  }
  if (text(raw, "Sort Space Type") === "Disk") {
    const kilobytes = number(raw, "Sort Space Used") ?? 0;
    add("disk", { kilobytes }, `sorts on disk, ${kilobytes} kB: work_mem is too small`);
  }
  if ((number(raw, "Temp Written Blocks") ?? 0) > 0 && type === "Hash") {
    add("disk", {}, "the hash does not fit into work_mem");
  }
  if (loops > 10_000) {
    add("loops", { loops }, `runs ${loops} times: one run for each row of the other side`);
  }
  return remarks;
}

/** The JSON text at the start of `from`: up to the brace that closes the first one. */
function jsonAt(from: string): string | undefined {
  if (from[0] !== "{") return undefined;
  let depth = 0;
  let inText = false;
  for (let at = 0; at < from.length; at++) {
    const character = from[at];
    if (inText) {
      if (character === "\\") at++;
      else if (character === '"') inText = false;
    } else if (character === '"') inText = true;
    else if (character === "{") depth++;
    else if (character === "}" && --depth === 0) return from.slice(0, at + 1);
  }
  return undefined;
}

/** `traceparent='00-…'` in a comment, as sqlcommenter writes it; a quote may be percent-encoded. */
const parent = /traceparent=(?:'|%27)?[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}/;

function callerOf(statement: string): Pick<LoggedPlan, "traceId" | "spanId"> {
  const [, traceId, spanId] = parent.exec(statement) ?? [];
  return traceId === undefined || spanId === undefined ? {} : { traceId, spanId };
}

/**
 * Reads what auto_explain logs with `auto_explain.log_format = json`, whatever stands before it on
 * the line; undefined for any other log line.
 */
export function parseAutoExplain(body: string): LoggedPlan | undefined {
  const found = head.exec(body.slice(0, 2000));
  if (found === null) return undefined;
  const json = jsonAt(body.slice(found.index + found[0].length, lengthMax));
  if (json === undefined) return undefined;
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch {
    return undefined;
  }
  const plan = isRaw(parsed) ? parsed["Plan"] : undefined;
  if (!isRaw(parsed) || !isRaw(plan)) return undefined;
  const nodes: PlanNode[] = [];
  const remarks: PlanRemark[] = [];
  const open: (readonly [Raw, number])[] = [[plan, 0]];
  for (let next = open.pop(); next !== undefined && nodes.length < nodesMax; next = open.pop()) {
    const [raw, depth] = next;
    remarks.push(...remarksOf(raw, nodes.length));
    nodes.push(nodeOf(raw, depth));
    for (const child of childrenOf(raw).toReversed()) open.push([child, depth + 1]);
  }
  return {
    durationMs: Number(found[1]),
    statement: normaliseStatement(text(parsed, "Query Text")),
    ...callerOf(text(parsed, "Query Text")),
    totalCost: number(plan, "Total Cost") ?? 0,
    nodes,
    remarks,
  };
}
