import { execFileSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { root } from "../tree.ts";

const required = [
  "README.md",
  "index.ts",
  "driver.ts",
  "runtime.ts",
  "contract.ts",
  "infra.ts",
  "drivers.test.ts",
];

/** The folders that are a capability: they have something of a driver, or users import them. */
function capabilityFolders(paths: readonly string[], exported: readonly string[]): string[] {
  const part =
    /^(src\/(?:state|messaging)\/[^/]+)\/(driver\.ts|drivers\/|capability\.ts|infra\.ts)/;
  const face = /^(src\/(?:state|messaging)\/[^/]+)\/index\.ts/;
  const own = paths.flatMap((path) => part.exec(path)?.[1] ?? []);
  const promised = exported.flatMap((path) => face.exec(path)?.[1] ?? []);
  return [...new Set([...own, ...promised])].sort();
}

/**
 * What capability folders lack of the one shape. `paths` are the files of the tree, `exported` the
 * sources of the package's subpaths; the declaration is named after the folder, and drivers/ holds
 * one file an engine.
 */
export function shapeProblems(paths: readonly string[], exported: readonly string[]): string[] {
  return capabilityFolders(paths, exported).flatMap((folder) => {
    const wanted = [...required, `${basename(folder)}.ts`].map((name) => `${folder}/${name}`);
    const lacking = wanted.filter((path) => !paths.includes(path));
    const driven = paths.some((path) => path.startsWith(`${folder}/drivers/`));
    const all = [...lacking, ...(driven ? [] : [`${folder}/drivers/`])];
    return all.map((path) => `${path} is missing`);
  });
}

/** What git tracks and the tree still has, and what it would track if it were added. */
export function tracked(): string[] {
  const args = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
  const printed = execFileSync("git", args, { cwd: root, encoding: "utf8" });
  return printed.split("\0").filter((path) => {
    return path !== "" && statSync(join(root, path), { throwIfNoEntry: false })?.isFile() === true;
  });
}

const bytesMax = 1_000_000;

/** Files that do not belong into a repository of source. */
export function blobProblems(paths: readonly string[]): string[] {
  return paths.flatMap((path) => {
    const { size } = statSync(join(root, path));
    return size > bytesMax ? [`${path} has ${size} bytes`] : [];
  });
}

// Written in pieces, so that this file does not break its own rule.
const folders = ["work", "tmp", "root", "home\\/\\w+"].map((name) => `(?<![\\w.$}-])\\/${name}\\/`);
const hosts = [
  "registry\\.npm" + "js",
  "pypi\\." + "org",
  "files\\.pythonhosted",
  "deb\\." + "debian",
];
const ofOneMachine = new RegExp([...folders, ...hosts].join("|"));

/**
 * Lines of a text that are true on one machine only: its folders, the registry it installs from.
 */
export function machineProblems(path: string, text: string): string[] {
  if (!ofOneMachine.test(text)) return [];
  return text.split("\n").flatMap((line, index) => {
    const found = ofOneMachine.exec(line);
    return found === null ? [] : [`${path}:${index + 1} names ${found[0]}`];
  });
}

/** Reads a tracked file as text; binary files have nothing to say. */
export function textOf(path: string): string {
  const bytes = readFileSync(join(root, path));
  return bytes.includes(0) ? "" : bytes.toString("utf8");
}
