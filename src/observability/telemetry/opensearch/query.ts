import type { Json } from "../../../core/json.ts";
import { compileFilter } from "../../logs/query/index.ts";
import { builtInFields, levelRanges, mainText } from "../../signals/filter.ts";
import type { Filter } from "../../signals/filter.ts";
import type { Range } from "../../signals/store.ts";
import { readErrors } from "../embedded/read/errors.ts";
import type { Kept } from "./documents.ts";
import { certainRuns } from "./literals.ts";
import { foldedCharsMax, fold, isCut, literalRegexp } from "./terms.ts";
import { numberTerm, pairPrefix, valueTerm } from "./terms.ts";

/** A field, as its terms lie in documents. */
export type Place =
  | { readonly kind: "column"; readonly name: string }
  /** Attributes of these prefixes: the first that a record has. */
  | { readonly kind: "pairs"; readonly prefixes: readonly string[] };

/** Where the terms of a field lie. */
export function placeOf(signal: Kept, field: string): Place {
  if (builtInFields[signal].some(({ name }) => name === field)) {
    return { kind: "column", name: field };
  }
  if (field.startsWith("resource.")) {
    return { kind: "pairs", prefixes: [pairPrefix("r", field.slice("resource.".length))] };
  }
  const own = pairPrefix("a", field);
  if (!field.startsWith("attributes.")) return { kind: "pairs", prefixes: [own] };
  return { kind: "pairs", prefixes: [pairPrefix("a", field.slice("attributes.".length)), own] };
}

/** Prefixes of a field among the numbers. */
export const numberPrefixes = (place: Place): readonly string[] =>
  place.kind === "column" ? [pairPrefix("b", place.name)] : place.prefixes;

const term = (field: string, value: string): Json => ({ term: { [field]: { value } } });
const none: Json = { match_none: {} };
/** All of these. */
export const allOf = (of: readonly Json[]): Json =>
  of.length === 1 ? (of[0] ?? none) : { bool: { filter: of } };
const anyOf = (of: readonly Json[]): Json =>
  of.length === 0 ? none : { bool: { should: of, minimum_should_match: 1 } };
const not = (query: Json): Json => ({ bool: { must_not: [query] } });

/** Records of a stretch of time. */
export function rangeQuery({ fromNs, toNs }: Range): Json {
  return { range: { time_ns: { gte: clamped(fromNs), lt: clamped(toNs) } } };
}

function clamped(ns: bigint): string {
  const limit = 2n ** 63n - 1n;
  return (ns > limit ? limit : ns < -limit ? -limit : ns).toString();
}

/** `make` for the first prefix that a record has. */
function firstOf(prefixes: readonly string[], make: (prefix: string) => Json): Json {
  const [first = "", ...others] = prefixes;
  const own = make(first);
  if (others.length === 0) return own;
  return anyOf([own, allOf([not(term("keys", first)), firstOf(others, make)])]);
}

function hasField(place: Place): Json {
  if (place.kind === "column") return { exists: { field: place.name } };
  return anyOf(place.prefixes.map((prefix) => term("keys", prefix)));
}

function equalText(place: Place, value: string): Json {
  if (place.kind === "column") return term(place.name, valueTerm(value));
  return firstOf(place.prefixes, (prefix) => term("pairs", prefix + valueTerm(value)));
}

type Comparison = "eq" | "lt" | "lte" | "gt" | "gte";

const lowest = numberTerm(-Infinity);
const highest = numberTerm(Infinity);

function compareNumber(place: Place, op: Comparison, value: number): Json {
  if (Number.isNaN(value)) return none;
  const own = numberTerm(value);
  return firstOf(numberPrefixes(place), (prefix) => {
    if (op === "eq") return term("numbers", prefix + own);
    const other = op.startsWith("g") ? { lte: prefix + highest } : { gte: prefix + lowest };
    return { range: { numbers: { [op]: prefix + own, ...other } } };
  });
}

function compareText(place: Place, op: Exclude<Comparison, "eq">, value: string): Json {
  if (place.kind === "column") return { range: { [place.name]: { [op]: value } } };
  return firstOf(place.prefixes, (prefix) => {
    // The last character before the value is `=`: the next one ends what has this key.
    const end = `${prefix.slice(0, -1)}>`;
    const other = op.startsWith("g") ? { lt: end } : { gte: prefix };
    return { range: { pairs: { [op]: prefix + value, ...other } } };
  });
}

/** What finding values and lines needs of the store. */
export interface Resolver {
  /** Values of a field in the range, as terms; undefined where there are too many. */
  values(place: Place): Promise<readonly string[] | undefined>;
  /**
   * Ids of the records that `query` finds and for which the filter holds.
   * @throws MOR_TELEMETRY_QUERY_TOO_LARGE for too many
   */
  ids(query: Json, filter: Filter): Promise<readonly string[]>;
}

/** A filter as a query, and whether what it finds must be looked at again. */
export interface Translated {
  readonly query: Json;
  /** The query finds more than the filter holds for. */
  readonly wide: boolean;
}

const partsMax = 500;
const depthMax = 40;

/** @throws MOR_TELEMETRY_QUERY for a filter that is too large or an expression that is wrong */
export function checkFilter(filter: Filter, signal: Kept): void {
  let parts = 0;
  const check = (one: Filter, depth: number): void => {
    parts += one.op === "in" ? one.values.length : 1;
    if (parts > partsMax || depth > depthMax) {
      throw readErrors.MOR_TELEMETRY_QUERY(
        `a filter has at most ${partsMax} parts, ${depthMax} deep`,
      );
    }
    if (one.op === "and" || one.op === "or") for (const each of one.of) check(each, depth + 1);
    if (one.op === "not") check(one.of, depth + 1);
  };
  check(filter, 0);
  try {
    compileFilter(filter, signal);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw readErrors.MOR_TELEMETRY_QUERY(`an expression of the filter: ${why}`, { cause });
  }
}

/** Whether a filter of one field holds for a value of it. */
function holdsFor(filter: Filter): (value: string) => boolean {
  const key = "value";
  const test = compileFilter({ ...filter, field: key } as Filter, "logs");
  const empty = { resource: {}, scopeName: "", scopeVersion: "", scopeAttributes: {} };
  return (value) =>
    test({
      origin: empty,
      timeNs: 0n,
      observedNs: 0n,
      severity: 0,
      severityText: "",
      body: "",
      eventName: "",
      traceId: "",
      spanId: "",
      attributes: { [key]: value },
    });
}

const levels = Object.keys(levelRanges);

/** `level` compares in the order of severity. */
function compareLevel(op: Comparison, value: string | number): Json {
  const rank = levelRanges[String(value)]?.[0] ?? -1;
  const order = { eq: 0, lt: -1, lte: -1, gt: 1, gte: 1 }[op];
  const held = levels.filter((level) => {
    const at = Math.sign((levelRanges[level]?.[0] ?? -1) - rank);
    return at === order || (at === 0 && op.endsWith("te"));
  });
  return { terms: { level: held } };
}

/** Texts that whatever matches contains. */
function certainTexts({ op, pattern }: Filter & { readonly op: "like" | "regex" }): string[] {
  return op === "like" ? pattern.split("*").filter((part) => part !== "") : certainRuns(pattern);
}

/** Writes filters of one signal as queries. */
export class QueryWriter {
  readonly #signal: Kept;
  readonly #resolver: Resolver;

  constructor(signal: Kept, resolver: Resolver) {
    this.#signal = signal;
    this.#resolver = resolver;
  }

  /** A query that finds exactly the records for which the filter holds. */
  async exact(filter: Filter): Promise<Json> {
    return (await this.#translate(filter, false)).query;
  }

  /** A query that finds them, and others where finding only them would take a scan. */
  wide(filter: Filter): Promise<Translated> {
    return this.#translate(filter, true);
  }

  async #translate(filter: Filter, wide: boolean): Promise<Translated> {
    const sure = (query: Json): Translated => ({ query, wide: false });
    switch (filter.op) {
      case "all":
        return sure({ match_all: {} });
      case "and":
      case "or": {
        const parts: Translated[] = [];
        for (const one of filter.of) parts.push(await this.#translate(one, wide));
        const queries = parts.map(({ query }) => query);
        const query = filter.op === "or" ? anyOf(queries) : { bool: { filter: queries } };
        return { query, wide: parts.some((part) => part.wide) };
      }
      case "not":
        return sure(not(await this.exact(filter.of)));
      case "ne":
        return sure(not(await this.exact({ ...filter, op: "eq" })));
      case "in": {
        const each = filter.values.map((value): Filter => {
          return { op: "eq", field: filter.field, value };
        });
        return this.#translate({ op: "or", of: each }, wide);
      }
      case "text":
        return this.#text(filter, wide);
      case "exists":
        return sure(hasField(placeOf(this.#signal, filter.field)));
      case "like":
      case "regex":
        return this.#pattern(filter, wide);
      default:
        return sure(this.#comparison(filter.op, filter.field, filter.value));
    }
  }

  #comparison(op: Comparison, field: string, value: string | number): Json {
    if (field === "level" && this.#signal === "logs") return compareLevel(op, value);
    const place = placeOf(this.#signal, field);
    if (typeof value === "number") return compareNumber(place, op, value);
    return op === "eq" ? equalText(place, value) : compareText(place, op, value);
  }

  #contains(text: string): Json {
    if (text === "") return { match_all: {} };
    // As many UTF-16 units as every chunk repeats of the one before, and no half characters.
    const start = fold(text)
      .slice(0, foldedCharsMax)
      .replace(/[\uD800-\uDBFF]$/, "");
    return { wildcard: { folded: { value: `*${start}*` } } };
  }

  async #text(filter: Filter & { readonly op: "text" }, wide: boolean): Promise<Translated> {
    const query = this.#contains(filter.text);
    if (fold(filter.text).length <= foldedCharsMax) return { query, wide: false };
    return this.#looked(query, filter, wide);
  }

  async #looked(query: Json, filter: Filter, wide: boolean): Promise<Translated> {
    if (wide) return { query, wide };
    const ids = await this.#resolver.ids(query, filter);
    return { query: { terms: { rid: ids } }, wide: false };
  }

  async #pattern(
    filter: Filter & { readonly op: "like" | "regex" },
    wide: boolean,
  ): Promise<Translated> {
    const main = mainText[this.#signal];
    const place = placeOf(this.#signal, filter.field);
    if (filter.field === main && main !== "name") {
      const texts = certainTexts(filter).map((text) => this.#contains(text));
      return this.#looked(allOf([hasField(place), ...texts]), filter, wide);
    }
    const values = await this.#resolver.values(place);
    if (values === undefined || values.some(isCut)) {
      return this.#looked(hasField(place), filter, wide);
    }
    const held = values.filter(holdsFor(filter));
    if (place.kind === "column") return { query: { terms: { [place.name]: held } }, wide: false };
    const query = firstOf(place.prefixes, (prefix) => {
      return { terms: { pairs: held.map((value) => prefix + value) } };
    });
    return { query, wide: false };
  }
}

/** Lucene's expression for all pairs of the prefixes whose value begins with `start`. */
export const pairsOf = (prefixes: readonly string[], start = ""): string =>
  prefixes.map((prefix) => `${literalRegexp(prefix)}${start}.*`).join("|");
