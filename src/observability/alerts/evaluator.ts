import type { Clock } from "../../core/clock.ts";
import { coreErrors } from "../../core/errors.ts";
import type { Ids } from "../../core/ids.ts";
import type { Log } from "../../core/log.ts";
import type { Metrics } from "../../core/metrics.ts";
import type { Statement, Store } from "../../core/store.ts";
import type { AlertBook, AlertStatus } from "./book.ts";
import type { AlertDefinition } from "./catalog.ts";
import { capped, evaluateCondition } from "./evaluate.ts";
import type { Evaluation, Knowledge } from "./evaluate.ts";
import { because } from "./reason.ts";
import { stepAlert } from "./state.ts";
import type { Instance, Stepped, Transition } from "./state.ts";
import { statusStatement, steppedStatements } from "./writing.ts";

/** What evaluating needs. */
export interface EvaluatorContext {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly book: AlertBook;
  readonly knowledge: Knowledge;
}

/** Longest evaluation of one alert, milliseconds. */
const evaluationMs = 30_000;

/** How often an alert is evaluated: an anomaly not more often than it has a new value. */
export function intervalOf({ spec }: AlertDefinition): number {
  const { condition, everyMs } = spec;
  return condition.type === "anomaly" ? Math.max(everyMs, condition.stepMs) : everyMs;
}

async function within<T>(clock: Clock, ms: number, work: Promise<T>): Promise<T> {
  let cancel = (): void => {};
  const late = new Promise<never>((_, reject) => {
    const error = coreErrors.MOR_TIMEOUT(`the evaluation took over ${ms / 1000} s`);
    cancel = clock.after(ms, () => reject(error));
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    cancel();
  }
}

function logged({ log, metrics }: EvaluatorContext, stepped: readonly Stepped[]): void {
  for (const { instance, transitions } of stepped) {
    for (const { to, value, note } of transitions) {
      const { alert, labels } = instance;
      metrics.count("morning_alert_transitions_total", { alert, to });
      log.info(`alert ${alert} is ${to}`, { alert, labels, value, note });
    }
  }
}

/**
 * Evaluates one alert and writes what follows from it, all of it or nothing.
 * @returns how it went, as it is written
 * @throws MOR_ALERT_LEASE when another process evaluates now
 */
export async function evaluateAlert(
  context: EvaluatorContext,
  { name, spec }: AlertDefinition,
  before: AlertStatus | undefined,
  fence: Statement,
): Promise<AlertStatus> {
  const { store, clock, ids, metrics, book, knowledge } = context;
  const nowMs = clock.now();
  const started = clock.monotonic();
  let evaluation: Evaluation | undefined;
  let error = "";
  try {
    const asked = evaluateCondition(spec.condition, knowledge, nowMs - spec.delayMs);
    evaluation = capped(await within(clock, evaluationMs, asked), spec.instancesMax);
  } catch (cause) {
    error = (cause as Error).message.slice(0, 1000) || "unknown";
  }
  const errorSinceMs = error === "" ? null : (before?.errorSinceMs ?? nowMs);
  const status: AlertStatus = {
    alert: name,
    evaluatedAtMs: nowMs,
    tookMs: clock.monotonic() - started,
    leftOut: evaluation?.leftOut ?? before?.leftOut ?? 0,
    error,
    errorSinceMs,
  };
  metrics.count("morning_alert_evaluations_total", { result: error === "" ? "ok" : "error" });
  const stepContext = { spec, nowMs, newId: () => ids.uuid() };
  // An evaluation that failed knows nothing: every instance stays what it is.
  const stepped =
    evaluation === undefined
      ? []
      : stepAlert(name, await book.instances(name), evaluation.findings, stepContext);
  const { dialect } = store;
  await store.write({
    statements: [
      fence,
      ...steppedStatements(dialect, ids, stepped, nowMs),
      statusStatement(dialect, status),
    ],
  });
  logged(context, stepped);
  if (error !== "") context.log.warn(`alert ${name} cannot be evaluated`, { alert: name, error });
  return status;
}

/** Ends the instances of an alert that is no more. */
export async function endAlert(
  { store, clock, ids, book }: EvaluatorContext,
  name: string,
  fence: Statement,
): Promise<void> {
  const nowMs = clock.now();
  const stepped = (await book.instances(name)).map((instance: Instance): Stepped => {
    const { firingId, state, value } = instance;
    const why = because({ said: "deleted" });
    const over: Transition = { atMs: nowMs, to: "resolved", firingId, value, ...why };
    // What was never seen is forgotten with this write.
    const ended = { ...instance, state: "inactive" as const, firingId: "", seenAtMs: 0 };
    return { instance: ended, transitions: state === "firing" ? [over] : [] };
  });
  const sql = store.dialect === "sqlite" ? "?" : "$1";
  const forget = { sql: `delete from alert_status where alert = ${sql}`, params: [name] };
  await store.write({
    statements: [fence, ...steppedStatements(store.dialect, ids, stepped, nowMs), forget],
  });
}
