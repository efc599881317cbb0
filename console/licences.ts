import { readFileSync, readdirSync } from "node:fs";
import { dirname, join, sep } from "node:path";
import type { Plugin } from "vite";

/** A package that the platform or its console is made with. */
interface Package {
  readonly name: string;
  readonly version: string;
  /** As SPDX has it. */
  readonly license: string;
  readonly homepage: string;
  /** The licence's own text; empty where the package brings none. */
  readonly text: string;
  readonly parts: readonly ("platform" | "console")[];
}

interface Manifest {
  readonly name?: string;
  readonly version?: string;
  readonly license?: string | { readonly type?: string };
  readonly homepage?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

const fileName = "licenses.json";
const textForm = /^(un)?licen[cs]e/i;
const modules = `${sep}node_modules${sep}`;

function manifestOf(folder: string): Manifest | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
  } catch {
    return undefined;
  }
}

/** Where a package is that another requires: in its own modules, or in those of a folder above. */
function folderOf(name: string, from: string): string | undefined {
  for (let at = from; ; at = dirname(at)) {
    const folder = join(at, "node_modules", name);
    if (manifestOf(folder) !== undefined) return folder;
    if (at === dirname(at)) return undefined;
  }
}

/** The folders of all that a package needs when it runs. */
function neededBy(folder: string, found: Set<string> = new Set()): ReadonlySet<string> {
  for (const name of Object.keys(manifestOf(folder)?.dependencies ?? {})) {
    const needed = folderOf(name, folder);
    if (needed === undefined || found.has(needed)) continue;
    found.add(needed);
    neededBy(needed, found);
  }
  return found;
}

/** The folder of the package that a module lies in; undefined for the console's own. */
function packageOf(module: string): string | undefined {
  const path = module.replace(/^\0/, "").replace(/\?.*$/, "").replaceAll("/", sep);
  const at = path.lastIndexOf(modules);
  if (at === -1) return undefined;
  const [first = "", second = ""] = path.slice(at + modules.length).split(sep);
  return path.slice(0, at + modules.length) + (first.startsWith("@") ? join(first, second) : first);
}

function licenceText(folder: string): string {
  const file = readdirSync(folder).find((name) => textForm.test(name));
  return file === undefined ? "" : readFileSync(join(folder, file), "utf8").trim();
}

function described(folder: string, parts: Package["parts"]): Package[] {
  const { name, version = "", license, homepage = "" } = manifestOf(folder) ?? {};
  if (name === undefined) return [];
  const spdx = typeof license === "string" ? license : (license?.type ?? "");
  return [{ name, version, license: spdx, homepage, text: licenceText(folder), parts }];
}

/** The packages of both parts, by name. */
function listed(platform: ReadonlySet<string>, inConsole: ReadonlySet<string>): string {
  const packages = [...new Set([...platform, ...inConsole])].flatMap((folder) =>
    described(folder, [
      ...(platform.has(folder) ? (["platform"] as const) : []),
      ...(inConsole.has(folder) ? (["console"] as const) : []),
    ]),
  );
  packages.sort((a, b) => (a.name < b.name ? -1 : 1));
  return JSON.stringify({ packages });
}

/**
 * Writes `licenses.json` beside the page: what the platform runs with and what the console is
 * bundled from, with versions and licences.
 * @param root the folder of the platform's package
 */
export function licences(root: string): Plugin {
  const own = join(root, "console");
  return {
    name: "licences",
    generateBundle(_, bundle) {
      const bundled = Object.values(bundle).flatMap((chunk) =>
        chunk.type === "chunk" ? Object.keys(chunk.modules) : [],
      );
      const folders = bundled.map(packageOf).filter((folder) => folder !== undefined);
      const source = listed(neededBy(root), new Set(folders));
      this.emitFile({ type: "asset", fileName, source });
    },
    // While developing nothing is bundled: what the console declares stands for it.
    configureServer(server) {
      server.middlewares.use(`/${fileName}`, (_, response) => {
        const names = Object.keys(manifestOf(own)?.devDependencies ?? {});
        const folders = names.map((name) => folderOf(name, own));
        const inConsole = new Set(folders.filter((folder) => folder !== undefined));
        response.setHeader("content-type", "application/json");
        response.end(listed(neededBy(root), inConsole));
      });
    },
  };
}
