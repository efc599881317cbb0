import { Client } from "pg";
import type { ClientConfig } from "pg";
import { sleep } from "../../core/clock.ts";
import type { Clock } from "../../core/clock.ts";
import { MorningError } from "../../core/errors.ts";
import type { Random } from "../../core/ids.ts";
import { backoffMs } from "../../core/retry.ts";
import { makeWire } from "./pipeline.ts";
import type { PipelineError, Wire } from "./pipeline.ts";

/** How connections are made. */
export interface ConnectionOptions {
  readonly url: string;
  /** A password that changes, such as an RDS IAM token; asked for with each connection. */
  readonly password?: () => Promise<string>;
  readonly schema: string;
  readonly clock: Clock;
  readonly random: Random;
  /** Longest run of one statement, milliseconds. */
  readonly statementMsMax: number;
}

/** Waits between attempts to connect. */
const backoff = { baseMs: 50, delayMsMax: 2000 };

const connectMsMax = 10_000;

/** Settings of every connection, in one statement and so one round trip. */
function settings(options: ConnectionOptions, readOnly: boolean): string {
  return [
    `set search_path = ${quoted(options.schema)}, public`,
    `set statement_timeout = ${options.statementMsMax}`,
    "set lock_timeout = 10000",
    "set idle_in_transaction_session_timeout = 10000",
    "set bytea_output = hex",
    `set default_transaction_read_only = ${readOnly ? "on" : "off"}`,
  ].join("; ");
}

/** An identifier in quotes. */
export function quoted(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`;
}

/** Opens one connection; rejects with what pg said. */
export async function connect(options: ConnectionOptions, readOnly: boolean): Promise<Wire> {
  const config: ClientConfig = {
    connectionString: options.url,
    connectionTimeoutMillis: connectMsMax,
    keepAlive: true,
    fallback_application_name: "morning",
    ...(options.password === undefined ? {} : { password: options.password }),
  };
  const client = new Client(config);
  const wire = makeWire(client);
  try {
    await client.connect();
    await client.query(settings(options, readOnly));
    return wire;
  } catch (error) {
    client.end().catch(() => {});
    throw error;
  }
}

/** What pg threw, as the error of a pipeline. */
export function failureOf(error: unknown): PipelineError {
  const { message, code } = error as { message?: unknown; code?: unknown };
  const sqlState = typeof code === "string" && /^[0-9A-Z]{5}$/.test(code) ? { code } : {};
  return { message: String(message ?? error), lost: true, ...sqlState };
}

/** SQLSTATE classes that time heals: no connection, no resources, starting or stopping. */
function isPassing({ code }: PipelineError): boolean {
  return code === undefined || /^(?:08|53|57P)/.test(code);
}

/**
 * Connects until it works; gives up with the last failure after `waitMsMax`, or at once if it is
 * final.
 */
export async function connectPatiently(
  options: ConnectionOptions,
  readOnly: boolean,
  waitMsMax: number,
  signal?: AbortSignal,
): Promise<Wire | PipelineError> {
  const { clock, random } = options;
  const until = clock.monotonic() + waitMsMax;
  for (let attempt = 1; ; attempt++) {
    try {
      return await connect(options, readOnly);
    } catch (error) {
      const failure = failureOf(error);
      const over = clock.monotonic() >= until || signal?.aborted === true;
      if (over || !isPassing(failure)) return failure;
      await sleep(clock, backoffMs(attempt, backoff, random), signal);
    }
  }
}

/** Whether an attempt to connect gave a connection. */
export function isWire(given: Wire | PipelineError): given is Wire {
  return "run" in given;
}

/**
 * Does work again that PostgreSQL interrupted by going away, for `waitMsMax` at most.
 * @param work may be done twice
 */
export async function throughRestarts<T>(
  { clock, random }: Pick<ConnectionOptions, "clock" | "random">,
  waitMsMax: number,
  work: () => Promise<T>,
): Promise<T> {
  const until = clock.monotonic() + waitMsMax;
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      const isAway =
        MorningError.is(error, "MOR_ENGINE_UNAVAILABLE") ||
        MorningError.is(error, "MOR_STATE_UNKNOWN_OUTCOME");
      if (!isAway || clock.monotonic() >= until) throw error;
      await sleep(clock, backoffMs(attempt, backoff, random));
    }
  }
}
