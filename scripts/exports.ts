// Holds a build against package.json: every subpath loads in plain Node, has its types, and all of
// them stand on one core. Run by itself it builds into the cache folder and checks that build.
import { execFileSync } from "node:child_process";
import { existsSync, globSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "./build.ts";
import { inTree, root, subpaths, type Subpath } from "./tree.ts";

/** The subpaths whose source exists: while the tree is young, package.json is ahead of it. */
function present(): Subpath[] {
  return subpaths().filter(({ source }) => existsSync(join(root, source)));
}

/**
 * Makes an error of every catalogue that a subpath hands out and asks the root export whose it is.
 */
const probe = `
const [root, ...others] = JSON.parse(process.argv[1]);
const { MorningError } = await import(root);
for (const url of others) {
  const module = await import(url);
  for (const [name, value] of Object.entries(module)) {
    if (name === "MorningError" && value !== MorningError) console.log(url + " has its own core");
    for (const code of Object.keys(value?.specs ?? {})) {
      if (!(value[code]("probe") instanceof MorningError)) console.log(url + " has its own core");
    }
  }
}
`;

function loadingProblems(dist: string): string[] {
  const urls = present().map(
    ({ built }) => pathToFileURL(join(dist, built.replace(/^dist\//, ""))).href,
  );
  const node = join(root, "node_modules", "node", "bin", "node");
  const args = ["--input-type=module", "--eval", probe, JSON.stringify(urls)];
  const printed = execFileSync(existsSync(node) ? node : process.execPath, args, {
    encoding: "utf8",
    env: { ...process.env, NODE_OPTIONS: "" },
  });
  return printed.split("\n").filter((line) => line !== "");
}

function coreProblems(dist: string): string[] {
  const scripts = globSync("**/*.js", { cwd: dist, exclude: (name) => name === "console" });
  const holders = scripts.filter((script) =>
    /\bclass MorningError\b/.test(readFileSync(join(dist, script), "utf8")),
  );
  return holders.length === 1 ? [] : [`MorningError is defined in ${holders.join(", ") || "none"}`];
}

/** What a user's compiler says about the published declarations. */
function typeProblems(dist: string): string[] {
  const consumer = join(dist, "consumer.ts");
  const lines = present().map(({ types }, index) => {
    const path = join(dist, types.replace(/^dist\//, "")).replace(/\.d\.ts$/, ".js");
    return `export * as subpath${index} from ${JSON.stringify(path)};`;
  });
  writeFileSync(consumer, `${lines.join("\n")}\n`);
  const flags = ["--noEmit", "--strict", "--module", "nodenext", "--target", "es2024"];
  const libraries = ["--types", "node", "--skipLibCheck", "false", "--ignoreConfig"];
  try {
    execFileSync(join(root, "node_modules/.bin/tsc"), [...flags, ...libraries, consumer], {
      cwd: root,
      encoding: "utf8",
    });
    return [];
  } catch (error) {
    const printed = String((error as { stdout?: unknown }).stdout);
    // Declarations of packages are theirs to mend; those of ours count.
    return printed
      .split("\n")
      .filter((line) => /error TS/.test(line) && line.startsWith(inTree(dist)));
  } finally {
    rmSync(consumer);
  }
}

/** What is wrong with the build in `dist`; empty if nothing is. */
export function exportProblems(dist: string): string[] {
  const missing = present()
    .flatMap(({ built, types }) => [built, types])
    .map((path) => path.replace(/^dist\//, ""))
    .filter((path) => !existsSync(join(dist, path)));
  if (missing.length > 0) return missing.map((path) => `${path} was not built`);
  return [...coreProblems(dist), ...loadingProblems(dist)];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const dist = join(root, "node_modules", ".cache", "morning-exports");
  await build(dist, false);
  const problems = [...exportProblems(dist), ...typeProblems(dist)];
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) process.exitCode = 1;
}
