import { invalid, PathInvalid, skipBlanks, take, takeMatch, takeQuoted } from "./cursor.ts";
import type { Cursor } from "./cursor.ts";
import { parseFilter } from "./filter-parser.ts";
import type { Path, PathRoot, Segment } from "./path.ts";

/** Paths longer than this are refused: parsing recurses in filters. */
const lengthMax = 4096;

function takeInteger(cursor: Cursor): number | undefined {
  const found = takeMatch(cursor, /-?\d{1,9}/y);
  return found === undefined ? undefined : Number(found);
}

function close(cursor: Cursor): void {
  skipBlanks(cursor);
  if (!take(cursor, "]")) invalid(cursor, "a ] is missing");
}

/** `'a']`, `'a','b']` */
function quotedKeys(cursor: Cursor): Segment {
  const keys: string[] = [];
  do {
    skipBlanks(cursor);
    if (!/['"]/.test(cursor.text[cursor.at] ?? "")) invalid(cursor, "a quoted name is missing");
    keys.push(takeQuoted(cursor));
    skipBlanks(cursor);
  } while (take(cursor, ","));
  close(cursor);
  return { kind: "keys", keys };
}

/** `1:5]`, `:-1]`, `::2]`, after the first number was read. */
function slice(cursor: Cursor, from: number | undefined): Segment {
  skipBlanks(cursor);
  const to = takeInteger(cursor);
  const step = take(cursor, ":") ? (takeInteger(cursor) ?? 1) : 1;
  if (step < 1) invalid(cursor, "a step is 1 or more");
  close(cursor);
  return {
    kind: "slice",
    step,
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
  };
}

/** `0]`, `0,2]`, `1:2]` */
function numbers(cursor: Cursor): Segment {
  const first = takeInteger(cursor);
  skipBlanks(cursor);
  if (take(cursor, ":")) return slice(cursor, first);
  if (first === undefined) invalid(cursor, "an index, a name, * or ?(...) is missing");
  const indices = [first];
  while (take(cursor, ",")) {
    skipBlanks(cursor);
    const next = takeInteger(cursor);
    if (next === undefined) invalid(cursor, "an index is missing");
    indices.push(next);
    skipBlanks(cursor);
  }
  close(cursor);
  return { kind: "indices", indices };
}

function bracket(cursor: Cursor): Segment {
  skipBlanks(cursor);
  if (take(cursor, "*")) {
    close(cursor);
    return { kind: "wildcard" };
  }
  if (take(cursor, "?")) {
    skipBlanks(cursor);
    if (!take(cursor, "(")) invalid(cursor, "a filter stands in ?(...)");
    const { names } = cursor;
    cursor.names = filterNames;
    const filter = parseFilter(cursor, relativePath);
    cursor.names = names;
    skipBlanks(cursor);
    if (!take(cursor, ")")) invalid(cursor, "a filter stands in ?(...)");
    close(cursor);
    return { kind: "filter", filter };
  }
  return /['"]/.test(cursor.text[cursor.at] ?? "") ? quotedKeys(cursor) : numbers(cursor);
}

/** A name after a dot, as Jayway reads it: up to the next step. */
const pathNames = /[^\s.[(]+/y;

/** Within a filter an operator ends a name too. */
const filterNames = /[^\s.[\](){}'"`,:;*?@$&|!=<>~+/\\^%#]+/y;

function dotted(cursor: Cursor): Segment {
  if (take(cursor, "*")) return { kind: "wildcard" };
  const key = takeMatch(cursor, cursor.names);
  if (key === undefined) invalid(cursor, "a name is missing");
  return { kind: "keys", keys: [key] };
}

/** The steps from the cursor on, as far as they go. */
function segments(cursor: Cursor): Segment[] {
  const found: Segment[] = [];
  for (;;) {
    if (take(cursor, "..")) {
      found.push({ kind: "descendants" });
      found.push(take(cursor, "[") ? bracket(cursor) : dotted(cursor));
    } else if (take(cursor, ".")) found.push(dotted(cursor));
    else if (take(cursor, "[")) found.push(bracket(cursor));
    else return withMerge(found);
  }
}

function withMerge(found: Segment[]): Segment[] {
  const last = found.at(-1);
  if (last?.kind !== "keys" || last.keys.length === 1) return found;
  return [...found.slice(0, -1), { kind: "merge", keys: last.keys }];
}

function isDefinite(found: readonly Segment[]): boolean {
  return found.every(
    (segment) =>
      segment.kind === "merge" ||
      (segment.kind === "keys" && segment.keys.length === 1) ||
      (segment.kind === "indices" && segment.indices.length === 1),
  );
}

/** `@.a` and `$.a` within a filter; `@` begins at the item. */
function relativePath(cursor: Cursor): Path {
  const begin = cursor.at;
  const root: PathRoot = take(cursor, "@") ? { kind: "variable", name: "@" } : rootAt(cursor);
  const found = segments(cursor);
  const text = cursor.text.slice(begin, cursor.at);
  return { text, root, segments: found, definite: isDefinite(found) };
}

/** Names of variables are Unicode identifiers (UAX 31). */
const variableName = /[\p{ID_Start}_][\p{ID_Continue}]*/uy;

function rootAt(cursor: Cursor): PathRoot {
  if (!take(cursor, "$")) invalid(cursor, "a path begins with $");
  if (take(cursor, "$")) return { kind: "context" };
  const name = takeMatch(cursor, variableName);
  return name === undefined ? { kind: "input" } : { kind: "variable", name };
}

/** Parses a path. @throws PathInvalid */
export function parsePath(text: string): Path {
  if (text.length > lengthMax) throw new PathInvalid(`a path has at most ${lengthMax} characters`);
  const cursor: Cursor = { text, at: 0, names: pathNames };
  const path = pathAt(cursor);
  if (cursor.at < text.length) invalid(cursor, "the path does not go on like this");
  return path;
}

/** Parses the path that begins at the cursor. @throws PathInvalid */
export function pathAt(cursor: Cursor): Path {
  const begin = cursor.at;
  const root = rootAt(cursor);
  const found = segments(cursor);
  const text = cursor.text.slice(begin, cursor.at);
  return { text, root, segments: found, definite: isDefinite(found) };
}

/** Parses a reference path, which names exactly one place: `ResultPath`. @throws PathInvalid */
export function parseReferencePath(text: string): Path {
  const path = parsePath(text);
  const isPlain = path.definite && path.segments.every(({ kind }) => kind !== "merge");
  if (path.root.kind !== "input" || !isPlain) {
    throw new PathInvalid(`${text} is no reference path: it names one place in the input`);
  }
  return path;
}
