import { sleep } from "../../core/clock.ts";
import { backoffMs } from "../../core/retry.ts";
import { connectPatiently, isWire } from "./connection.ts";
import type { ConnectionOptions } from "./connection.ts";
import type { PipelineError, Step, Wire } from "./pipeline.ts";
import { plan } from "./values.ts";

/** The table in which each writer numbers its transactions. */
export const lineTable = `create table if not exists morning_writer (origin text primary key,
  epoch bigint not null, seq bigint not null, at timestamptz not null default now())`;

/** Forgets writers whose process is long gone. */
export const lineSweep = "delete from morning_writer where at < now() - interval '7 days'";

const register = `insert into morning_writer (origin, epoch, seq) values ($1, 1, 0)
  on conflict (origin) do update set epoch = morning_writer.epoch + 1, at = now()
  returning epoch, seq`;

const backoff = { baseMs: 50, delayMsMax: 2000 };

/**
 * A writer's connection. Each transaction notes its number in the writer's row, and opening the
 * next connection reads it: that waits for whatever is still under way, and, by a new epoch, shuts
 * out what the old connection may yet bring. So what became of a transaction is known for certain.
 */
export interface Line {
  readonly wire: Wire;
  /** The number of the last transaction that was committed. */
  readonly committed: number;
  /** The step that notes the number of a transaction; fails when another connection took over. */
  note(number: number): Step;
}

/** Whether an attempt to open gave a line. */
export function isLine(given: Line | PipelineError): given is Line {
  return "note" in given;
}

function lineOn(wire: Wire, origin: string, epoch: string, committed: number): Line {
  const sql = "update morning_writer set seq = $1, at = now() where origin = $2 and epoch = $3";
  return {
    wire,
    committed,
    note(number) {
      const { steps } = plan({ sql, params: [number, origin, epoch], expect: { rows: 1 } });
      return steps[0] as Step;
    },
  };
}

/** Opens a writer's connection; gives up with the last failure after `waitMsMax`. */
export async function openLine(
  connection: ConnectionOptions,
  origin: string,
  waitMsMax: number,
  signal: AbortSignal,
): Promise<Line | PipelineError> {
  const { clock, random } = connection;
  const until = clock.monotonic() + waitMsMax;
  for (let attempt = 1; ; attempt++) {
    const remainingMs = Math.max(0, until - clock.monotonic());
    const wire = await connectPatiently(connection, false, remainingMs, signal);
    if (!isWire(wire)) return wire;
    const { results, error } = await wire.run([{ sql: register, params: [origin] }]);
    const [epoch, committed] = results[0]?.rows[0] ?? [];
    if (error === undefined) return lineOn(wire, origin, String(epoch), Number(committed));
    void wire.close();
    if (clock.monotonic() >= until || signal.aborted) return error;
    await sleep(clock, backoffMs(attempt, backoff, random), signal);
  }
}
