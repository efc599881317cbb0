import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import type { Attributes } from "../signals/records.ts";

/** What the resources of all services of a process have in common. */
export interface ProcessInfo {
  readonly app: string;
  readonly environment: string;
  /** The app's version: `1.4.0+3f2c1ab`. */
  readonly version: string;
  /** Unique a process. */
  readonly instance: string;
}

/** The resource of one service, by OpenTelemetry's conventions. */
export function resourceOf(service: string, info: ProcessInfo): Attributes {
  return {
    "service.name": service,
    "service.namespace": info.app,
    "service.version": info.version,
    "service.instance.id": info.instance,
    "deployment.environment.name": info.environment,
    "host.name": hostname(),
    "process.pid": process.pid,
    "process.runtime.name": "nodejs",
    "process.runtime.version": process.versions.node,
    "telemetry.sdk.name": "morning",
    "telemetry.sdk.language": "nodejs",
  };
}

function textAt(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/** The commit that is checked out in `folder`; undefined where that is no checkout. */
function commitOf(folder: string): string | undefined {
  const head = textAt(join(folder, ".git", "HEAD"))?.trim();
  const reference = head?.startsWith("ref: ") === true ? head.slice(5) : undefined;
  if (reference === undefined) return head;
  const loose = textAt(join(folder, ".git", reference))?.trim();
  if (loose !== undefined) return loose;
  const packed = textAt(join(folder, ".git", "packed-refs")) ?? "";
  return packed
    .split("\n")
    .find((line) => line.endsWith(` ${reference}`))
    ?.split(" ")[0];
}

/** What the package of a folder, or of one above it, says of itself. */
export interface PackageInfo {
  readonly name?: string;
  /** With the commit that is checked out, where there is one: `1.4.0+3f2c1ab`. */
  readonly version?: string;
}

/** Reads the nearest package.json from `folder` upwards. */
export function packageOf(folder: string): PackageInfo {
  for (let at = folder; ; at = dirname(at)) {
    const text = textAt(join(at, "package.json"));
    if (text === undefined && dirname(at) !== at) continue;
    if (text === undefined) return {};
    try {
      const { name, version } = JSON.parse(text) as PackageInfo;
      const commit = commitOf(at)?.slice(0, 7);
      const full = [version, commit].filter((part) => part !== undefined).join("+");
      return { ...(name === undefined ? {} : { name }), ...(full === "" ? {} : { version: full }) };
    } catch {
      // Not a package: as if there were none.
      return {};
    }
  }
}
