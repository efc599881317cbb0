import type { Filter } from "../signals/filter.ts";

/** Ports of ingest; 0 for a free one, absent for none. */
export interface WantedPorts {
  readonly otlpHttp?: number;
  readonly otlpGrpc?: number;
  readonly syslog?: number;
}

/** How long records of a signal are kept, and of some services otherwise. */
export interface RetentionSetting {
  readonly days: number;
  readonly services: Readonly<Record<string, number>>;
}

/** What a telemetry thread is set up with. */
export interface ThreadSetup {
  readonly engine: "embedded" | "opensearch";
  readonly app: string;
  readonly environment: string;
  /** Folder of the engine's files. */
  readonly folder: string;
  readonly hostname: string;
  readonly ports: WantedPorts;
  /** The engine's own settings, as `morning.config.ts` says them; checked by the driver. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** Live tails, as the thread keeps them. */
export interface WorkerTails {
  open(id: string, filter: Filter): Promise<void>;
  close(id: string): Promise<void>;
}
