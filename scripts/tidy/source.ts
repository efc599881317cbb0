import { existsSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { parseSync } from "rolldown/utils";
import { root } from "../tree.ts";

/** A node of the ESTree that the parser gives; fields are read by name. */
export interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

/** A comment of a source, without its marks. */
export interface Comment {
  readonly type: "Line" | "Block";
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

/**
 * One import of a source: `import`, `export … from`, `import()` or a type of the form
 * `import("…")`.
 */
export interface Import {
  readonly specifier: string;
  readonly start: number;
}

/** A parsed source. */
export interface Source {
  /** Relative to the root, with forward slashes. */
  readonly path: string;
  readonly text: string;
  readonly program: Node;
  readonly comments: readonly Comment[];
  readonly imports: readonly Import[];
}

const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && typeof (value as Node).type === "string";

/** The nodes directly below a node. */
export function children(node: Node): Node[] {
  return Object.values(node).flatMap((value) =>
    Array.isArray(value) ? value.filter(isNode) : isNode(value) ? [value] : [],
  );
}

/**
 * The node and all below it, each before its children; a node for which `enter` is false is left
 * out.
 */
export function* walk(node: Node, enter: (node: Node) => boolean = () => true): Generator<Node> {
  if (!enter(node)) return;
  yield node;
  for (const child of children(node)) yield* walk(child, enter);
}

/** A field that holds a node, if it does. */
export function nodeAt(node: Node, field: string): Node | undefined {
  const value = node[field];
  return isNode(value) ? value : undefined;
}

/** The name of an identifier or the value of a string literal. */
export function nameOf(node: Node | undefined): string | undefined {
  const name = node?.["name"] ?? node?.["value"];
  return typeof name === "string" ? name : undefined;
}

const importing = new Set([
  "ImportDeclaration",
  "ExportNamedDeclaration",
  "ExportAllDeclaration",
  "ImportExpression",
  "TSImportType",
]);

function importsOf(program: Node): Import[] {
  const found: Import[] = [];
  for (const node of walk(program)) {
    if (!importing.has(node.type)) continue;
    const target = nodeAt(node, "source") ?? nodeAt(node, "argument");
    const specifier = target?.["value"] ?? nodeAt(target ?? node, "literal")?.["value"];
    if (typeof specifier === "string") found.push({ specifier, start: node.start });
  }
  return found;
}

/** Parses one source; a syntax error is thrown with its path. */
export function parse(path: string, text: string): Source {
  const parsed = parseSync(path, text);
  const [error] = parsed.errors;
  if (error !== undefined) throw new Error(`${path}: ${error.message}`);
  const program = parsed.program as unknown as Node;
  const comments = parsed.comments as readonly Comment[];
  return { path, text, program, comments, imports: importsOf(program) };
}

/** The 1-based line of an offset. */
export function lineAt(source: Source, offset: number): number {
  return source.text.slice(0, offset).split("\n").length;
}

/** `path:line`, as editors and terminals link it. */
export function at(source: Source, offset: number): string {
  return `${source.path}:${lineAt(source, offset)}`;
}

/** Where a relative import leads, relative to the root; nothing for packages and built-ins. */
export function target(path: string, specifier: string): string | undefined {
  if (!specifier.startsWith(".")) return undefined;
  return posix.normalize(posix.join(dirname(path), specifier));
}

/** Whether a file of the tree exists. */
export function exists(path: string): boolean {
  return existsSync(join(root, path));
}

/** Tests, contracts and what else stands outside the product: rules of layering do not bind it. */
export function isTest(path: string): boolean {
  return (
    /\.(test|contract|child|bench|soak)\.ts$/.test(path) ||
    /(^|\/)contract[^/]*\.ts$/.test(path) ||
    /\/(contract|simulation)\/[^/]+\.ts$/.test(path) ||
    path.startsWith("src/testing/") ||
    !path.startsWith("src/")
  );
}
