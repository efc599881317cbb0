import { join } from "node:path";
import { isoNs } from "../../../src/observability/export/values.ts";
import type { Range } from "../../../src/observability/signals/store.ts";
import { freePorts, launch } from "../programs.ts";
import type { Running, Subject } from "./peer.ts";

/** VictoriaLogs, as a benchmark asks it. */
export interface VictoriaLogs extends Running {
  /** Lines that a LogsQL query finds; with a `limit` the newest. */
  query(query: string, range: Range, limit?: number): Promise<Readonly<Record<string, string>>[]>;
  /** Hits by bucket of `step` and by a field's values. */
  hits(query: string, range: Range, step: string, field: string): Promise<readonly Hits[]>;
}

/** One series of a histogram. */
export interface Hits {
  readonly fields: Readonly<Record<string, string>>;
  readonly timestamps: readonly string[];
  readonly values: readonly number[];
}

async function ask(url: string, parameters: Readonly<Record<string, string>>): Promise<string> {
  const answer = await fetch(url, { method: "POST", body: new URLSearchParams(parameters) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`VictoriaLogs: ${answer.status} ${text}`);
  return text;
}

/** `end` is excluded there too. */
const within = ({ fromNs, toNs }: Range): Readonly<Record<string, string>> => ({
  start: fromNs.toString(),
  end: toNs.toString(),
});

/** `force_flush` makes parts in memory, which reach the disk at their own time. */
async function allOnDisk(base: string): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    const metrics = await (await fetch(`${base}/metrics`)).text();
    const parts = /^vl_storage_parts\{type="storage\/inmemory"\} (\d+)/m.exec(metrics)?.[1];
    if (parts === undefined) throw new Error("VictoriaLogs does not tell its parts in memory");
    if (parts === "0") return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("VictoriaLogs keeps parts in memory");
}

/** Starts VictoriaLogs with its defaults; it keeps what is a century old. */
export async function openVictoriaLogs(program: string, folder: string): Promise<VictoriaLogs> {
  const [port = 0] = await freePorts(1);
  const base = `http://127.0.0.1:${port}`;
  const data = join(folder, "victorialogs");
  const flags = [`-storageDataPath=${data}`, `-httpListenAddr=127.0.0.1:${port}`];
  const started = await launch([program, ...flags, "-retentionPeriod=100y", "-loggerLevel=WARN"], {
    logFile: join(folder, "victorialogs.log"),
    ready: [`${base}/health`],
  });
  const query: VictoriaLogs["query"] = async (text, range, limit) => {
    const limits = limit === undefined ? within(range) : { ...within(range), limit: `${limit}` };
    const answer = await ask(`${base}/select/logsql/query`, { query: text, ...limits });
    const lines = answer.split("\n").filter((line) => line !== "");
    return lines.map((line) => JSON.parse(line) as Readonly<Record<string, string>>);
  };
  return {
    ...started,
    urls: { logs: `${base}/insert/opentelemetry/v1/logs` },
    folder: data,
    async flush() {
      await ask(`${base}/internal/force_flush`, {});
      await allOnDisk(base);
    },
    async count() {
      const answer = await ask(`${base}/select/logsql/query`, { query: "* | count() as n" });
      return Number((JSON.parse(answer) as { readonly n: string }).n);
    },
    query,
    async hits(text, range, step, field) {
      // `start` and `end` are rounded to whole buckets here; a filter is exact.
      const exact = `_time:[${isoNs(range.fromNs)}, ${isoNs(range.toNs)}) ${text}`;
      const parameters = { query: exact, ...within(range), step, field };
      const answer = await ask(`${base}/select/logsql/hits`, parameters);
      return (JSON.parse(answer) as { readonly hits: readonly Hits[] }).hits;
    },
  };
}

/** VictoriaLogs to send logs to. */
export const victoriaLogs = (program: string): Subject => ({
  name: "VictoriaLogs",
  signals: ["logs"],
  promise: "not durable: the last 5 s may be lost (inmemoryDataFlushInterval, 1 s at the least)",
  open: async (folder) => openVictoriaLogs(program, folder),
});
