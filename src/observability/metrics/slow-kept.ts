import { statementChanges } from "./apm-postgres.ts";
import type { StatementChange, StatementCount } from "./apm-postgres.ts";
import type { SlowCommand } from "./apm-valkey.ts";

/** A statement or command of an engine, as the engine itself counted it. */
export interface EngineStatement {
  /** Empty where the engine has no databases by name. */
  readonly database: string;
  /** Without literals. */
  readonly statement: string;
  readonly calls: number;
  readonly totalMs: number;
  readonly averageMs: number;
  /** The longest: of Postgres since its statistics were reset. */
  readonly maxMs: number;
  /** Only where the engine tells single calls. */
  readonly p95Ms?: number;
  readonly rows?: number;
  /** Blocks of 8 KiB from outside the shared buffers, and of temporary files. */
  readonly blocksRead?: number;
  readonly blocksTemporary?: number;
  /** Of the time of all that the engine counted in this while, 0 to 1. */
  readonly share: number;
  /** When it was slow last; only where the engine tells single calls. */
  readonly lastAtMs?: number;
}

/** What an engine spent its time on in a while. */
export interface EngineWhile {
  /** What of the while that was asked about is known; null where nothing is. */
  readonly fromMs: number | null;
  readonly toMs: number | null;
  readonly totalMs: number;
  /** Those that took most time first. */
  readonly statements: readonly EngineStatement[];
}

const nothing: EngineWhile = { fromMs: null, toMs: null, totalMs: 0, statements: [] };

interface Window {
  readonly fromMs: number;
  readonly toMs: number;
  /** Of all statements, those that found no room too. */
  readonly totalMs: number;
  readonly changes: readonly StatementChange[];
}

/** Statements that a window keeps. */
const changesMax = 200;
/** Windows that stand by themselves, how many make one of the older ones, and how many of those. */
const fineMax = 60;
const folded = 10;
const coarseMax = 144;

function foldInto(sums: Map<string, StatementChange>, change: StatementChange): void {
  const known = sums.get(change.key);
  const calls = change.calls + (known?.calls ?? 0);
  const totalMs = change.totalMs + (known?.totalMs ?? 0);
  sums.set(change.key, {
    ...change,
    calls,
    totalMs,
    averageMs: totalMs / Math.max(1, calls),
    maxMs: Math.max(change.maxMs, known?.maxMs ?? 0),
    rows: change.rows + (known?.rows ?? 0),
    blocksHit: change.blocksHit + (known?.blocksHit ?? 0),
    blocksRead: change.blocksRead + (known?.blocksRead ?? 0),
    blocksTemporary: change.blocksTemporary + (known?.blocksTemporary ?? 0),
  });
}

function joined(windows: readonly Window[]): Window | undefined {
  const [first] = windows;
  const last = windows.at(-1);
  if (first === undefined || last === undefined) return undefined;
  const sums = new Map<string, StatementChange>();
  for (const { changes } of windows) for (const change of changes) foldInto(sums, change);
  return {
    fromMs: first.fromMs,
    toMs: last.toMs,
    totalMs: windows.reduce((sum, { totalMs }) => sum + totalMs, 0),
    changes: [...sums.values()].sort((a, b) => b.totalMs - a.totalMs).slice(0, changesMax),
  };
}

function viewOf({ fromMs, toMs, totalMs, changes }: Window): EngineWhile {
  const statements = changes.map(({ key: _key, blocksHit: _blocksHit, ...change }) => ({
    ...change,
    share: totalMs === 0 ? 0 : change.totalMs / totalMs,
  }));
  return { fromMs, toMs, totalMs, statements };
}

/** What Postgres counted, from look to look. */
export interface KeptStatements {
  readonly take: (atMs: number, counts: readonly StatementCount[]) => void;
  /** What was done in a while, as far as looks fell into it. */
  readonly read: (fromMs: number, toMs: number) => EngineWhile;
  /** What was done since Postgres' statistics were reset. */
  readonly readAll: () => EngineWhile;
}

/** Keeps the last hour by looks of a minute, and the day before it by ten of them. */
export function keepStatements(): KeptStatements {
  let latest: { readonly atMs: number; readonly counts: readonly StatementCount[] } | undefined;
  let fine: Window[] = [];
  let coarse: Window[] = [];
  const fold = (): void => {
    if (fine.length <= fineMax) return;
    const whole = joined(fine.slice(0, folded));
    fine = fine.slice(folded);
    if (whole !== undefined) coarse = [...coarse, whole].slice(-coarseMax);
  };
  const windowOf = (
    fromMs: number,
    toMs: number,
    changes: readonly StatementChange[],
    most: number,
  ): Window => ({
    fromMs,
    toMs,
    totalMs: changes.reduce((sum, { totalMs }) => sum + totalMs, 0),
    changes: changes.slice(0, most),
  });
  return {
    take(atMs, counts) {
      if (latest !== undefined) {
        const changes = statementChanges(latest.counts, counts);
        fine.push(windowOf(latest.atMs, atMs, changes, changesMax));
        fold();
      }
      latest = { atMs, counts };
    },
    read(fromMs, toMs) {
      const within = [...coarse, ...fine].filter((one) => one.toMs > fromMs && one.fromMs < toMs);
      const whole = joined(within);
      return whole === undefined ? nothing : viewOf(whole);
    },
    readAll() {
      if (latest === undefined) return nothing;
      const changes = statementChanges([], latest.counts);
      return { ...viewOf(windowOf(0, latest.atMs, changes, changes.length)), fromMs: null };
    },
  };
}

/** Single commands that were slow, and how far back. */
const commandsMax = 5_000;

/** What Valkey wrote into its SLOWLOG. */
export interface KeptCommands {
  readonly take: (commands: readonly SlowCommand[]) => void;
  readonly read: (fromMs: number, toMs: number) => EngineWhile;
  readonly readAll: () => EngineWhile;
}

function groupOf(commands: readonly SlowCommand[], allMs: number): EngineStatement {
  const durations = commands.map(({ durationMs }) => durationMs).sort((a, b) => a - b);
  const totalMs = durations.reduce((sum, ms) => sum + ms, 0);
  const at95 = Math.ceil(durations.length * 0.95) - 1;
  return {
    database: "",
    statement: commands[0]?.command ?? "",
    calls: commands.length,
    totalMs,
    averageMs: totalMs / commands.length,
    maxMs: durations.at(-1) ?? 0,
    p95Ms: durations[at95] ?? 0,
    share: allMs === 0 ? 0 : totalMs / allMs,
    lastAtMs: Math.max(...commands.map(({ atMs }) => atMs)),
  };
}

function groupsOf(commands: readonly SlowCommand[]): EngineWhile {
  const [first] = commands;
  if (first === undefined) return nothing;
  const groups = Map.groupBy(commands, ({ command }) => command);
  const totalMs = commands.reduce((sum, { durationMs }) => sum + durationMs, 0);
  const statements = [...groups.values()]
    .map((group) => groupOf(group, totalMs))
    .sort((a, b) => b.totalMs - a.totalMs);
  return { fromMs: first.atMs, toMs: commands.at(-1)?.atMs ?? first.atMs, totalMs, statements };
}

/** Keeps the newest slow commands. */
export function keepCommands(): KeptCommands {
  let kept: readonly SlowCommand[] = [];
  return {
    take(commands) {
      kept = [...kept, ...commands].slice(-commandsMax);
    },
    read: (fromMs, toMs) => groupsOf(kept.filter(({ atMs }) => atMs >= fromMs && atMs < toMs)),
    readAll: () => groupsOf(kept),
  };
}
