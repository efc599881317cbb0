/** The signals that the benchmarks of telemetry send. */
export type Sent = "logs" | "spans";

/** A store of telemetry that runs as a process of its own and takes OTLP in protobuf over HTTP. */
export interface Running {
  readonly pid: number;
  /** Where requests of a signal go. */
  readonly urls: Readonly<Partial<Record<Sent, string>>>;
  /** Its files; absent where it keeps everything in memory. */
  readonly folder?: string;
  /** Tells it to write what it still holds in memory, where it knows such a command. */
  flush(): Promise<void>;
  /** How many records it has by its own account. */
  count(signal: Sent): Promise<number>;
  stop(): Promise<void>;
}

/** A store to measure. */
export interface Subject {
  readonly name: string;
  readonly signals: readonly Sent[];
  /** What its answer to a request promises. */
  readonly promise: string;
  /** It is sent one record of so many, where it would take too long for all; 1 if left out. */
  readonly oneOf?: number;
  /** Starts it with its files below `folder`, which is there. */
  open(folder: string): Promise<Running>;
}

/**
 * What `make` makes of the program of a peer, found as `scripts/engines.sh env` tells it; of a peer
 * that is not here, its absence is printed.
 */
export function installed<T>(
  engine: "victorialogs" | "jaeger" | "collector",
  make: (program: string) => readonly T[],
): readonly T[] {
  const variable = `MORNING_TEST_${engine.toUpperCase()}`;
  const program = process.env[variable] ?? "";
  if (program !== "") return make(program);
  console.log(
    `${engine} is left out: ${variable} is not set; \`scripts/engines.sh start ` +
      `${engine}\` builds ` +
      'it, `eval "$(scripts/engines.sh env)"` sets the variable',
  );
  return [];
}
