import { backoffMs } from "../../core/retry.ts";
import { MorningError } from "../../core/errors.ts";
import { attempted } from "./attempted.ts";
import type { Made, Step } from "./attempted.ts";
import { workflowErrors } from "./errors.ts";
import { withCost } from "./costs.ts";
import { decodeError, encodeError, messageOf } from "./failure.ts";
import type { Life } from "./life.ts";
import { assertName } from "./limits.ts";
import type { StepOptions } from "./program.ts";
import { isUndo, opened } from "./rows.ts";
import type { Entry } from "./rows.ts";
import { withFailed } from "./tries.ts";
import { encodeValue, resultOf } from "./value.ts";

/** Deaths of its process in a step; more than attempts, for it is seldom the step's own fault. */
const deathsUsual = 10;
const retryUsual = { attemptsMax: 3, baseMs: 1000, delayMsMax: 60_000, jitter: "full" } as const;

/** Does a step once, and gives what the journal has of its result. @throws what it failed with */
export async function perform(life: Life, given: Step): Promise<string> {
  const step = withRetry(life, given);
  const { at, kind, name, options } = step;
  assertName(name);
  const known = await life.ask(at, kind, name);
  if (known !== undefined && known.place > 0) return resultOf(known);
  const entry = known ?? opened(at, kind, name, life.around.clock.now());
  if (options.cache === undefined) return resultOf(await attempts(life, step, entry));
  const key = cacheKey(life, name, options.cache);
  const cached = await fromCache(life, entry, key);
  return resultOf(cached ?? (await attempts(life, keeping(life, step, key), entry)));
}

/** A step with what its workflow says of retries, where it says nothing itself. */
function withRetry(life: Life, step: Step): Step {
  const { retry } = life.around.program;
  if (retry === undefined) return step;
  return { ...step, options: { ...step.options, retry: { ...retry, ...step.options.retry } } };
}

function cacheKey(life: Life, name: string, { key }: { readonly key?: unknown }): string {
  const { workflow, input } = life.run;
  const text =
    key === undefined ? `input ${input}` : `key ${encodeValue(key, `the key of ${name}`)}`;
  return life.around.cache.keyOf(workflow, name, text);
}

async function fromCache(life: Life, entry: Entry, key: string): Promise<Entry | undefined> {
  const value = await life.during(() => life.around.cache.find(key));
  if (value === undefined) return undefined;
  const ended = { ...entry, status: "done", value, endedAtMs: life.around.clock.now() } as const;
  await life.settle(ended);
  return ended;
}

/** The same step; its result is kept for other runs. */
function keeping(life: Life, step: Step, key: string): Step {
  const { cache } = life.around;
  const ttlMs = step.options.cache?.ttlMs;
  return {
    ...step,
    work: async (call) => {
      const { value } = await step.work(call);
      return { value, beside: { statements: [cache.keep(key, value, ttlMs)] } };
    },
  };
}

/** Tries until the step ends, well or badly. */
async function attempts(life: Life, step: Step, begun: Entry): Promise<Entry> {
  const { options } = step;
  const { attemptsMax = retryUsual.attemptsMax } = options.retry ?? {};
  const { deathsMax = attemptsMax === 1 ? 1 : deathsUsual } = options.retry ?? {};
  let entry = await afterDeath(life, begun);
  if (entry.deaths >= deathsMax) return giveUp(life, entry, processDied());
  for (;;) {
    if (entry.dueAtMs !== undefined) await life.wait(entry.at, entry.dueAtMs);
    entry = { ...entry, dueAtMs: undefined, attempt: entry.attempt + 1 };
    const begunAtMs = life.around.clock.now();
    const { made, progress, costs, error } = await life.during(() => attempted(life, step, entry));
    if (!life.goesOn(entry.at)) return await new Promise<never>(() => {});
    entry = { ...entry, progress, costs: costs.reduce(withCost, entry.costs) };
    const refused = made === undefined ? { error } : await settled(life, entry, made);
    if ("ended" in refused) return refused.ended;
    entry = withFailed(entry, refused.error, begunAtMs, life.around.clock.now());
    if (life.stopped !== undefined && !isUndo(entry.at)) throw life.stopped;
    const failures = entry.attempt - entry.deaths;
    if (failures >= attemptsMax || !isRetryable(refused.error, options)) {
      return giveUp(life, entry, refused.error);
    }
    const dueAtMs = life.around.clock.now() + delayMs(life, failures, options);
    entry = { ...entry, error: encodeError(refused.error), dueAtMs };
    await life.open(entry);
  }
}

const died = "its process died";
const processDied = (): Error => new Error(died);

/** Counts the attempt in which the run's last process died, if it did: before the next one. */
async function afterDeath(life: Life, entry: Entry): Promise<Entry> {
  const waits = entry.dueAtMs !== undefined && entry.dueAtMs > life.around.clock.now();
  if (!life.diedHere || waits) return entry;
  const since = entry.dueAtMs ?? entry.failures.at(-1)?.endedAtMs ?? entry.startedAtMs;
  const { attempt, deaths } = entry;
  const next = { ...entry, attempt: attempt + 1, deaths: deaths + 1, dueAtMs: undefined };
  const counted = withFailed(next, processDied(), since, life.around.clock.now());
  await life.open(counted);
  return counted;
}

/** Makes a result durable. @returns why that was refused, if it was */
async function settled(
  life: Life,
  entry: Entry,
  { value, beside, told }: Made,
): Promise<{ readonly ended: Entry } | { readonly error: unknown }> {
  const endedAtMs = life.around.clock.now();
  const ended = { ...entry, status: "done", value, error: undefined, endedAtMs } as const;
  if (told === undefined) {
    await life.settle(ended, beside);
    return { ended };
  }
  try {
    await life.settleIf(ended, beside ?? { statements: [] });
    told();
    return { ended };
  } catch (error) {
    told(error);
    return { error };
  }
}

/** Whether trying again can help. */
function isRetryable(error: unknown, { nonRetryable = [] }: Step["options"]): boolean {
  if (typeof nonRetryable === "function") return !nonRetryable(error);
  const { name, code } = (error ?? {}) as { readonly name?: unknown; readonly code?: unknown };
  return ![name, code].some((one) => typeof one === "string" && nonRetryable.includes(one));
}

function delayMs(life: Life, attempt: number, { retry = {} }: Pick<StepOptions, "retry">): number {
  const { jitter, baseMs, delayMsMax } = { ...retryUsual, ...retry };
  const { random } = life.around;
  const draws = jitter === "full" ? random : { ...random, next: () => 1 };
  return backoffMs(attempt, { baseMs, delayMsMax }, draws);
}

/** Whether a step failed because its last attempt was cut off: what that did is not known. */
export function isCutOff(error: unknown): boolean {
  if (!MorningError.is(error, "MOR_WORKFLOW_STEP_FAILED")) return false;
  const cause = decodeError(JSON.stringify(error.details["cause"]));
  if (MorningError.is(cause, "MOR_WORKFLOW_STEP_TIMEOUT")) return true;
  return MorningError.is(cause, "MOR_WORKFLOW_HEARTBEAT") || cause.message === died;
}

async function giveUp(life: Life, entry: Entry, error: unknown): Promise<Entry> {
  const { name, attempt } = entry;
  const cause = JSON.parse(encodeError(error)) as unknown;
  const failure = workflowErrors.MOR_WORKFLOW_STEP_FAILED(
    `step ${name} of run ${life.run.id} failed: ${messageOf(error)}`,
    { details: { step: name, attempts: attempt, cause } },
  );
  const endedAtMs = life.around.clock.now();
  const kept = { error: encodeError(failure), dueAtMs: undefined, endedAtMs };
  const ended = { ...entry, status: "failed", ...kept } as const;
  await life.settle(ended);
  return ended;
}
