import { z } from "zod";
import type { Limit } from "../../core/host.ts";
import { get } from "../../core/http.ts";
import type { AnyRoute } from "../../core/http.ts";
import type { Schema } from "../../core/schema.ts";
import type { ServerParts } from "../parts.ts";

type Flag = boolean | number | string | null;

/** What runs here: which app on which engines, within which limits. */
interface PlatformAnswer {
  readonly app: { readonly name: string; readonly description: string };
  readonly environment: string;
  readonly version: string;
  /** Node's version: `v24.1.0`. */
  readonly node: string;
  readonly startedAtMs: number;
  readonly nowMs: number;
  readonly isolated: boolean;
  readonly kinds: readonly string[];
  readonly drivers: readonly {
    readonly kind: string;
    readonly engine: string;
    readonly features: Readonly<Record<string, Flag>>;
  }[];
  readonly limits: readonly Limit[];
}

const atMs = z.number().int().describe("Milliseconds since the epoch.");
const platformAnswer: Schema<unknown, PlatformAnswer> = z.object({
  app: z.object({ name: z.string(), description: z.string() }),
  environment: z.string(),
  version: z.string(),
  node: z.string(),
  startedAtMs: atMs,
  nowMs: atMs,
  isolated: z.boolean().describe("Whether services run in processes of their own."),
  kinds: z.array(z.string()).describe("Kinds of resources that the app declares."),
  drivers: z.array(
    z.object({
      kind: z.string().describe("The capability that it serves; state is the state store."),
      engine: z.string(),
      features: z
        .record(z.string(), z.union([z.boolean(), z.number(), z.string(), z.null()]))
        .describe("What it can do; a limit that is null is none."),
    }),
  ),
  limits: z.array(
    z.object({
      name: z.string(),
      value: z.number(),
      unit: z.enum(["bytes", "perSecond", "count", "ms"]),
      about: z.string(),
    }),
  ),
});

/** JSON has no Infinity: no limit is null. */
function flagOf(value: boolean | number | string): Flag {
  return typeof value === "number" && !Number.isFinite(value) ? null : value;
}

function driversOf({ host }: ServerParts["platform"]): PlatformAnswer["drivers"] {
  return [...host.engines].map(([kind, engine]) => ({
    kind,
    engine,
    features: Object.fromEntries(
      Object.entries(host.drivers.get(kind)?.features ?? {}).map(([name, value]) => [
        name,
        flagOf(value),
      ]),
    ),
  }));
}

function platformOf(parts: ServerParts): PlatformAnswer {
  const { platform, version, startedAtMs, isolated } = parts;
  const { app, environment, clock } = platform.host;
  const ofCapabilities = [...platform.capabilities.values()].flatMap(
    ({ module }) => module.limits ?? [],
  );
  return {
    app: { name: app.name, description: app.description },
    environment,
    version,
    node: process.version,
    startedAtMs,
    nowMs: clock.now(),
    isolated,
    kinds: [...new Set(app.resources.map(({ kind }) => kind))].toSorted(),
    drivers: driversOf(platform),
    limits: [...parts.limits, ...ofCapabilities],
  };
}

/** What runs here. */
export function platformRoutes(parts: ServerParts): readonly AnyRoute[] {
  return [
    get(
      "/platform",
      {
        role: "viewer",
        answer: platformAnswer,
        summary: "What runs here, and within which limits",
      },
      () => platformOf(parts),
    ),
  ];
}
