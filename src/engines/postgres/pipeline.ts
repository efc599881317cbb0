import { once } from "node:events";
import type { Client } from "pg";
import type { SqlValue } from "../../core/store.ts";

/** One statement of a pipeline. */
export interface Step {
  readonly sql: string;
  readonly params: readonly SqlValue[];
  /** Asks the server to send what it has so far, before it goes on. */
  readonly flush?: boolean;
  /** Rows at most; one more is asked for, so that the caller sees that there were more. */
  readonly rowsMax?: number;
}

/** A result column: its name and the OID of its type. */
export interface Column {
  readonly name: string;
  readonly type: number;
}

/** What one step did, values still in PostgreSQL's text form. */
export interface StepResult {
  readonly changes: number;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly (string | null)[])[];
}

/**
 * What became of a pipeline: without `error` every step ran; otherwise step `results.length`
 * failed.
 */
export interface Outcome {
  readonly results: readonly StepResult[];
  readonly error?: PipelineError;
}

/** Why a step failed. */
export interface PipelineError {
  readonly message: string;
  /** SQLSTATE; undefined when the connection was lost without a word. */
  readonly code?: string;
  /** Whether the connection is gone. */
  readonly lost: boolean;
}

interface Prepared {
  readonly name: string;
  columns: readonly Column[] | undefined;
}

/** One connection and the statements that stay prepared on it. */
export interface Wire {
  readonly client: Client;
  /** Whether it can still be used. */
  readonly alive: boolean;
  /** Runs `steps` in one round trip: what comes after a failed step is skipped. Never rejects. */
  run(steps: readonly Step[]): Promise<Outcome>;
  /** Forgets what is prepared: the schema changed. */
  forget(): void;
  close(): Promise<void>;
}

/** Statements that stay prepared on a connection. */
const preparedMax = 500;

/** The part of pg's connection that a pipeline writes to. */
interface Connection {
  readonly stream: { cork(): void; uncork(): void };
  parse(query: { name: string; text: string }): void;
  bind(config: { statement: string; values: unknown[] }): void;
  describe(config: { type: "P" | "S"; name?: string }): void;
  execute(config: { rows?: number }): void;
  close(config: { type: "S"; name: string }): void;
  flush(): void;
  sync(): void;
}

/** The text or binary form of a parameter, as pg's `bind` takes it. */
function bound(value: SqlValue): string | Buffer | null {
  if (value === null || typeof value === "string") return value;
  if (value instanceof Uint8Array) {
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  }
  return String(value);
}

const changing = /^(?:INSERT|UPDATE|DELETE|MERGE)\b.* (\d+)$/;

function changesOf(tag: string): number {
  return Number(changing.exec(tag)?.[1] ?? 0);
}

/** The statements prepared on one connection, least recently used first. */
function makePrepared(): {
  of(sql: string): { prepared: Prepared; fresh: boolean };
  drop(sql: string): void;
  clear(): void;
  /** Names that the server can forget; forgets them here. */
  takeDropped(): string[];
} {
  const known = new Map<string, Prepared>();
  let dropped: string[] = [];
  let next = 1;
  const drop = (sql: string): void => {
    const prepared = known.get(sql);
    if (prepared === undefined) return;
    known.delete(sql);
    dropped.push(prepared.name);
  };
  return {
    of(sql) {
      const found = known.get(sql);
      if (found !== undefined) {
        known.delete(sql);
        known.set(sql, found);
        return { prepared: found, fresh: false };
      }
      const prepared: Prepared = { name: `m${next++}`, columns: undefined };
      known.set(sql, prepared);
      return { prepared, fresh: true };
    },
    drop,
    clear() {
      for (const sql of known.keys()) drop(sql);
    },
    takeDropped() {
      // Only between pipelines: within one, an evicted statement may still be bound.
      for (const sql of known.keys()) {
        if (known.size <= preparedMax) break;
        drop(sql);
      }
      const names = dropped;
      dropped = [];
      return names;
    },
  };
}

/** A query of our own for pg's client: many statements, one Sync, so one round trip. */
class Pipeline {
  readonly results: StepResult[] = [];
  readonly fresh: { readonly sql: string; readonly step: number }[] = [];
  private readonly steps: readonly Step[];
  private readonly prepared: ReturnType<typeof makePrepared>;
  private readonly settle: (outcome: Outcome) => void;
  private readonly bindings: Prepared[] = [];
  private rows: (string | null)[][] = [];

  constructor(
    steps: readonly Step[],
    prepared: ReturnType<typeof makePrepared>,
    settle: (outcome: Outcome) => void,
  ) {
    this.steps = steps;
    this.prepared = prepared;
    this.settle = settle;
  }

  submit(connection: Connection): void {
    connection.stream.cork();
    for (const name of this.prepared.takeDropped()) connection.close({ type: "S", name });
    this.steps.forEach((step, index) => this.send(connection, step, index));
    connection.sync();
    connection.stream.uncork();
  }

  private send(connection: Connection, step: Step, index: number): void {
    const { prepared, fresh } = this.prepared.of(step.sql);
    this.bindings.push(prepared);
    if (fresh) {
      this.fresh.push({ sql: step.sql, step: index });
      connection.parse({ name: prepared.name, text: step.sql });
    }
    connection.bind({ statement: prepared.name, values: step.params.map(bound) });
    if (prepared.columns === undefined) connection.describe({ type: "P" });
    connection.execute({ rows: step.rowsMax === undefined ? 0 : step.rowsMax + 1 });
    if (step.flush === true) connection.flush();
  }

  handleRowDescription(message: { fields: readonly { name: string; dataTypeID: number }[] }): void {
    const columns = message.fields.map(({ name, dataTypeID }) => ({ name, type: dataTypeID }));
    const binding = this.bindings[this.results.length];
    if (binding !== undefined) binding.columns = columns;
  }

  handleDataRow(message: { fields: (string | null)[] }): void {
    this.rows.push(message.fields);
  }

  private finishStep(changes: number): void {
    const binding = this.bindings[this.results.length];
    if (binding !== undefined) binding.columns ??= [];
    this.results.push({ changes, columns: binding?.columns ?? [], rows: this.rows });
    this.rows = [];
  }

  handleCommandComplete(message: { text: string }): void {
    this.finishStep(changesOf(message.text));
  }

  handlePortalSuspended(): void {
    this.finishStep(0);
  }

  handleEmptyQuery(): void {
    this.finishStep(0);
  }

  handleReadyForQuery(): void {
    this.settle({ results: this.results });
  }

  handleError(error: Error & { code?: string; severity?: string }): void {
    for (const { sql, step } of this.fresh) {
      if (step >= this.results.length) this.prepared.drop(sql);
    }
    // Only the server's own words have a severity; anything else is the socket's end.
    const fromServer = error.severity !== undefined;
    const lost = !fromServer || error.severity === "FATAL" || error.severity === "PANIC";
    const code = fromServer && error.code !== undefined ? { code: error.code } : {};
    this.settle({ results: this.results, error: { message: error.message, lost, ...code } });
  }
}

/** Makes a wire of a connected client. */
export function makeWire(client: Client): Wire {
  const prepared = makePrepared();
  let alive = true;
  const die = (): void => {
    alive = false;
  };
  client.on("error", die);
  client.on("end", die);
  return {
    client,
    get alive() {
      return alive;
    },
    run: (steps) =>
      new Promise((resolve) => {
        if (!alive) {
          resolve({ results: [], error: { message: "the connection is closed", lost: true } });
          return;
        }
        const settle = (outcome: Outcome): void => {
          if (outcome.error?.lost === true) die();
          resolve(outcome);
        };
        client.query(new Pipeline(steps, prepared, settle) as never);
      }),
    forget: () => prepared.clear(),
    async close() {
      if (alive) {
        const ended = once(client, "end");
        void client.end().catch(die);
        await ended;
      } else {
        client.end().catch(die);
      }
    },
  };
}
