import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Cancel, Clock } from "../../../../core/clock.ts";
import { coreErrors, MorningError } from "../../../../core/errors.ts";
import { workerUrl } from "../../../../core/package.ts";
import type { SqlAnswer } from "../../../signals/store.ts";
import { readErrors } from "./errors.ts";
import type { Session } from "./session.ts";
import { tooLargeExit } from "./sql-process.ts";
import type { SqlOutcome, SqlTask } from "./sql-process.ts";
import { viewsOf } from "./sql-views.ts";

/** How statements of users run. */
export interface SqlOptions {
  /** A folder of its own, where DuckDB spills to. */
  readonly temporary: string;
  readonly memoryMb: number;
  readonly clock: Clock;
}

/** Bounds of one statement. */
export interface SqlLimits {
  readonly rowsMax: number;
  readonly timeoutMs: number;
}

const textMax = 16_384;
const rowsMax = 100_000;
const timeoutMsMax = 120_000;
const waitingMax = 16;

/** Time that a statement has beyond its own, to be interrupted, before its process is ended. */
const graceMs = 1000;
/** Time after which a process without work is ended. */
const idleMs = 60_000;

type Plain = Omit<SqlAnswer, "elapsedMs">;

/** A process that runs statements one after the other, started when there is one. */
class SqlProcess {
  readonly #options: SqlOptions;
  #child: ChildProcess | undefined;
  #idle: Cancel = () => {};

  constructor(options: SqlOptions) {
    this.#options = options;
  }

  #start(): ChildProcess {
    const script = fileURLToPath(workerUrl("observability/telemetry/embedded/read/sql-process"));
    // Nothing of this process's environment: it holds secrets, and DuckDB needs none of it.
    const child = fork(script, [], {
      env: {},
      execArgv: ["--max-old-space-size=512", "--disable-warning=ExperimentalWarning"],
      serialization: "advanced",
      stdio: ["ignore", "ignore", "ignore", "ipc"],
    });
    return child;
  }

  /** Runs one statement; the process is ended when it is late. */
  run(task: SqlTask): Promise<Plain> {
    this.#idle();
    const child = (this.#child ??= this.#start());
    const { clock } = this.#options;
    child.ref();
    child.channel?.ref();
    return new Promise((resolve, reject) => {
      let late = false;
      const cancel = clock.after(task.timeoutMs + graceMs, () => {
        late = true;
        child.kill("SIGKILL");
      });
      const done = (): void => {
        cancel();
        child.off("message", onMessage);
        child.off("exit", onExit);
        child.off("error", onError);
        // Without work it keeps nobody alive.
        child.unref();
        child.channel?.unref();
        this.#idle = clock.after(idleMs, () => this.close());
      };
      const onMessage = (outcome: SqlOutcome): void => {
        if (outcome.id !== task.id) return;
        done();
        if ("answer" in outcome) resolve(outcome.answer);
        else reject(MorningError.revive(outcome.error));
      };
      const onError = (cause: Error): void => {
        done();
        this.#child = undefined;
        reject(coreErrors.MOR_ENGINE_UNAVAILABLE("sql: its process cannot start", { cause }));
      };
      const onExit = (code: number | null): void => {
        done();
        this.#child = undefined;
        reject(endError(code, late));
      };
      child.on("message", onMessage);
      child.on("exit", onExit);
      child.on("error", onError);
      child.send(task);
    });
  }

  close(): void {
    this.#idle();
    this.#child?.kill("SIGKILL");
    this.#child = undefined;
  }
}

function endError(code: number | null, late: boolean): Error {
  if (late) return readErrors.MOR_TELEMETRY_QUERY_TIMEOUT("the statement took too long");
  if (code === tooLargeExit || code === null) {
    return readErrors.MOR_TELEMETRY_QUERY_TOO_LARGE("the statement needs more memory than it may");
  }
  return readErrors.MOR_TELEMETRY_SQL(`sql: its process ended with ${code}`);
}

/** Runs statements of users. */
export interface SqlRunner {
  /** @throws MOR_TELEMETRY_SQL, MOR_TELEMETRY_QUERY_TIMEOUT, MOR_TELEMETRY_QUERY_TOO_LARGE */
  run(session: Session, text: string, limits: SqlLimits): Promise<SqlAnswer>;
  close(): Promise<void>;
}

function bounded(value: number, max: number): number {
  return Number.isFinite(value) ? Math.min(max, Math.max(1, Math.floor(value))) : max;
}

/** A runner of statements: one at a time, in a process of its own. */
export function sqlRunner(options: SqlOptions): SqlRunner {
  const { clock, temporary, memoryMb } = options;
  const sqlProcess = new SqlProcess(options);
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  let count = 0;
  const inTurn = async <T>(work: () => Promise<T>): Promise<T> => {
    if (waiting >= waitingMax) {
      throw coreErrors.MOR_OVERLOADED(`telemetry: ${waitingMax} statements wait`, {
        details: { retryAfterMs: 1000 },
      });
    }
    waiting++;
    const turn = last.then(work).finally(() => waiting--);
    last = turn.catch(() => {});
    return turn;
  };
  return {
    async run(session, text, limits) {
      if (text.length > textMax) {
        throw readErrors.MOR_TELEMETRY_SQL(`sql: more than ${textMax} characters`);
      }
      return inTurn(async () => {
        const startedMs = clock.monotonic();
        const id = count++;
        const folder = join(temporary, String(id));
        await mkdir(folder, { recursive: true });
        try {
          const answer = await sqlProcess.run({
            ...(await viewsOf(session, text)),
            id,
            text,
            temporary: folder,
            memoryMb,
            rowsMax: bounded(limits.rowsMax, rowsMax),
            timeoutMs: bounded(limits.timeoutMs, timeoutMsMax),
          });
          return { ...answer, elapsedMs: clock.monotonic() - startedMs };
        } finally {
          await rm(folder, { recursive: true, force: true });
        }
      });
    },
    async close() {
      sqlProcess.close();
      await last;
      await rm(temporary, { recursive: true, force: true });
    },
  };
}
