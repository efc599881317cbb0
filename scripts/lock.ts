// Completes package-lock.json. A native package lists one optional package a platform; a registry
// that does not carry those of other platforms makes npm leave them out of the lock file, and `npm
// ci` then refuses it as incomplete, here and on those platforms. With --check it says what is
// missing.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { read, root } from "./tree.ts";

interface Entry {
  version?: string;
  dev?: boolean;
  devOptional?: boolean;
  peer?: boolean;
  optional?: boolean;
  os?: string[];
  cpu?: string[];
  libc?: string[];
  optionalDependencies?: Record<string, string>;
}

interface Lock {
  packages: Record<string, Entry>;
}

const systems: Readonly<Record<string, string>> = {
  android: "android",
  darwin: "darwin",
  freebsd: "freebsd",
  fsevents: "darwin",
  linux: "linux",
  netbsd: "netbsd",
  openbsd: "openbsd",
  openharmony: "openharmony",
  sunos: "sunos",
  win: "win32",
  win32: "win32",
  windows: "win32",
  aix: "aix",
};
const processors: readonly string[] =
  "arm arm64 ia32 loong64 mips64el ppc64 riscv64 s390x wasm32 x64".split(" ");

/** The platform that the name of a native package states, as its own package.json would. */
function platformOf(name: string): Pick<Entry, "os" | "cpu" | "libc"> {
  const words = name.replace(/^@/, "").split(/[^a-z0-9]+/);
  const os = words.flatMap((word) => systems[word] ?? []);
  const cpu = processors.filter((processor) => words.includes(processor));
  const musl = words.some((word) => word.startsWith("musl"));
  const gnu = words.some((word) => word.startsWith("gnu"));
  const libc =
    os.includes("linux") && musl ? ["musl"] : os.includes("linux") && gnu ? ["glibc"] : [];
  return {
    ...(os.length > 0 ? { os } : {}),
    ...(cpu.length > 0 ? { cpu: [...cpu] } : {}),
    ...(libc.length > 0 ? { libc } : {}),
  };
}

/** Where Node would look for a package that the package at `path` names, nearest first. */
function places(path: string, name: string): string[] {
  const found = [`${path}/node_modules/${name}`];
  for (
    let at = path.lastIndexOf("/node_modules/");
    at > 0;
    at = path.lastIndexOf("/node_modules/", at - 1)
  ) {
    found.push(`${path.slice(0, at)}/node_modules/${name}`);
  }
  return [...found, `node_modules/${name}`];
}

/** Adds what is missing and returns the places of it. */
function complete(lock: Lock): string[] {
  const added: string[] = [];
  for (const [path, entry] of Object.entries(lock.packages)) {
    for (const [name, range] of Object.entries(entry.optionalDependencies ?? {})) {
      const version = range.replace(/^[~^]/, "");
      const looked = places(path, name);
      const held = looked.map((place) => lock.packages[place]).find((one) => one !== undefined);
      if (held !== undefined && (held.version === version || range !== version)) continue;
      const place = held === undefined ? `node_modules/${name}` : `${path}/node_modules/${name}`;
      const platform = platformOf(name);
      // Without a platform it would be installed everywhere: npm has to name it itself.
      if (platform.os === undefined && platform.cpu === undefined) continue;
      const { dev, devOptional, peer } = entry;
      lock.packages[place] = {
        version,
        ...platform,
        ...(dev === undefined ? {} : { dev }),
        ...(devOptional === undefined ? {} : { devOptional }),
        ...(peer === undefined ? {} : { peer }),
        optional: true,
      };
      added.push(place);
    }
  }
  const sorted = Object.entries(lock.packages).sort(([a], [b]) => a.localeCompare(b, "en"));
  lock.packages = Object.fromEntries(sorted);
  return added;
}

const { values } = parseArgs({ options: { check: { type: "boolean", default: false } } });
const lock = JSON.parse(read("package-lock.json")) as Lock;
const added = complete(lock);
if (!values.check && added.length > 0) {
  writeFileSync(join(root, "package-lock.json"), `${JSON.stringify(lock, null, 2)}\n`);
}
for (const place of added)
  console.log(`${values.check ? "missing from the lock" : "added"}: ${place}`);
if (values.check && added.length > 0) {
  console.error("package-lock.json is incomplete: run npm run lock");
  process.exitCode = 1;
}
