import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePorts, launch } from "../programs.ts";
import type { Program } from "../programs.ts";

/** A part of the configuration of the OpenTelemetry Collector, and of Jaeger, which is one. */
export interface Parts {
  readonly extensions?: Readonly<Record<string, unknown>>;
  readonly processors?: Readonly<Record<string, unknown>>;
  readonly exporters: Readonly<Record<string, unknown>>;
  readonly pipelines: readonly ("logs" | "traces")[];
  /** What has to answer besides OTLP before it is up. */
  readonly ready?: readonly string[];
}

/** A program built of the collector's components that runs. */
export interface OtelProgram extends Program {
  readonly port: number;
  /** The sum of one of its own metrics over all labels. */
  metric(name: string): Promise<number>;
}

function configuration(
  parts: Parts,
  ports: { readonly otlp: number; readonly own: number },
): object {
  const { extensions = {}, processors = {}, exporters } = parts;
  const steps = {
    receivers: ["otlp"],
    processors: Object.keys(processors),
    exporters: Object.keys(exporters),
  };
  const prometheus = { host: "127.0.0.1", port: ports.own };
  return {
    extensions,
    receivers: { otlp: { protocols: { http: { endpoint: `127.0.0.1:${ports.otlp}` } } } },
    processors,
    exporters,
    service: {
      extensions: Object.keys(extensions),
      pipelines: Object.fromEntries(parts.pipelines.map((name) => [name, steps])),
      telemetry: {
        metrics: { level: "basic", readers: [{ pull: { exporter: { prometheus } } }] },
        logs: { level: "warn" },
      },
    },
  };
}

/** Starts `program` with these parts, and OTLP over HTTP on a port of its own. */
export async function launchOtel(
  program: string,
  name: string,
  folder: string,
  parts: Parts,
): Promise<OtelProgram> {
  const [otlp = 0, own = 0] = await freePorts(2);
  const file = join(folder, `${name}.json`);
  // JSON is YAML.
  writeFileSync(file, JSON.stringify(configuration(parts, { otlp, own })));
  const metrics = `http://127.0.0.1:${own}/metrics`;
  const started = await launch([program, "--config", `file:${file}`], {
    logFile: join(folder, `${name}.log`),
    // Its parts listen one after the other.
    ready: [metrics, `http://127.0.0.1:${otlp}/`, ...(parts.ready ?? [])],
  });
  return {
    ...started,
    port: otlp,
    async metric(wanted) {
      const text = await (await fetch(metrics)).text();
      const lines = text.split("\n").filter((line) => line.startsWith(wanted));
      return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" "))), 0);
    },
  };
}
