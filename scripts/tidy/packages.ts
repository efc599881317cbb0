import { isBuiltin } from "node:module";
import { at, isTest, type Source } from "./source.ts";

/** What package.json says about other packages. */
export interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

/** `hono` of `hono/cookie`, `@aws-sdk/client-sqs` of itself. */
function packageOf(specifier: string): string {
  const parts = specifier.split("/");
  return parts.slice(0, specifier.startsWith("@") ? 2 : 1).join("/");
}

interface Use {
  readonly name: string;
  readonly place: string;
  readonly forUsers: boolean;
}

function usesOf(source: Source): Use[] {
  const outside = source.imports.filter(
    ({ specifier }) => !specifier.startsWith(".") && !isBuiltin(specifier),
  );
  return outside.map(({ specifier, start }) => ({
    name: packageOf(specifier),
    place: at(source, start),
    // What `morning-ai/testing` needs, users need too.
    forUsers: !isTest(source.path) || /^src\/testing\/.*(?<!\.test)\.ts$/.test(source.path),
  }));
}

/** Packages that are imported and not declared, declared and not imported, or not pinned. */
export function packageProblems(sources: readonly Source[], manifest: Manifest): string[] {
  const { dependencies = {}, devDependencies = {}, peerDependencies = {} } = manifest;
  const uses = sources
    .flatMap((source) => usesOf(source))
    .filter((one) => one.name !== manifest.name);
  const installed = { ...dependencies, ...peerDependencies };
  const undeclared = uses.filter(({ name, forUsers }) =>
    forUsers ? !(name in installed) : !(name in installed || name in devDependencies),
  );
  const product = new Set(uses.filter(({ forUsers }) => forUsers).map(({ name }) => name));
  const idle = Object.keys(dependencies).filter((name) => !product.has(name));
  const pinned = { ...dependencies, ...devDependencies };
  const loose = Object.entries(pinned).filter(
    ([, range]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(range),
  );
  return [
    ...undeclared.map(
      ({ name, place }) => `${place} imports ${name}, which is not installed for it`,
    ),
    ...idle.map((name) => `${name} is a dependency that nothing in src/ imports`),
    ...loose.map(([name, range]) => `${name} ${range} is not pinned`),
    ...Object.keys(peerDependencies)
      .filter((name) => manifest.peerDependenciesMeta?.[name]?.optional !== true)
      .map((name) => `${name} is a peer that is not optional`),
  ];
}
