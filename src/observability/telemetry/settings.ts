import { z } from "zod";
import { coreErrors } from "../../core/errors.ts";
import type { Destination } from "../export/index.ts";
import type { ScrapeTarget } from "../ingest/scrape/scrape.ts";
import type { ParsingRule } from "../logs/parsing/index.ts";
import type { RedactionOptions } from "../logs/redaction/index.ts";
import type { Signal } from "../signals/records.ts";

const day = z.number().positive().max(3650);
const days = z.object({ logs: day, spans: day, points: day, errors: day }).partial();

const Sampling = z.object({
  share: z.number().min(0).max(1).default(1),
  services: z.record(z.string(), z.number().min(0).max(1)).optional(),
  keepErrors: z.boolean().default(true),
  slowerThanMs: z.number().positive().optional(),
  keepSlowest: z.boolean().optional(),
  rareMax: z.number().int().positive().optional(),
});

const passed = <T>(): z.ZodType<T> => z.custom<T>((value) => typeof value === "object");

const Settings = z.strictObject({
  retentionDays: days.default({}),
  /** Of single services. */
  retentionServices: z.record(z.string(), days).default({}),
  /** Share of the traces that this app begins and records, 0 to 1. */
  sample: z.number().min(0).max(1).default(1),
  sampling: Sampling.default({ share: 1, keepErrors: true }),
  redaction: passed<RedactionOptions>().default({}),
  parsing: z.array(passed<ParsingRule>()).max(100).default([]),
  exports: z.array(passed<Destination>()).max(20).default([]),
  /** Where metrics are read as Prometheus does it. */
  scrape: z
    .array(
      z.object({
        url: z.url(),
        service: z.string().min(1).max(200),
        intervalMs: z.number().int().min(1000).default(15_000),
        timeoutMs: z.number().int().min(100).optional(),
        headers: z.record(z.string(), z.string()).optional(),
      }),
    )
    .max(500)
    .default([]),
  /** Origins of browsers that may send: `https://shop.example`. */
  browserOrigins: z.array(z.string()).max(100).default([]),
  ports: z
    .object({
      otlpHttp: z.number().int().min(0).max(65_535).nullable(),
      otlpGrpc: z.number().int().min(0).max(65_535).nullable(),
      syslog: z.number().int().min(0).max(65_535).nullable(),
    })
    .partial()
    .default({}),
  /** Address that the ports of ingest bind; that of the server if left out. */
  host: z.string().optional(),
  bodyBytesMax: z
    .number()
    .int()
    .positive()
    .max(2 ** 30)
    .optional(),
  /** Longest time that acknowledged records are unsealed, seconds. */
  sealSeconds: z.number().min(1).max(600).default(60),
  /** Memory of queries, MiB. */
  queryMemoryMb: z.number().int().min(64).max(65_536).default(1024),
  /** Share of the thread's time that log patterns are mined in, 0 to 1. */
  patternShare: z.number().min(0).max(1).default(0.25),
});

/** Settings of telemetry, as `morning.config.ts` says them and checked. */
export interface TelemetrySettings {
  readonly retentionDays: { readonly [S in Signal]?: number | undefined };
  readonly sample: number;
  readonly retentionServices: Readonly<
    Record<string, { readonly [S in Signal]?: number | undefined }>
  >;
  readonly sampling: {
    readonly share: number;
    readonly services?: Readonly<Record<string, number>> | undefined;
    readonly keepErrors: boolean;
    readonly slowerThanMs?: number | undefined;
    readonly keepSlowest?: boolean | undefined;
    readonly rareMax?: number | undefined;
  };
  readonly redaction: RedactionOptions;
  readonly parsing: readonly ParsingRule[];
  readonly exports: readonly Destination[];
  readonly scrape: readonly ScrapeTarget[];
  readonly browserOrigins: readonly string[];
  readonly ports: {
    readonly otlpHttp?: number | null | undefined;
    readonly otlpGrpc?: number | null | undefined;
    readonly syslog?: number | null | undefined;
  };
  readonly host?: string | undefined;
  readonly bodyBytesMax?: number | undefined;
  readonly sealSeconds: number;
  readonly queryMemoryMb: number;
  readonly patternShare: number;
}

/**
 * Checks the settings of a driver.
 * @throws MOR_CONFIG
 */
export function settingsOf(options: Readonly<Record<string, unknown>>): TelemetrySettings {
  const found = Settings.safeParse(options);
  if (found.success) return found.data as TelemetrySettings;
  const [issue] = found.error.issues;
  const path = issue?.path.join(".") ?? "";
  throw coreErrors.MOR_CONFIG(
    `telemetry: ${path === "" ? "" : `${path}: `}${issue?.message ?? ""}`,
  );
}
