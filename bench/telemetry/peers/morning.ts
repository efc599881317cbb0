import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePorts, launch } from "../programs.ts";
import type { Subject } from "./peer.ts";

/** What Morning's process tells of itself. */
export interface MorningFigures {
  readonly otlpHttp: number;
  readonly records: Readonly<Record<"logs" | "spans", number>>;
  readonly sealedBytes: number;
  readonly dropped: number;
}

/** Ours, as a process like its peers. */
export const morning: Subject = {
  name: "Morning",
  signals: ["logs", "spans"],
  promise: "durable: synced to the log on disk before the answer",
  async open(folder) {
    const [port = 0] = await freePorts(1);
    const control = `http://127.0.0.1:${port}/`;
    const data = join(folder, "morning");
    mkdirSync(data, { recursive: true });
    const script = fileURLToPath(new URL("../morning.child.ts", import.meta.url));
    const command = [process.execPath, "--conditions=morning-source", script, data, String(port)];
    const started = await launch(command, {
      logFile: join(folder, "morning.log"),
      ready: [control],
    });
    const figures = async (method: "GET" | "POST"): Promise<MorningFigures> =>
      (await (await fetch(control, { method })).json()) as MorningFigures;
    const { otlpHttp } = await figures("GET");
    const base = `http://127.0.0.1:${otlpHttp}`;
    return {
      ...started,
      urls: { logs: `${base}/v1/logs`, spans: `${base}/v1/traces` },
      folder: join(data, "telemetry"),
      flush: async () => void (await figures("POST")),
      async count(signal) {
        const { records, dropped } = await figures("GET");
        if (dropped > 0) console.log(`Morning dropped ${dropped} records`);
        return records[signal];
      },
    };
  },
};
