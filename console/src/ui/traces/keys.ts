import { hasChildren, rowOf, type Tree } from "./tree.ts";

/** Where a key leads in a tree of spans: to a place, or to another form of the one it is at. */
export type Step = { readonly to: number } | "toggle" | "select" | undefined;

interface From {
  readonly tree: Tree;
  readonly rows: Int32Array;
  readonly collapsed: ReadonlySet<string>;
  readonly at: number;
  /** Rows of a page. */
  readonly page: number;
}

/** Right opens, then goes to the first below; left closes, then goes to the one above. */
function sideways(key: string, { tree, collapsed, at }: From): Step {
  const isOpen = hasChildren(tree, at) && !collapsed.has(tree.keys[at] ?? "");
  if (key === "ArrowRight") {
    if (!hasChildren(tree, at)) return undefined;
    return isOpen ? { to: at + 1 } : "toggle";
  }
  if (isOpen) return "toggle";
  const parent = tree.parent[at] ?? -1;
  return parent < 0 ? undefined : { to: parent };
}

/** The keys of a treegrid. */
export function stepOf(key: string, from: From): Step {
  const { rows, at, page } = from;
  const row = Math.max(0, rowOf(rows, at));
  const last = rows.length - 1;
  const rowAfter: Readonly<Record<string, number>> = {
    ArrowDown: row + 1,
    ArrowUp: row - 1,
    PageDown: row + page,
    PageUp: row - page,
    Home: 0,
    End: last,
  };
  const next = rowAfter[key];
  if (next !== undefined) return { to: rows[Math.min(last, Math.max(0, next))] ?? at };
  if (key === "ArrowRight" || key === "ArrowLeft") return sideways(key, from);
  if (key === "Enter" || key === " ") return "select";
  return undefined;
}
