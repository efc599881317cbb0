import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { freePorts } from "../programs.ts";
import { launchOtel } from "./otel.ts";
import type { Running, Subject } from "./peer.ts";

/**
 * How Jaeger keeps spans: in memory; in Badger as it comes; in Badger, synced before it answers.
 */
export type JaegerStorage = "memory" | "badger" | "badger-synced";

/** A trace as Jaeger's query service gives it. */
export interface JaegerTrace {
  readonly traceID: string;
  readonly spans: readonly { readonly spanID: string }[];
}

/** Jaeger, as a benchmark asks it. */
export interface Jaeger extends Running {
  trace(traceId: string): Promise<JaegerTrace | undefined>;
  search(parameters: Readonly<Record<string, string>>): Promise<readonly JaegerTrace[]>;
}

/** One span of so many, where all would take minutes. */
const oneOf: Readonly<Record<JaegerStorage, number>> = {
  memory: 1,
  badger: 5,
  "badger-synced": 20,
};

const promises: Readonly<Record<JaegerStorage, string>> = {
  memory: "not durable: kept in memory only (a million traces at most)",
  badger: "not durable: batched for 200 ms, Badger writes without sync",
  "badger-synced": "durable: no batching before the store, Badger syncs every write (consistency)",
};

function backend(storage: JaegerStorage, data: string): object {
  if (storage === "memory") return { memory: { max_traces: 1_000_000 } };
  const directories = { keys: join(data, "keys"), values: join(data, "values") };
  const consistency = storage === "badger-synced";
  return { badger: { directories, ephemeral: false, consistency, ttl: { spans: "87600h" } } };
}

/** Starts Jaeger. */
export async function openJaeger(
  program: string,
  folder: string,
  storage: JaegerStorage,
): Promise<Jaeger> {
  const data = join(folder, "jaeger");
  mkdirSync(data, { recursive: true });
  const [http = 0, grpc = 0] = await freePorts(2);
  const started = await launchOtel(program, "jaeger-config", folder, {
    extensions: {
      jaeger_storage: { backends: { main: backend(storage, data) } },
      jaeger_query: {
        storage: { traces: "main" },
        http: { endpoint: `127.0.0.1:${http}` },
        grpc: { endpoint: `127.0.0.1:${grpc}` },
      },
    },
    processors: storage === "badger-synced" ? {} : { batch: {} },
    exporters: { jaeger_storage_exporter: { trace_storage: "main" } },
    pipelines: ["traces"],
    ready: [`http://127.0.0.1:${http}/api/services`],
  });
  const ask = async (path: string): Promise<readonly JaegerTrace[]> => {
    const answer = await fetch(`http://127.0.0.1:${http}/api/traces${path}`);
    if (answer.status === 404) return [];
    const text = await answer.text();
    if (!answer.ok) throw new Error(`Jaeger: ${answer.status} ${text.slice(0, 300)}`);
    return (JSON.parse(text) as { readonly data: readonly JaegerTrace[] }).data;
  };
  return {
    ...started,
    urls: { spans: `http://127.0.0.1:${started.port}/v1/traces` },
    ...(storage === "memory" ? {} : { folder: data }),
    flush: async () => {},
    count: async () => started.metric("otelcol_exporter_sent_spans"),
    trace: async (traceId) => (await ask(`/${traceId}`))[0],
    search: async (parameters) => ask(`?${new URLSearchParams(parameters).toString()}`),
  };
}

/** Jaeger to send spans to. */
export const jaeger = (program: string, storage: JaegerStorage): Subject => ({
  name: `Jaeger, ${storage}`,
  signals: ["spans"],
  promise: promises[storage],
  oneOf: oneOf[storage],
  open: async (folder) => openJaeger(program, folder, storage),
});
