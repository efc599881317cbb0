import type { Filter } from "../signals/filter.ts";
import { serviceOf, spanKinds, statusCodes } from "../signals/records.ts";
import type { AttributeValue, SpanRecord } from "../signals/records.ts";
import { textOf } from "../signals/rows.ts";
import type { Range, SignalReader } from "../signals/store.ts";
import { adjustP, differenceInterval, independenceP } from "../metrics/statistics.ts";

/** One thing that spans of a set have more often, or less often, than the rest. */
export interface Explanation {
  readonly attribute: string;
  /** The value; `>= 500` or `< 500` where a number was split; `(absent)` where it has none. */
  readonly value: string;
  /** What the value is: one that spans have, one side of a number, or that they have none. */
  readonly kind: "value" | "split" | "absent";
  readonly inCount: number;
  readonly restCount: number;
  /** Shares of each side, between 0 and 1. */
  readonly inShare: number;
  readonly restShare: number;
  /** `inShare` minus `restShare`, and its 95 % interval. */
  readonly difference: number;
  readonly low: number;
  readonly high: number;
  /** How many times as frequent inside; absent where the rest has none. */
  readonly lift?: number;
  /** P that chance alone does this, adjusted for all that was tested (false discovery rate). */
  readonly p: number;
  /** `p` below 5 %, and the interval leaves out 0. */
  readonly significant: boolean;
  /** The end of the interval nearer to 0: an effect that at least this large is sure. */
  readonly score: number;
  /** Other attributes that mark exactly the same spans. */
  readonly also: readonly { readonly attribute: string; readonly value: string }[];
}

/** What sets a set of spans apart from the rest. */
export interface SetExplanation {
  readonly inSize: number;
  readonly restSize: number;
  /** Attribute values that were tested. */
  readonly tested: number;
  /** False where a side has fewer than 10 spans: nothing can be significant then. */
  readonly enough: boolean;
  /** Significant ones first, largest sure effect first; at most 100. */
  readonly explanations: readonly Explanation[];
}

const sideMin = 10;
const explanationsMax = 100;
/** Values tested at most, most frequent first. */
const testsMax = 5000;
/** A value must mark this many spans to be worth a test. */
const markedMin = 3;
const absent = "(absent)";

interface Mark {
  readonly attribute: string;
  readonly value: string;
  readonly kind: Explanation["kind"];
  inCount: number;
  restCount: number;
  /** Two sums over the marked spans' numbers: equal for marks of the same spans. */
  signature: number;
  /** Tests made for it. */
  readonly tests: number;
}

/** Attributes of a span by the names that filters know. */
function* attributesOf(span: SpanRecord): Generator<readonly [string, AttributeValue]> {
  yield ["service", serviceOf(span.origin)];
  yield ["name", span.name];
  yield ["kind", spanKinds[span.kind] ?? "unspecified"];
  yield ["status", statusCodes[span.status] ?? "unset"];
  for (const [key, value] of Object.entries(span.origin.resource)) {
    if (key !== "service.name" && !key.startsWith("telemetry.")) yield [`resource.${key}`, value];
  }
  yield* Object.entries(span.attributes);
}

/**
 * A number for each span, such that sums over different sets of spans differ (for certain enough).
 */
const stamp = (at: number): number => {
  let mixed = Math.imul(at + 0x9e3779b9, 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
};

const allStamps = (spans: number): number => {
  let sum = 0;
  for (let at = 0; at < spans; at++) sum += stamp(at);
  return sum;
};

interface Column {
  readonly key: string;
  readonly values: Map<string, Mark>;
  /** Value and index of the span, for those that are numbers. */
  readonly numbers: (readonly [value: number, at: number])[];
  has: number;
}

function putMark(column: Column, value: string, at: number, inside: boolean): void {
  let mark = column.values.get(value);
  if (mark === undefined) {
    const none = { inCount: 0, restCount: 0, signature: 0 };
    mark = { attribute: column.key, value, kind: "value", ...none, tests: 1 };
    column.values.set(value, mark);
  }
  if (inside) mark.inCount++;
  else mark.restCount++;
  mark.signature += stamp(at);
}

function columnsOf(spans: readonly SpanRecord[], inSize: number): Column[] {
  const columns = new Map<string, Column>();
  for (const [at, span] of spans.entries()) {
    for (const [key, value] of attributesOf(span)) {
      let column = columns.get(key);
      if (column === undefined) {
        column = { key, values: new Map(), numbers: [], has: 0 };
        columns.set(key, column);
      }
      column.has++;
      const [text] = textOf(value);
      putMark(column, text.length > 200 ? text.slice(0, 200) : text, at, at < inSize);
      if (typeof value === "number") column.numbers.push([value, at]);
    }
  }
  return [...columns.values()];
}

/**
 * The split of a column's numbers that sets the two sides apart best, among at most 31 quantiles.
 */
function bestSplit({ key, numbers, values }: Column, inSize: number): Mark[] {
  if (values.size < 8 || numbers.length < 2 * sideMin) return [];
  const sorted = [...numbers].sort((a, b) => a[0] - b[0]);
  const insideAll = sorted.reduce((sum, [, at]) => sum + (at < inSize ? 1 : 0), 0);
  const restAll = sorted.length - insideAll;
  if (insideAll === 0 || restAll === 0) return [];
  let best = { apart: -1, cut: 0, inside: 0 };
  let inside = 0;
  let candidates = 0;
  const step = Math.max(1, Math.floor(sorted.length / 32));
  for (const [place, [value, at]] of sorted.entries()) {
    const before = sorted[place - 1]?.[0];
    if (place % step === 0 && before !== undefined && before !== value) {
      candidates++;
      const apart = Math.abs(inside / insideAll - (place - inside) / restAll);
      if (apart > best.apart) best = { apart, cut: place, inside };
    }
    if (at < inSize) inside++;
  }
  if (best.apart < 0) return [];
  const limit = sorted[best.cut]?.[0] ?? 0;
  const high = insideAll - best.inside;
  const above = high / insideAll > (sorted.length - best.cut - high) / restAll;
  const marked = above ? sorted.slice(best.cut) : sorted.slice(0, best.cut);
  const inCount = above ? high : best.inside;
  return [
    {
      attribute: key,
      value: `${above ? ">=" : "<"} ${limit}`,
      kind: "split",
      inCount,
      restCount: marked.length - inCount,
      signature: marked.reduce((sum, [, at]) => sum + stamp(at), 0),
      tests: candidates,
    },
  ];
}

function absence(column: Column, spans: number, inSize: number): Mark[] {
  if (column.has === spans || column.has < markedMin) return [];
  let inCount = inSize;
  let restCount = spans - inSize;
  let signature = allStamps(spans);
  for (const mark of column.values.values()) {
    inCount -= mark.inCount;
    restCount -= mark.restCount;
    signature -= mark.signature;
  }
  const { key: attribute } = column;
  const counts = { inCount, restCount, signature };
  return [{ attribute, value: absent, kind: "absent", ...counts, tests: 1 }];
}

function marksOf(columns: readonly Column[], spans: number, inSize: number): Mark[] {
  const marks = columns.flatMap((column) => [
    // A value of its own for nearly every span (an id) explains nothing.
    ...(column.values.size > column.has / 2 && column.has > 20 ? [] : column.values.values()),
    ...bestSplit(column, inSize),
    ...absence(column, spans, inSize),
  ]);
  const count = ({ inCount, restCount }: Mark): number => inCount + restCount;
  return marks
    .filter((mark) => count(mark) >= markedMin && count(mark) < spans)
    .sort((a, b) => count(b) - count(a))
    .slice(0, testsMax);
}

/**
 * Marks of the same spans as one. Of two that part the spans between them, the one that is more
 * frequent inside stands for both.
 */
function grouped(marks: readonly Mark[], spans: number, inSize: number): Mark[][] {
  const groups = new Map<string, Mark[]>();
  for (const mark of marks) {
    const key = `${mark.inCount} ${mark.restCount} ${mark.signature}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [mark]);
    else group.push(mark);
  }
  const restSize = spans - inSize;
  const all = allStamps(spans);
  return [...groups.values()].filter(([mark]) => {
    const { inCount, restCount, signature } = mark as Mark;
    const rarer = inCount * restSize < restCount * inSize;
    const other = `${inSize - inCount} ${restSize - restCount} ${all - signature}`;
    return !(rarer && groups.has(other));
  });
}

function explanationOf(group: readonly Mark[], inSize: number, restSize: number): Explanation {
  const [mark, ...also] = group as [Mark, ...Mark[]];
  const { attribute, value, kind, inCount, restCount } = mark;
  const table = {
    inWith: inCount,
    inWithout: inSize - inCount,
    restWith: restCount,
    restWithout: restSize - restCount,
  };
  const [low, high] = differenceInterval(table);
  const [inShare, restShare] = [inCount / inSize, restCount / restSize];
  return {
    attribute,
    value,
    kind,
    inCount,
    restCount,
    inShare,
    restShare,
    difference: inShare - restShare,
    low,
    high,
    ...(restCount > 0 && { lift: inShare / restShare }),
    p: Math.min(1, independenceP(table) * mark.tests),
    significant: false,
    score: low > 0 ? low : high < 0 ? -high : 0,
    also: also.map((other) => ({ attribute: other.attribute, value: other.value })),
  };
}

/**
 * Which attributes are over- or under-represented in one set of spans against the rest: effect
 * (difference of shares with Newcombe's interval) and significance (Fisher's exact test or
 * chi-square, adjusted after Benjamini and Hochberg over everything tested). Numbers are split
 * where the sides differ most, which costs them a test for every place tried. A correlation is no
 * cause: it says where to look.
 * @param ignored attributes that define the set (`duration`, `status`) and would explain it
 * trivially
 */
export function explainSet(
  inSet: readonly SpanRecord[],
  rest: readonly SpanRecord[],
  ignored: ReadonlySet<string> = new Set(),
): SetExplanation {
  const [inSize, restSize] = [inSet.length, rest.length];
  const enough = inSize >= sideMin && restSize >= sideMin;
  if (inSize === 0 || restSize === 0) {
    return { inSize, restSize, tested: 0, enough, explanations: [] };
  }
  const columns = columnsOf([...inSet, ...rest], inSize).filter(({ key }) => !ignored.has(key));
  const spans = inSize + restSize;
  const groups = grouped(marksOf(columns, spans, inSize), spans, inSize);
  const found = groups.map((group) => explanationOf(group, inSize, restSize));
  const adjusted = adjustP(found.map(({ p }) => p));
  const judged = found.map((one, at): Explanation => {
    const p = adjusted[at] ?? 1;
    return { ...one, p, significant: enough && p < 0.05 && one.score > 0 };
  });
  const explanations = judged
    .sort((a, b) => Number(b.significant) - Number(a.significant) || b.score - a.score || a.p - b.p)
    .slice(0, explanationsMax);
  return { inSize, restSize, tested: found.length, enough, explanations };
}

/** Which spans are asked about. */
export interface ExplainQuery extends Range {
  /** All spans that are compared: one operation, as a rule. */
  readonly filter: Filter;
  /** Those to explain: spans of at least this duration (milliseconds), or that failed. */
  readonly slowerThanMs?: number;
  readonly failed?: boolean;
  /** Spans read of each side, newest first; 2,000 if left out, at most 10,000. */
  readonly sample?: number;
}

/** Reads both sides from the store and explains the slow or failed ones. */
export async function explainSpans(
  reader: Pick<SignalReader, "searchSpans">,
  query: ExplainQuery,
): Promise<SetExplanation> {
  const { fromNs, toNs, filter, slowerThanMs, failed, sample = 2000 } = query;
  const marks: Filter[] = [
    ...(slowerThanMs === undefined
      ? []
      : [{ op: "gte", field: "duration", value: slowerThanMs } as const]),
    ...(failed === true ? [{ op: "eq", field: "status", value: "error" } as const] : []),
  ];
  const mark: Filter = { op: "and", of: marks };
  const limit = Math.min(10_000, Math.max(1, sample));
  const read = async (side: Filter): Promise<readonly SpanRecord[]> => {
    const both: Filter = { op: "and", of: [filter, side] };
    const page = await reader.searchSpans({ fromNs, toNs, filter: both, limit });
    return page.records.map(({ record }) => record);
  };
  const [inSet, rest] = await Promise.all([read(mark), read({ op: "not", of: mark })]);
  const ignored = failed === true ? ["status", "error.type", "http.response.status_code"] : [];
  return explainSet(inSet, rest, new Set(ignored));
}
