// Builds dist/: the package's subpaths, the CLI and the workers over shared chunks, their types,
// the console. Needs no network: `prepare` runs it inside `npm ci`. With --out DIR it builds the
// code and the types there and leaves dist/ and the console alone.
import { execFileSync } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { isAbsolute, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { rolldown, type OutputChunk, type RolldownOutput } from "rolldown";
import { files, read, root, subpaths } from "./tree.ts";

const bin = join(root, "node_modules", ".bin");

/** The sources of the threads that the code starts by `workerUrl("engines/sqlite/worker")`. */
export function workers(): string[] {
  const names = files("src/**/*.ts").flatMap((path) =>
    [...read(path).matchAll(/\bworkerUrl\("([^"]+)"/g)].map(([, name]) => `src/${name}.ts`),
  );
  return [...new Set(names)].sort();
}

/** Entries by their path in dist/ without suffix; a source that is not written yet is left out. */
function entries(): Record<string, string> {
  const sources = [...subpaths().map(({ source }) => source), "src/cli/main.ts", ...workers()];
  const present = sources.filter((source) => existsSync(join(root, source)));
  return Object.fromEntries(
    present.map((source) => [
      source.replace(/^src\//, "").replace(/\.ts$/, ""),
      join(root, source),
    ]),
  );
}

async function bundle(out: string): Promise<RolldownOutput> {
  const build = await rolldown({
    cwd: root,
    input: entries(),
    platform: "node",
    // Every package stays outside: dependencies are installed, peers are imported only if they are.
    external: (id) => !id.startsWith(".") && !isAbsolute(id),
  });
  const output = await build.write({
    dir: out,
    format: "esm",
    sourcemap: true,
    entryFileNames: "[name].js",
    chunkFileNames: "chunks/[name]-[hash].js",
    cleanDir: true,
  });
  await build.close();
  return output;
}

/** A module in two chunks would exist twice at run time. */
function refuseCopies(output: RolldownOutput): void {
  const chunkOf = new Map<string, string>();
  const chunks = output.output.filter((one): one is OutputChunk => one.type === "chunk");
  for (const chunk of chunks) {
    for (const module of chunk.moduleIds) {
      const other = chunkOf.get(module);
      if (other !== undefined) throw new Error(`${module} is in ${other} and ${chunk.fileName}`);
      chunkOf.set(module, chunk.fileName);
    }
  }
}

/** Types are judged by `npm run check`; here they are only written (isolatedDeclarations). */
function writeTypes(out: string): void {
  const flags = ["--noCheck", "--noEmit", "false", "--emitDeclarationOnly"];
  const folders = ["--outDir", join(out, "types"), "--rootDir", join(root, "src")];
  const project = join(root, "tsconfig.build.json");
  execFileSync(join(bin, "tsc"), ["-p", project, ...flags, ...folders], { stdio: "inherit" });
}

function buildConsole(out: string): void {
  const folder = join(root, "console");
  if (!existsSync(join(folder, "vite.config.ts"))) return;
  const args = ["build", "--outDir", join(out, "console"), "--emptyOutDir", "--logLevel", "warn"];
  execFileSync(join(bin, "vite"), args, { cwd: folder, stdio: "inherit" });
}

/** Builds into `out`; the console only if asked. */
export async function build(out: string, withConsole: boolean): Promise<void> {
  rmSync(out, { recursive: true, force: true });
  refuseCopies(await bundle(out));
  writeTypes(out);
  if (withConsole) buildConsole(out);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({ options: { out: { type: "string" } } });
  await build(resolve(values.out ?? join(root, "dist")), values.out === undefined);
}
