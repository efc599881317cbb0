import { execFileSync } from "node:child_process";
import { globSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../", import.meta.url));

/** The folder of the built console, which the platform serves. */
export const builtFolder: string = join(root, "../dist/console");

function newest(files: readonly string[]): number {
  return Math.max(0, ...files.map((file) => statSync(file).mtimeMs));
}

/** Builds the console unless `dist/` has it as the sources are. */
export function ensureBuilt(): void {
  const sources = globSync(["src/**/*", "index.html", "vite.config.ts"], { cwd: root });
  const built = globSync("index.html", { cwd: builtFolder }).map((file) => join(builtFolder, file));
  if (newest(sources.map((file) => join(root, file))) < newest(built)) return;
  // As the product is built: a test's own NODE_ENV would give React's slow, talkative build.
  execFileSync(join(root, "../node_modules/.bin/vite"), ["build", "--logLevel", "error"], {
    cwd: root,
    env: { ...process.env, NODE_ENV: "production" },
  });
}
