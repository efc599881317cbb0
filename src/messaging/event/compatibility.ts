import { isObject } from "./envelope.ts";

/** A change of a schema that readers or publishers would not survive. */
export interface Incompatibility {
  /** Where: `items[].price`; empty for the data itself. */
  readonly path: string;
  readonly reason: string;
}

type Node = Readonly<Record<string, unknown>>;

/** Keywords that say nothing about which data is valid (JSON Schema 2020-12, annotations). */
const annotations: ReadonlySet<string> = new Set([
  "$schema",
  "$id",
  "$comment",
  "$anchor",
  "$defs",
  "definitions",
  "title",
  "description",
  "default",
  "examples",
  "deprecated",
  "readOnly",
  "writeOnly",
]);
const structural: ReadonlySet<string> = new Set(["properties", "required", "items", "$ref"]);

/** How deep a schema is followed; what recurs is the same below. */
const depthMax = 32;

/** Text that is equal for equal values, whatever the order of members. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    isObject(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}

function nodeOf(value: unknown): Node {
  return isObject(value) ? value : {};
}

/** Follows a reference within the document. */
function resolve(node: Node, root: Node): Node {
  const { $ref: reference, ...rest } = node;
  if (typeof reference !== "string" || !reference.startsWith("#")) return node;
  let found: unknown = root;
  for (const part of reference.slice(1).split("/").filter(Boolean)) {
    found = nodeOf(found)[part.replaceAll("~1", "/").replaceAll("~0", "~")];
  }
  return { ...nodeOf(found), ...rest };
}

function names(value: unknown): ReadonlySet<string> {
  return new Set(Array.isArray(value) ? value.map(String) : []);
}

const pathTo = (path: string, name: string): string => (path === "" ? name : `${path}.${name}`);

function shown(value: unknown): string {
  const text = canonicalJson(value) ?? "nothing";
  return text.length > 80 ? `${text.slice(0, 80)}...` : text;
}

interface Comparison {
  readonly older: Node;
  readonly newer: Node;
  readonly found: Incompatibility[];
}

function compareProperties(
  of: Comparison,
  older: Node,
  newer: Node,
  path: string,
  depth: number,
): void {
  const [before, after] = [nodeOf(older["properties"]), nodeOf(newer["properties"])];
  const [wasRequired, isRequired] = [names(older["required"]), names(newer["required"])];
  const add = (name: string, reason: string): void => {
    of.found.push({ path: pathTo(path, name), reason });
  };
  for (const name of Object.keys(before)) {
    if (!Object.hasOwn(after, name)) {
      add(name, "the field was removed");
      continue;
    }
    if (!wasRequired.has(name) && isRequired.has(name)) add(name, "the field became required");
    if (wasRequired.has(name) && !isRequired.has(name)) add(name, "the field became optional");
    compare(of, nodeOf(before[name]), nodeOf(after[name]), pathTo(path, name), depth + 1);
  }
  for (const name of Object.keys(after)) {
    if (Object.hasOwn(before, name)) continue;
    if (isRequired.has(name)) add(name, "a required field was added");
    else if (older["additionalProperties"] === false) {
      add(name, "a field was added that older readers refuse: the schema was closed");
    }
  }
}

/**
 * Everything that is not followed must be the same: a wider rule breaks older readers, a narrower
 * one newer ones.
 */
function compareKeywords(of: Comparison, older: Node, newer: Node, path: string): void {
  const keys = new Set([...Object.keys(older), ...Object.keys(newer)]);
  for (const key of keys) {
    if (annotations.has(key) || structural.has(key)) continue;
    const [before, after] = [older[key], newer[key]];
    const same = isSet(key)
      ? canonicalJson(sorted(before)) === canonicalJson(sorted(after))
      : canonicalJson(before) === canonicalJson(after);
    if (same) continue;
    of.found.push({ path, reason: `${key} changed from ${shown(before)} to ${shown(after)}` });
  }
}

/** Keywords whose lists have no order. */
function isSet(key: string): boolean {
  return key === "enum" || key === "type";
}

function sorted(value: unknown): unknown {
  return Array.isArray(value) ? value.map(canonicalJson).sort() : value;
}

function compare(of: Comparison, before: Node, after: Node, path: string, depth: number): void {
  if (depth > depthMax) return;
  const [older, newer] = [resolve(before, of.older), resolve(after, of.newer)];
  compareKeywords(of, older, newer, path);
  compareProperties(of, older, newer, path, depth);
  const [items, nextItems] = [older["items"], newer["items"]];
  if (items !== undefined || nextItems !== undefined) {
    compare(of, nodeOf(items), nodeOf(nextItems), `${path}[]`, depth + 1);
  }
}

/**
 * What a change of schema under one version would break. Readers and publishers are never replaced
 * at one moment, and events of the old schema lie in queues and in the log: so each must take what
 * the other writes. That leaves a new optional field, and changes of what only people read; all
 * else is reported.
 */
export function incompatibilities(older: Node, newer: Node): readonly Incompatibility[] {
  const of: Comparison = { older, newer, found: [] };
  // A schema without a JSON Schema says nothing, so nothing can be compared.
  if (Object.keys(older).length === 0 || Object.keys(newer).length === 0) return [];
  compare(of, older, newer, "", 0);
  return of.found;
}
