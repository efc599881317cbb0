import { basename } from "node:path";
import {
  at,
  children,
  isTest,
  lineAt,
  nameOf,
  nodeAt,
  parse,
  walk,
  type Node,
  type Source,
} from "./source.ts";

const linesMax = 400;
const functionLinesMax = 70;
const columnsMax = 100;

const functions = new Set(["FunctionDeclaration", "FunctionExpression", "ArrowFunctionExpression"]);
const suites = /^(describe|it|test|suite)\b/;

/** A suite is a list of tests, not a function to be understood at once. */
function holdsTests(source: Source, node: Node): boolean {
  for (const inner of walk(node)) {
    if (inner.type !== "CallExpression") continue;
    if (suites.test(source.text.slice(inner.start, inner.end))) return true;
  }
  return false;
}

/** Lines from the first to the last of a node. */
const linesOf = (source: Source, node: Node): number =>
  lineAt(source, node.end) - lineAt(source, node.start) + 1;

/** The outermost functions within `node`. */
function innerFunctions(node: Node): Node[] {
  const inner = [...walk(node)].filter((one) => one !== node && functions.has(one.type));
  return inner.filter(
    (one) =>
      !inner.some((other) => other !== one && other.start <= one.start && one.end <= other.end),
  );
}

/**
 * A factory is as long as what it says itself: the functions that it makes are judged by
 * themselves.
 */
function ownLines(source: Source, node: Node): number {
  const inner = innerFunctions(node).map((one) => linesOf(source, one) - 1);
  return linesOf(source, node) - inner.reduce((sum, lines) => sum + lines, 0);
}

function functionProblems(source: Source): string[] {
  const found: string[] = [];
  for (const node of walk(source.program)) {
    if (!functions.has(node.type)) continue;
    const lines = ownLines(source, node);
    if (lines > functionLinesMax && !holdsTests(source, node)) {
      found.push(`${at(source, node.start)} is a function of ${lines} lines`);
    }
  }
  return found;
}

/** A line that is one word, such as an address, cannot be broken. */
const breakable = (line: string): boolean => /\S\s+\S/.test(line.replace(/^\s*(\*|\/\/|-)\s+/, ""));

function lineProblems({ path, text }: Source): string[] {
  const lines = text.split("\n");
  const long = lines.flatMap((line, index) =>
    line.length > columnsMax && breakable(line)
      ? [`${path}:${index + 1} has ${line.length} columns`]
      : [],
  );
  const count = text.endsWith("\n") ? lines.length - 1 : lines.length;
  return count > linesMax ? [`${path} has ${count} lines`, ...long] : long;
}

/** Files, functions and lines that are too long. */
export function sizeProblems(sources: readonly Source[]): string[] {
  return sources.flatMap((source) => [...lineProblems(source), ...functionProblems(source)]);
}

const refused: Readonly<Record<string, string>> = {
  TSEnumDeclaration: "an enum",
  TSModuleDeclaration: "a namespace",
  Decorator: "a decorator",
  TSParameterProperty: "a parameter property",
};

/** `declare module "name"` adds to a module that is there, and makes none. */
const augments = (node: Node): boolean =>
  node.type === "TSModuleDeclaration" && nodeAt(node, "id")?.type === "Literal";

/** Syntax that the house does without. */
export function syntaxProblems(sources: readonly Source[]): string[] {
  return sources.flatMap((source) =>
    [...walk(source.program)].flatMap((node) => {
      const isDefault = node.type === "ExportDefaultDeclaration";
      const isClass = nodeAt(node, "declaration")?.type === "ClassDeclaration";
      if (augments(node)) return [];
      const what = isDefault && isClass ? "a class exported as default" : refused[node.type];
      return what === undefined ? [] : [`${at(source, node.start)} is ${what}`];
    }),
  );
}

/** Product code that asks where it stands: it is bundled, and stands elsewhere in dist/. */
export function placeProblems(sources: readonly Source[]): string[] {
  const bound = sources.filter(({ path }) => !isTest(path) && path !== "src/core/package.ts");
  return bound.flatMap((source) =>
    [...walk(source.program)]
      .filter((node) => node.type === "MetaProperty" && nameOf(nodeAt(node, "meta")) === "import")
      .map((node) => `${at(source, node.start)} uses import.meta: use core/package.ts`),
  );
}

const vague = new Set(["util", "utils", "helper", "helpers", "manager", "managers", "impl"]);

/** The words of a camelCase, PascalCase, snake_case or kebab-case name. */
const wordsOf = (name: string): string[] =>
  name
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z0-9]+/);

function isVague(name: string): boolean {
  const words = wordsOf(name);
  // `Base` says nothing in the name of a type; in `baseUrl` it is the term of the field.
  if (/^[A-Z]/.test(name) && words.includes("base")) return true;
  // Secrets Manager is the name of a service.
  return words.some((word, index) => vague.has(word) && words[index - 1] !== "secrets");
}

const declaring: Readonly<Record<string, readonly string[]>> = {
  VariableDeclarator: ["id"],
  FunctionDeclaration: ["id", "params"],
  FunctionExpression: ["id", "params"],
  ArrowFunctionExpression: ["params"],
  ClassDeclaration: ["id"],
  TSInterfaceDeclaration: ["id"],
  TSTypeAliasDeclaration: ["id"],
};

function declared(node: Node): Node[] {
  return (declaring[node.type] ?? []).flatMap((field) => {
    const value = node[field];
    const nodes = Array.isArray(value) ? (value as Node[]) : [nodeAt(node, field)];
    return nodes.filter((one): one is Node => one !== undefined && one !== null);
  });
}

/** File names and declared names that say nothing. */
export function nameProblems(sources: readonly Source[]): string[] {
  return sources.flatMap((source) => {
    const file = basename(source.path).replace(/\..*$/, "");
    const vagueFile = isVague(file) || file === "base" ? [`${source.path} has a vague name`] : [];
    const names = [...walk(source.program)].flatMap((node) => declared(node));
    const vagueNames = names.flatMap((node) => {
      const name = nameOf(node);
      return name !== undefined && isVague(name)
        ? [`${at(source, node.start)} declares ${name}`]
        : [];
    });
    return [...vagueFile, ...vagueNames];
  });
}

// Written in pieces, so that this file does not break its own rule.
const unfinished = new RegExp(
  `\\b(${["TO" + "DO", "FIX" + "ME", "X" + "XX", "HA" + "CK"].join("|")})\\b`,
);

/** Whether a comment is code that somebody switched off. */
function isCode(text: string): boolean {
  const line = text.trim();
  const opens = /^(const|let|return|if|for|while|await|import|export|throw)\b.*[;{})]$/.test(line);
  if (!opens && !/^[\w.[\]]+(\(.*\)| = .*);$/.test(line)) return false;
  const body = line.endsWith("{") ? `${line}}` : line;
  const wrapped = /^(import|export)\b/.test(line) ? body : `async () => { ${body} }`;
  try {
    return children(parse("comment.ts", wrapped).program).length > 0;
  } catch {
    return false;
  }
}

/** Comments that promise work, and code in comments. */
export function commentProblems(sources: readonly Source[]): string[] {
  return sources.flatMap((source) =>
    source.comments.flatMap((comment) => {
      if (unfinished.test(comment.value)) return [`${at(source, comment.start)} is unfinished`];
      const isDoc = comment.type === "Block" && comment.value.startsWith("*");
      const code = !isDoc && comment.value.split("\n").some((line) => isCode(line));
      return code ? [`${at(source, comment.start)} is code in a comment`] : [];
    }),
  );
}
