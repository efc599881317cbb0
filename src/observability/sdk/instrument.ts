import { coreErrors } from "../../core/errors.ts";
import { packageOf } from "./origins.ts";

/** How a service outside of Morning is recorded. Environment variables `OTEL_*` win. */
export interface InstrumentOptions {
  /** Its name; that of the nearest package.json if left out. */
  readonly service?: string;
  /** Its version; that of the package with the commit if left out. */
  readonly version?: string;
  /** `production`, `staging`; NODE_ENV if left out. */
  readonly environment?: string;
  /** Where Morning takes OTLP in: `http://localhost:4318` if left out. */
  readonly url?: string;
  /** An API key of role ingest; MORNING_API_KEY if left out. */
  readonly key?: string;
  /**
   * Share of traces that are recorded where the caller has not decided, 0 to 1; all if left out.
   */
  readonly sample?: number;
  /** Whether console output is recorded as log records; true if left out. */
  readonly console?: boolean;
  /**
   * OpenTelemetry instrumentations of libraries (`new PgInstrumentation()`); HTTP is recorded
   * without any.
   */
  readonly instrumentations?: readonly unknown[];
}

/** A service that is recorded. */
export interface Instrumented {
  /** Sends what waits and ends recording; safe to call again. */
  shutdown(): Promise<void>;
}

/** How long a process that ends waits for its last records, milliseconds. */
const lastWordsMs = 3_000;

type Env = Record<string, string | undefined>;

/** What the environment does not say yet. Our own attributes come first: what it says wins. */
function settingsOf(options: InstrumentOptions, env: Env): Env {
  const known = packageOf(process.cwd());
  const version = options.version ?? known.version;
  const environment = options.environment ?? env["NODE_ENV"];
  const key = options.key ?? env["MORNING_API_KEY"];
  const attributes: Env = {
    "service.version": version,
    "deployment.environment.name": environment,
  };
  const own = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${encodeURIComponent(value ?? "")}`);
  const given = env["OTEL_RESOURCE_ATTRIBUTES"];
  const resource = given === undefined || given === "" ? own : [...own, given];
  const share = options.sample;
  return {
    OTEL_SERVICE_NAME: options.service ?? known.name ?? "unknown_service",
    OTEL_EXPORTER_OTLP_ENDPOINT: options.url ?? "http://localhost:4318",
    OTEL_TRACES_EXPORTER: "otlp",
    OTEL_METRICS_EXPORTER: "otlp",
    OTEL_LOGS_EXPORTER: "otlp",
    // Not that of the process: its command line may hold secrets.
    OTEL_NODE_RESOURCE_DETECTORS: "env,host,os,serviceinstance",
    ...(key === undefined
      ? {}
      : { OTEL_EXPORTER_OTLP_HEADERS: `authorization=Bearer%20${encodeURIComponent(key)}` }),
    ...(share === undefined
      ? {}
      : {
          OTEL_TRACES_SAMPLER: "parentbased_traceidratio",
          OTEL_TRACES_SAMPLER_ARG: String(share),
        }),
    ...Object.fromEntries(Object.entries(env).filter(([name, value]) => isSaid(name, value))),
    OTEL_RESOURCE_ATTRIBUTES: resource.join(","),
  };
}

const isSaid = (name: string, value: string | undefined): boolean =>
  name.startsWith("OTEL_") && value !== undefined && value !== "";

/** Starts the SDK, which reads the environment, and leaves the environment as it was. */
async function startSdk(options: InstrumentOptions): Promise<{ shutdown(): Promise<void> }> {
  const { NodeSDK } = await import("@opentelemetry/sdk-node").catch((cause: unknown) => {
    throw coreErrors.MOR_ENGINE_NOT_INSTALLED("instrument() needs @opentelemetry/sdk-node", {
      cause,
      fix: "npm install @opentelemetry/sdk-node",
    });
  });
  const settings = settingsOf(options, process.env);
  const before = Object.keys(settings).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, settings);
  try {
    const instrumentations = (options.instrumentations ?? []) as never[];
    const sdk = new NodeSDK({ instrumentations });
    sdk.start();
    return sdk;
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}

const passed = (ms: number): Promise<void> =>
  new Promise((resolve) => void setTimeout(resolve, ms).unref());

/**
 * Hands out the last records when the process ends: by itself, by a signal, by an error that nobody
 * caught. What the app does itself at a signal stays its own business.
 */
function lastWords(shutdown: () => Promise<void>, fatal: (error: unknown) => void): void {
  const settled = (): Promise<void> => Promise.race([shutdown(), passed(lastWordsMs)]);
  process.once("beforeExit", () => void settled());
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.once(signal, () => {
      const others = process.listenerCount(signal) > 0;
      void settled().finally(() => {
        // Nobody else ends the process, now that somebody listens.
        if (!others) process.kill(process.pid, signal);
      });
    });
  }
  process.on("uncaughtException", (error) => {
    fatal(error);
    if (process.listenerCount("uncaughtException") > 1) return;
    process.stderr.write(
      `${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
    void settled().finally(() => process.exit(1));
  });
}

/**
 * Records a Node service that runs outside of Morning, in one line: traces of HTTP (served, fetched
 * and sent by `node:http`), console output, errors that nobody caught, memory, CPU and event loop,
 * over OTLP. Call it before the service begins to listen.
 * @example
 * import { instrument } from "morning-ai/observability";
 * await instrument({ service: "billing" });
 * @throws MOR_ENGINE_NOT_INSTALLED without `@opentelemetry/sdk-node`
 */
export async function instrument(options: InstrumentOptions = {}): Promise<Instrumented> {
  if (process.env["OTEL_SDK_DISABLED"]?.toLowerCase() === "true") {
    return { shutdown: () => Promise.resolve() };
  }
  const sdk = await startSdk(options);
  const { recordHttp } = await import("./http-channels.ts");
  const { recordConsole, recordFatal, recordRuntime } = await import("./process-records.ts");
  const endHttp = recordHttp();
  const endConsole = options.console === false ? (): void => {} : recordConsole();
  recordRuntime();
  let ended: Promise<void> | undefined;
  const shutdown = (): Promise<void> =>
    (ended ??= (async () => {
      endHttp();
      endConsole();
      // Whoever cannot be reached must not fail the service that ends.
      await sdk.shutdown().catch(() => undefined);
    })());
  lastWords(shutdown, recordFatal);
  return { shutdown };
}
