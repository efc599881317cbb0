import { globSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** The root of the checkout, without a trailing separator. */
export const root: string = fileURLToPath(new URL("..", import.meta.url)).replace(/[/\\]$/, "");

/** The files below the root that match, as sorted paths relative to it, with forward slashes. */
export function files(...patterns: string[]): string[] {
  return globSync(patterns, { cwd: root, exclude: (name) => name === "node_modules" })
    .map((path) => path.split(sep).join("/"))
    .sort();
}

/** The text of a file of the checkout. */
export function read(path: string): string {
  return readFileSync(join(root, path), "utf8");
}

/** An absolute path as one relative to the root, with forward slashes. */
export function inTree(path: string): string {
  return relative(root, path).split(sep).join("/");
}

/** One entry of `exports` in package.json that names a module of ours. */
export interface Subpath {
  /** As a user writes it after the package name: `.` or `./messaging/queue`. */
  readonly name: string;
  /** `src/messaging/queue/index.ts`. */
  readonly source: string;
  /** `dist/types/messaging/queue/index.d.ts`. */
  readonly types: string;
  /** `dist/messaging/queue/index.js`. */
  readonly built: string;
}

interface PackageJson {
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
}

/** Every module that package.json exports. */
export function subpaths(): Subpath[] {
  const { exports } = JSON.parse(read("package.json")) as PackageJson;
  return Object.entries(exports).flatMap(([name, target]) => {
    if (typeof target === "string") return [];
    const path = (condition: string): string => (target[condition] ?? "").replace(/^\.\//, "");
    const [source, types, built] = [path("morning-source"), path("types"), path("default")];
    return [{ name, source, types, built }];
  });
}
