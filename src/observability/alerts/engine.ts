import type { Cancel, Clock } from "../../core/clock.ts";
import type { Notifier, NotifierDesk } from "../../core/capabilities/notifier.ts";
import { coreErrors } from "../../core/errors.ts";
import type { Ids, Random } from "../../core/ids.ts";
import type { Log } from "../../core/log.ts";
import type { Metrics } from "../../core/metrics.ts";
import type { Store } from "../../core/store.ts";
import type { ErrorGroups } from "../errors/groups.ts";
import type { PatternBook } from "../logs/pattern-book.ts";
import type { SignalReader } from "../signals/store.ts";
import { openSloCatalog } from "../slo/catalog.ts";
import type { SloCatalog } from "../slo/catalog.ts";
import { openSloLedger } from "../slo/ledger.ts";
import type { SloLedger } from "../slo/ledger.ts";
import type { SloResource } from "../slo/slo.ts";
import type { AlertResource } from "./alert.ts";
import { openAlertBook } from "./book.ts";
import type { AlertBook, AlertStatus } from "./book.ts";
import { openAlertCatalog } from "./catalog.ts";
import type { AlertCatalog, AlertDefinition } from "./catalog.ts";
import { dispatch } from "./dispatcher.ts";
import type { Knowledge } from "./evaluate.ts";
import { endAlert, evaluateAlert, intervalOf } from "./evaluator.ts";
import type { EvaluatorContext } from "./evaluator.ts";
import { withHistory } from "./history.ts";
import { isLeaseLost, openLease } from "./lease.ts";
import type { Lease } from "./lease.ts";
import { readerMeasurer } from "./measure.ts";
import { consoleNotifier } from "./notifier.ts";
import { tell, tellTest } from "./teller.ts";
import { pruneStatements } from "./writing.ts";

/** What alerts stand on. */
export interface AlertsOptions {
  readonly store: Store;
  readonly reader: SignalReader;
  readonly groups: Pick<ErrorGroups, "list">;
  readonly patterns: Pick<PatternBook, "get">;
  readonly clock: Clock;
  readonly random: Random;
  readonly ids: Ids;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Of the app's code. */
  readonly alerts: readonly AlertResource[];
  readonly objectives: readonly SloResource[];
  /** Beside `console`, which is always there. */
  readonly notifiers: readonly Notifier[];
  /** Address of the alerts in the console; empty where it is not known. */
  readonly url: string;
}

/** Alerts and objectives of a platform. */
export interface AlertEngine {
  readonly catalog: AlertCatalog;
  readonly book: AlertBook;
  readonly objectives: SloCatalog;
  readonly ledger: SloLedger;
  readonly knowledge: Knowledge;
  /** Where other pillars add their ways of telling people. */
  readonly desk: NotifierDesk;
  /** Names of the notifiers. */
  notifierNames(): readonly string[];
  /** Puts a test notification of an alert in the outbox; its id. @throws MOR_NOT_FOUND */
  test(name: string): Promise<string>;
  /** Evaluates what is due, decides what is to be told; whether this process has the lease. */
  round(): Promise<boolean>;
  /** Delivers what is due. */
  deliver(): Promise<void>;
  /** Begins to do both again and again. */
  start(): void;
  /** Ends after the round that runs, and gives the lease away. */
  stop(): Promise<void>;
}

/** Between rounds, milliseconds. */
const roundMs = 5000;
const minuteMs = 60_000;
const hourMs = 3_600_000;
/** Groups that one source may have; alerts have a smaller limit of their own. */
const groupsMax = 1000;
/** Series of a history that is kept for anomalies. */
const historySeriesMax = 200;

interface Rounds {
  readonly context: EvaluatorContext;
  readonly lease: Lease;
  readonly catalog: AlertCatalog;
  readonly objectives: SloCatalog;
  readonly ledger: SloLedger;
  /** Why an objective could not be counted, by its name. */
  readonly uncounted: Map<string, string>;
  statuses: Map<string, AlertStatus>;
  epoch: number;
  countedMinute: number;
  prunedHour: number;
}

/** Counts every objective once a minute. */
async function countObjectives(rounds: Rounds): Promise<void> {
  const { context, objectives, ledger, uncounted } = rounds;
  const minute = Math.floor(context.clock.now() / minuteMs);
  if (minute === rounds.countedMinute) return;
  rounds.countedMinute = minute;
  for (const { name, spec } of await objectives.list()) {
    try {
      await ledger.count(name, spec);
      uncounted.delete(name);
    } catch (error) {
      uncounted.set(name, (error as Error).message);
      context.log.warn(`slo ${name} could not be counted`, { error: (error as Error).message });
    }
  }
}

function isDue(rounds: Rounds, definition: AlertDefinition): boolean {
  const last = rounds.statuses.get(definition.name)?.evaluatedAtMs;
  const nowMs = rounds.context.clock.now();
  // A clock that was set back must not stop the evaluation.
  return last === undefined || nowMs - last >= intervalOf(definition) || last > nowMs;
}

async function evaluateDue(
  rounds: Rounds,
  definitions: readonly AlertDefinition[],
  epoch: number,
): Promise<void> {
  const { context, lease, statuses } = rounds;
  for (const definition of definitions) {
    if (!isDue(rounds, definition)) continue;
    if ((await lease.hold()) !== epoch) return;
    const before = statuses.get(definition.name);
    const status = await evaluateAlert(context, definition, before, lease.fence(epoch));
    statuses.set(definition.name, status);
  }
  const names = new Set(definitions.map(({ name }) => name));
  for (const name of await context.book.alerts()) {
    if (names.has(name)) continue;
    await endAlert(context, name, lease.fence(epoch));
    statuses.delete(name);
  }
}

function gauges({ context, statuses }: Rounds): void {
  const failing = [...statuses.values()].filter(({ error }) => error !== "").length;
  context.metrics.gauge("morning_alerts_failing", {}, failing);
}

async function pruneHourly({ context, lease }: Rounds, epoch: number): Promise<void> {
  const { store, clock } = context;
  const statements = pruneStatements(store.dialect, clock.now());
  await store.write({ statements: [lease.fence(epoch), ...statements] });
}

async function oneRound(
  rounds: Rounds,
  telling: (definitions: readonly AlertDefinition[], epoch: number) => Promise<void>,
): Promise<boolean> {
  const { context, lease, catalog } = rounds;
  const epoch = await lease.hold();
  if (epoch === undefined) return false;
  if (epoch !== rounds.epoch) {
    rounds.statuses = new Map(await context.book.statuses());
    rounds.epoch = epoch;
  }
  try {
    await countObjectives(rounds);
    const definitions = await catalog.list();
    await evaluateDue(rounds, definitions, epoch);
    await telling(definitions, epoch);
    const hour = Math.floor(context.clock.now() / hourMs);
    if (hour !== rounds.prunedHour) await pruneHourly(rounds, epoch);
    rounds.prunedHour = hour;
    gauges(rounds);
    return true;
  } catch (error) {
    if (!isLeaseLost(error)) throw error;
    return false;
  }
}

function knowledgeOf(
  options: AlertsOptions,
  objectives: SloCatalog,
  ledger: SloLedger,
  uncounted: ReadonlyMap<string, string>,
): Knowledge {
  const { reader, groups, patterns, clock } = options;
  return {
    measurer: withHistory(readerMeasurer(reader, clock, groupsMax), historySeriesMax),
    reader,
    groups,
    patterns,
    async burn(slo, windows) {
      const { spec } = await objectives.get(slo);
      const why = uncounted.get(slo);
      if (why !== undefined) throw coreErrors.MOR_CONFLICT(`slo ${slo} is not counted: ${why}`);
      const policies = windows.map((one) => ({ ...one, severity: "page" as const }));
      return { service: spec.service, states: await ledger.burn(slo, spec, policies) };
    },
  };
}

/** Runs `work` again and again, never twice at once; the function returned ends that. */
function again(clock: Clock, log: Log, work: () => Promise<unknown>): () => Promise<void> {
  let cancel: Cancel = () => {};
  let running: Promise<void> = Promise.resolve();
  let stopped = false;
  const run = (): void => {
    running = work()
      .catch((error: unknown) => {
        log.error("a round of alerts failed", { error: (error as Error).message });
      })
      .then(() => {
        if (!stopped) cancel = clock.after(roundMs, run);
      });
  };
  run();
  return async () => {
    stopped = true;
    cancel();
    await running;
  };
}

/** Opens alerts and objectives over the state store and the telemetry store. */
export async function openAlerts(options: AlertsOptions): Promise<AlertEngine> {
  const { store, reader, clock, ids, random, log, metrics, url } = options;
  const objectives = await openSloCatalog(store, clock, options.objectives);
  const ledger = await openSloLedger(store, reader, clock);
  const catalog = await openAlertCatalog(store, clock, options.alerts, objectives);
  const book = await openAlertBook(store, clock, ids);
  const all = [consoleNotifier, ...options.notifiers];
  const notifiers = new Map(all.map((one) => [one.name, one]));
  const uncounted = new Map<string, string>();
  const knowledge = knowledgeOf(options, objectives, ledger, uncounted);
  const context = { store, clock, ids, random, log, metrics, book, knowledge, notifiers, url };
  const lease = openLease(store, clock, ids.uuid());
  const state = { statuses: new Map(), epoch: -1, countedMinute: -1, prunedHour: -1 };
  const rounds: Rounds = { context, lease, catalog, objectives, ledger, uncounted, ...state };
  const round = (): Promise<boolean> =>
    oneRound(rounds, (definitions, epoch) => tell(context, definitions, lease.fence(epoch)));
  const deliver = async (): Promise<void> => {
    if ((await lease.hold()) !== undefined) await dispatch(context);
  };
  let ends: readonly (() => Promise<void>)[] = [];
  return {
    catalog,
    book,
    objectives,
    ledger,
    knowledge,
    desk: {
      add(notifier) {
        if (notifiers.has(notifier.name)) {
          throw coreErrors.MOR_CONFLICT(`the notifier ${notifier.name} is there already`);
        }
        notifiers.set(notifier.name, notifier);
      },
    },
    notifierNames: () => [...notifiers.keys()],
    test: async (name) => tellTest(context, await catalog.get(name)),
    round,
    deliver,
    start() {
      if (ends.length === 0) ends = [again(clock, log, round), again(clock, log, deliver)];
    },
    async stop() {
      await Promise.all(ends.map((end) => end()));
      ends = [];
      await lease.release();
    },
  };
}
