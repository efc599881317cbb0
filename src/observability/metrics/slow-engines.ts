import { postgresQuestions, valkeyQuestions } from "../../core/capabilities/questions.ts";
import type { PostgresQuestions, ValkeyQuestions } from "../../core/capabilities/questions.ts";
import type { Host } from "../../core/host.ts";
import { readStatements } from "./apm-postgres.ts";
import type { StatementCount } from "./apm-postgres.ts";
import { readSlowlog } from "./apm-valkey.ts";
import type { SlowlogPosition } from "./apm-valkey.ts";
import { keepCommands, keepStatements } from "./slow-kept.ts";
import type { EngineWhile } from "./slow-kept.ts";
import { startPolling } from "./slow-polling.ts";
import type { Polling, PollProblem, PollState } from "./slow-polling.ts";

/** An engine that tells which of its own statements took time. */
export interface SlowEngine {
  readonly engine: "postgres" | "valkey";
  /** From one look to the next, milliseconds. */
  readonly everyMs: number;
  readonly state: () => PollState;
  readonly read: (fromMs: number, toMs: number) => EngineWhile;
  /** All that the engine itself still knows of. */
  readonly readAll: () => EngineWhile;
}

/** The engines of a platform that are asked for their slow statements. */
export interface SlowEngines {
  readonly engines: readonly SlowEngine[];
  start(): void;
  stop(): Promise<void>;
}

/** Statements that one look reads: those that took most time. */
const readMax = 500;

const idle: PollState = { readAtMs: null, nextAtMs: null, failures: 0, problem: null };

interface Asked extends SlowEngine {
  start(): void;
  stop(): Promise<void>;
}

type Kept = Pick<SlowEngine, "read" | "readAll">;

function asked(
  host: Host,
  engine: SlowEngine["engine"],
  everyMs: number,
  kept: Kept,
  work: () => Promise<void>,
): Asked {
  const { clock, random, log } = host;
  let polling: Polling | undefined;
  const failed = ({ code, message, fix }: PollProblem): void =>
    log.warn("slow statements cannot be read", { engine, code, message, fix });
  return {
    engine,
    everyMs,
    read: kept.read,
    readAll: kept.readAll,
    state: () => polling?.state() ?? idle,
    start: () => void (polling ??= startPolling({ clock, random, everyMs, work, failed })),
    stop: async () => polling?.stop(),
  };
}

function postgresAsked(host: Host, { everyMs, query }: PostgresQuestions): Asked {
  const kept = keepStatements();
  let counts: readonly StatementCount[] = [];
  return asked(host, "postgres", everyMs, kept, async () => {
    counts = await readStatements(query, readMax, counts);
    kept.take(host.clock.now(), counts);
  });
}

function valkeyAsked(host: Host, { everyMs, command }: ValkeyQuestions): Asked {
  const kept = keepCommands();
  let position: SlowlogPosition | undefined;
  return asked(host, "valkey", everyMs, kept, async () => {
    const read = await readSlowlog(command, position);
    position = read.position;
    kept.take(read.entries);
  });
}

/** The engines behind the state store and the caches, where they can tell; asked once started. */
export function openSlowEngines(host: Host): SlowEngines {
  const chosen = (capability: string, engine: string): boolean =>
    host.engines?.get(capability) === engine;
  const engines = [
    ...(chosen("state", "postgres") ? [postgresAsked(host, host.need(postgresQuestions))] : []),
    ...(chosen("cache", "valkey") ? [valkeyAsked(host, host.need(valkeyQuestions))] : []),
  ].filter(({ everyMs }) => everyMs > 0);
  return {
    engines,
    start() {
      for (const engine of engines) engine.start();
    },
    stop: async () => void (await Promise.all(engines.map((engine) => engine.stop()))),
  };
}
