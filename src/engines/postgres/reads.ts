import { sleep } from "../../core/clock.ts";
import type { MorningError } from "../../core/errors.ts";
import { backoffMs } from "../../core/retry.ts";
import type { Row, SqlValue } from "../../core/store.ts";
import { engineErrors } from "../errors.ts";
import { connectPatiently, isWire } from "./connection.ts";
import type { ConnectionOptions } from "./connection.ts";
import { errorOf, isStalePlan } from "./failures.ts";
import type { PipelineError, StepResult, Wire } from "./pipeline.ts";
import { rowsOf } from "./values.ts";

/** Bounds of reads. */
export interface ReadOptions {
  readonly connection: ConnectionOptions;
  readonly subject: string;
  /** Read connections at most. */
  readonly poolMax: number;
  /** Reads that may wait for a connection before MOR_STATE_BUSY. */
  readonly waitingMax: number;
  readonly unavailableMsMax: number;
}

/** Bounds of one answer. */
export interface ReadLimits {
  readonly rowsMax: number;
  readonly bytesMax: number;
}

/** Reads over a bounded set of read-only connections, each opened when it is first needed. */
export interface Reads {
  read(sql: string, params: readonly SqlValue[], limits: ReadLimits): Promise<readonly Row[]>;
  forget(): void;
  /** Lets what reads finish, refuses what waits. */
  close(error: MorningError): Promise<void>;
}

/** Reads have no effect, so that a lost connection is no reason to fail. */
const attemptsMax = 6;
const backoff = { baseMs: 20, delayMsMax: 1000 };

function isRepeatable(error: PipelineError): boolean {
  return error.lost || isStalePlan(error);
}

function bounded(result: StepResult | undefined, limits: ReadLimits, text: string): readonly Row[] {
  if (result === undefined) return [];
  const refuse = (what: string): MorningError =>
    engineErrors.MOR_READ_TOO_LARGE(`${text.slice(0, 200)}: more than ${what}`, {
      details: { ...limits },
    });
  if (result.rows.length > limits.rowsMax) throw refuse(`${limits.rowsMax} rows`);
  let bytes = 0;
  for (const row of result.rows) {
    for (const value of row) bytes += value === null ? 8 : value.length;
    if (bytes > limits.bytesMax) throw refuse(`${limits.bytesMax} bytes`);
  }
  return rowsOf(result);
}

/** Makes the reads. */
export function makeReads(options: ReadOptions): Reads {
  const { subject, poolMax, waitingMax } = options;
  const { clock, random } = options.connection;
  const idle: Wire[] = [];
  const waiting: { resolve(): void; reject(error: MorningError): void }[] = [];
  let busy = 0;
  let closed: MorningError | undefined;
  let emptied = (): void => {};

  const enter = async (): Promise<void> => {
    if (closed !== undefined) throw closed;
    if (busy < poolMax) busy++;
    else if (waiting.length < waitingMax) {
      await new Promise<void>((resolve, reject) => waiting.push({ resolve, reject }));
    } else {
      throw engineErrors.MOR_STATE_BUSY(`${subject}: ${waitingMax} reads wait for a connection`, {
        details: { poolMax, waitingMax },
      });
    }
  };
  const leave = (): void => {
    const next = waiting.shift();
    if (next !== undefined) return next.resolve();
    busy--;
    if (busy === 0) emptied();
  };
  const attempt = async (
    sql: string,
    params: readonly SqlValue[],
    rowsMax: number,
  ): Promise<StepResult | PipelineError> => {
    let wire = idle.pop();
    while (wire !== undefined && !wire.alive) wire = idle.pop();
    const given =
      wire ?? (await connectPatiently(options.connection, true, options.unavailableMsMax));
    if (!isWire(given)) return { ...given, lost: false };
    const { results, error } = await given.run([{ sql, params, rowsMax }]);
    if (error !== undefined && isStalePlan(error)) given.forget();
    if (given.alive) idle.push(given);
    return error ?? results[0] ?? { changes: 0, columns: [], rows: [] };
  };
  const read = async (
    sql: string,
    params: readonly SqlValue[],
    limits: ReadLimits,
  ): Promise<readonly Row[]> => {
    for (let number = 1; ; number++) {
      const given = await attempt(sql, params, limits.rowsMax);
      if (!("message" in given)) return bounded(given, limits, `${subject}: ${sql}`);
      if (number >= attemptsMax || !isRepeatable(given)) throw errorOf(given, subject, sql);
      await sleep(clock, backoffMs(number, backoff, random));
    }
  };

  return {
    async read(sql, params, limits) {
      await enter();
      try {
        return await read(sql, params, limits);
      } finally {
        leave();
      }
    },
    forget() {
      for (const wire of idle) wire.forget();
    },
    async close(error) {
      closed = error;
      for (const one of waiting.splice(0)) one.reject(error);
      if (busy > 0) {
        await new Promise<void>((resolve) => {
          emptied = resolve;
        });
      }
      await Promise.all(idle.splice(0).map((wire) => wire.close()));
    },
  };
}
