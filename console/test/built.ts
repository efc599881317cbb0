import { globSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";

const root = fileURLToPath(new URL("../", import.meta.url));

/** The folder of the built console, which the platform serves. */
export const builtFolder: string = join(root, "../dist/console");

function newest(files: readonly string[]): number {
  return Math.max(0, ...files.map((file) => statSync(file).mtimeMs));
}

let building: Promise<void> | undefined;

/** Builds the console unless `dist/` has it as the sources are. */
export async function ensureBuilt(): Promise<void> {
  const sources = globSync(["src/**/*", "index.html", "vite.config.ts"], { cwd: root });
  const builtMs = newest(
    globSync("index.html", { cwd: builtFolder }).map((file) => join(builtFolder, file)),
  );
  if (newest(sources.map((file) => join(root, file))) < builtMs) return;
  building ??= build({ root, logLevel: "error" }).then(() => undefined);
  await building;
}
