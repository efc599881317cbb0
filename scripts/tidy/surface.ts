import { at, nameOf, nodeAt, target, walk, type Node, type Source } from "./source.ts";

type Tree = ReadonlyMap<string, Source>;

/** One exported name and where it is declared. */
interface Declaration {
  readonly source: Source;
  /** The statement, `export` included. */
  readonly statement: Node;
  readonly name: string;
}

const statements = (source: Source): Node[] => source.program["body"] as Node[];

/** The names that a statement declares at the top of a module. */
function namesOf(statement: Node): string[] {
  const declaration = nodeAt(statement, "declaration") ?? statement;
  const declarators = (declaration["declarations"] as Node[] | undefined) ?? [declaration];
  return declarators.flatMap((declarator) => nameOf(nodeAt(declarator, "id")) ?? []);
}

function declaredIn(source: Source, name: string): Declaration | undefined {
  const statement = statements(source).find((one) => namesOf(one).includes(name));
  return statement === undefined ? undefined : { source, statement, name };
}

/** Where a name that a module imports comes from. */
function imported(source: Source, local: string): { from: string; name: string } | undefined {
  for (const statement of statements(source)) {
    if (statement.type !== "ImportDeclaration") continue;
    for (const specifier of statement["specifiers"] as Node[]) {
      if (nameOf(nodeAt(specifier, "local")) !== local) continue;
      const from = target(source.path, nameOf(nodeAt(statement, "source")) ?? "");
      const name = nameOf(nodeAt(specifier, "imported")) ?? local;
      return from === undefined ? undefined : { from, name };
    }
  }
  return undefined;
}

/**
 * Every declaration that a module exports, followed through re-exports; packages' own are left out.
 */
function exportsOf(tree: Tree, path: string, only?: string): Declaration[] {
  const source = tree.get(path);
  if (source === undefined) return [];
  return statements(source).flatMap((statement) => {
    if (statement.type === "ExportAllDeclaration") {
      const from = target(path, nameOf(nodeAt(statement, "source")) ?? "");
      return from === undefined ? [] : exportsOf(tree, from, only);
    }
    if (!/^Export(Named|Default)Declaration$/.test(statement.type)) return [];
    const own = namesOf(statement).filter((name) => only === undefined || only === name);
    const direct = own.map((name) => ({ source, statement, name }));
    return [...direct, ...listed(tree, source, statement, only)];
  });
}

/** The declarations behind `export { a, b as c }` and `export { a } from "./other.ts"`. */
function listed(tree: Tree, source: Source, statement: Node, only?: string): Declaration[] {
  const specifiers = (statement["specifiers"] as Node[] | undefined) ?? [];
  const origin = nameOf(nodeAt(statement, "source"));
  return specifiers.flatMap((specifier) => {
    const outside = nameOf(nodeAt(specifier, "exported"));
    const local = nameOf(nodeAt(specifier, "local"));
    if (local === undefined || (only !== undefined && outside !== only)) return [];
    if (origin !== undefined) {
      const from = target(source.path, origin);
      return from === undefined ? [] : exportsOf(tree, from, local);
    }
    const here = declaredIn(source, local);
    if (here !== undefined) return [here];
    const elsewhere = imported(source, local);
    return elsewhere === undefined ? [] : exportsOf(tree, elsewhere.from, elsewhere.name);
  });
}

function isDocumented({ source, statement }: Declaration): boolean {
  const before = source.comments.findLast((comment) => comment.end <= statement.start);
  if (before === undefined || before.type !== "Block" || !before.value.startsWith("*"))
    return false;
  return source.text.slice(before.end, statement.start).trim() === "";
}

/** What is public and has no JSDoc; of overloads the first needs it. */
export function docProblems(sources: readonly Source[], entries: readonly string[]): string[] {
  const tree: Tree = new Map(sources.map((source) => [source.path, source]));
  const all = entries.flatMap((entry) => exportsOf(tree, entry));
  const key = ({ source, name }: Declaration): string => `${source.path} ${name}`;
  const documented = new Set(all.filter(isDocumented).map(key));
  const bare = new Map(
    all.filter((one) => !documented.has(key(one))).map((one) => [key(one), one]),
  );
  return [...bare.values()].map(
    ({ source, statement, name }) => `${at(source, statement.start)} ${name} has no JSDoc`,
  );
}

const bodies = new Set(["BlockStatement", "FunctionBody"]);

/** `any` in what a module exports: declarations are explicit, so that reading them is enough. */
export function anyProblems(sources: readonly Source[]): string[] {
  return sources.flatMap((source) =>
    statements(source)
      .filter((statement) => /^Export(Named|Default)Declaration$/.test(statement.type))
      .flatMap((statement) => [...walk(statement, (node) => !bodies.has(node.type))])
      .filter((node) => node.type === "TSAnyKeyword")
      .map((node) => `${at(source, node.start)} exports any`),
  );
}
