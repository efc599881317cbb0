import { dirname } from "node:path";
import { at, isTest, target, type Source } from "./source.ts";

/** From the bottom to the top; what shares a line shares a layer. */
const layers: readonly (readonly string[])[] = [
  ["core"],
  ["index.ts"],
  ["engines"],
  ["state"],
  ["messaging"],
  ["workflow"],
  ["observability", "data", "ml", "comms", "infra"],
  ["autopilot"],
  ["capabilities.ts"],
  ["server", "cli"],
];

/** Pillars whose folders are capabilities, each on its own. */
const divided = new Set(["state", "messaging", "observability", "data", "ml", "comms", "infra"]);

const pillarOf = (path: string): string => path.split("/")[1] ?? "";
const layerOf = (path: string): number =>
  layers.findIndex((layer) => layer.includes(pillarOf(path)));

/** The folders of the tree that have sources and no driver: a pillar's capabilities share them. */
function sharedFolders(sources: readonly Source[]): ReadonlySet<string> {
  const folders = sources.flatMap(({ path }) => /^src\/[^/]+\/[^/]+(?=\/)/.exec(path)?.[0] ?? []);
  const driven = sources.filter(({ path }) => /^src\/[^/]+\/[^/]+\/driver\.ts$/.test(path));
  const capabilities = new Set(driven.map(({ path }) => dirname(path)));
  return new Set(folders.filter((folder) => !capabilities.has(folder)));
}

/** `messaging/queue` for a file of a capability, `messaging` for what its capabilities share. */
function unitOf(path: string, shared: ReadonlySet<string>): string {
  const [, pillar = "", folder = "", file] = path.split("/");
  if (!divided.has(pillar) || file === undefined) return pillar;
  return shared.has(`src/${pillar}/${folder}`) ? pillar : `${pillar}/${folder}`;
}

function layerProblem(from: string, to: string, shared: ReadonlySet<string>): string | undefined {
  if (!to.startsWith("src/")) return "imports from outside src/";
  if (isTest(to)) return "is product code and imports what is for tests";
  const [own, other] = [layerOf(from), layerOf(to)];
  if (own === -1 || other === -1) return "is in a folder that has no layer";
  if (other > own) return "imports upwards";
  if (other < own) return undefined;
  const [mine, theirs] = [unitOf(from, shared), unitOf(to, shared)];
  // The command line starts the server; a capability may use what its pillar's capabilities share.
  if (mine === theirs || (mine === "cli" && theirs === "server")) return undefined;
  return mine.startsWith(`${theirs}/`) ? undefined : "imports its neighbour on the layer";
}

/**
 * Files of a capability that stand above its drivers; the rest is plain data and rules for both.
 */
const aboveDrivers = /\/(runtime|routes|commands|capability|index|infra|consumer[^/]*)\.ts$/;

function driverProblem(from: string, to: string): string | undefined {
  const folder = /^(src\/.*)\/drivers\//.exec(from)?.[1];
  if (folder === undefined || /^src\/(core|engines)\//.test(to)) return undefined;
  if (to.startsWith(`${folder}/`) && !aboveDrivers.test(to)) return undefined;
  return "is a driver: it imports what stands below it in its folder, engines and core";
}

/** Imports that do not go downwards. */
export function layerProblems(sources: readonly Source[]): string[] {
  const product = sources.filter(({ path }) => !isTest(path));
  const shared = sharedFolders(sources);
  return product.flatMap((source) =>
    source.imports.flatMap(({ specifier, start }) => {
      const to = target(source.path, specifier);
      if (to === undefined) return [];
      const problem = layerProblem(source.path, to, shared) ?? driverProblem(source.path, to);
      return problem === undefined ? [] : [`${at(source, start)} ${problem}: ${to}`];
    }),
  );
}

/** Import cycles, value or type, each as the path around it. */
export function cycles(sources: readonly Source[]): string[] {
  const graph = new Map(
    sources.map((source) => [
      source.path,
      source.imports.flatMap(({ specifier }) => target(source.path, specifier) ?? []),
    ]),
  );
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const index = trail.indexOf(path);
    if (index !== -1) found.push([...trail.slice(index), path].join(" -> "));
    if (index !== -1 || done.has(path)) return;
    for (const next of graph.get(path) ?? []) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const path of graph.keys()) visit(path, []);
  return found;
}

/** Files that `start` reaches over imports, itself among them. */
export function reachable(sources: readonly Source[], start: string): ReadonlySet<string> {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const seen = new Set<string>();
  const waiting = [start];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (seen.has(path)) continue;
    seen.add(path);
    for (const { specifier } of byPath.get(path)?.imports ?? []) {
      const next = target(path, specifier);
      if (next !== undefined) waiting.push(next);
    }
  }
  return seen;
}

/** `infra.ts` is for synth and the contract harness: a user's process does not load it. */
export function infraProblems(sources: readonly Source[]): string[] {
  const faces = sources.filter(({ path }) => /^src\/[^/]+\/[^/]+\/index\.ts$/.test(path));
  return faces.flatMap(({ path }) => {
    const infra = `${dirname(path)}/infra.ts`;
    return reachable(sources, path).has(infra) ? [`${path} reaches ${infra}`] : [];
  });
}
