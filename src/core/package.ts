import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const packageName = "morning-ai";

/** Whether `folder` holds the package.json of this package. */
function isPackageRoot(folder: string): boolean {
  const file = join(folder, "package.json");
  if (!existsSync(file)) return false;
  const content = JSON.parse(readFileSync(file, "utf8")) as { readonly name?: unknown };
  return content.name === packageName;
}

/** The folder of this package: the nearest one above this file whose package.json names it. */
export function packageRoot(from: string = import.meta.url): string {
  let folder = dirname(fileURLToPath(from));
  while (!isPackageRoot(folder)) {
    const above = dirname(folder);
    if (above === folder) throw new Error(`no package.json of ${packageName} above ${from}`);
    folder = above;
  }
  return folder;
}

/**
 * Where a worker thread's entry file lies: the source when we run from sources, the bundle
 * otherwise.
 * @param name path under `src` without its extension, such as `engines/sqlite/worker`
 */
export function workerUrl(name: string, from: string = import.meta.url): URL {
  const file = from.endsWith(".ts") ? join("src", `${name}.ts`) : join("dist", `${name}.js`);
  return pathToFileURL(join(packageRoot(from), file));
}

/** The version of this package. */
export function packageVersion(): string {
  const file = join(packageRoot(), "package.json");
  const { version } = JSON.parse(readFileSync(file, "utf8")) as { readonly version: string };
  return version;
}
