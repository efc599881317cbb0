import { MorningError } from "../../core/errors.ts";
import { parsePattern } from "../../messaging/event/pattern/index.ts";
import { workflowErrors } from "./errors.ts";
import { encodeError } from "./failure.ts";
import { nextBeatMs } from "./beats.ts";
import type { Beats } from "./beats.ts";
import type { Life } from "./life.ts";
import { assertId, assertName } from "./limits.ts";
import { opened } from "./rows.ts";
import type { Entry, EntryKind } from "./rows.ts";
import { encodeValue, resultOf } from "./value.ts";

/** How long a wait may last. */
export interface WaitOptions {
  readonly timeoutMs?: number;
}

/** Waits until a time has come. */
export async function sleepUntil(life: Life, at: string, dueAtMs: () => number): Promise<void> {
  const known = await life.ask(at, "sleep", "sleep");
  if (known !== undefined && known.place > 0) return;
  const { clock } = life.around;
  let entry = known;
  if (entry === undefined) {
    entry = { ...opened(at, "sleep", "sleep", clock.now()), dueAtMs: dueAtMs() };
    await life.open(entry);
  }
  await life.wait(at, entry.dueAtMs);
  await life.settle({ ...entry, status: "done", endedAtMs: clock.now() });
}

/** An entry that waits. */
function waiting(
  life: Life,
  at: string,
  kind: EntryKind,
  name: string,
  { timeoutMs }: WaitOptions,
): Entry {
  assertName(name);
  const startedAtMs = life.around.clock.now();
  const due = timeoutMs === undefined ? {} : { dueAtMs: startedAtMs + timeoutMs };
  return { ...opened(at, kind, name, startedAtMs), ...due };
}

/** Waits for a signal, and gives its value. */
export async function signal(
  life: Life,
  at: string,
  name: string,
  options: WaitOptions,
): Promise<string> {
  const known = await life.ask(at, "signal", name);
  if (known !== undefined && known.place > 0) return resultOf(known);
  if (known !== undefined) return answered(life, known);
  const entry = waiting(life, at, "signal", name, options);
  const { journal, clock } = life.around;
  const value = await life.during(() => journal.openSignal(life.lease, entry));
  if (value === undefined) return answered(life, entry);
  return answered(life, { ...entry, status: "done", value, endedAtMs: clock.now() });
}

/** Waits for an event, one that came since the run began too, and gives its envelope. */
export async function event(
  life: Life,
  at: string,
  name: string,
  { pattern, ...options }: WaitOptions & { readonly pattern?: unknown },
): Promise<string> {
  const known = await life.ask(at, "event", name);
  if (known !== undefined && known.place > 0) return resultOf(known);
  if (pattern !== undefined) parsePattern(pattern);
  const value = pattern === undefined ? "" : JSON.stringify(pattern);
  const entry = known ?? { ...waiting(life, at, "event", name, options), value };
  if (known === undefined) await life.open(entry);
  const { deliveries } = life.around;
  // Again after a restart: the process may have died between the two.
  if (entry.status === "open") {
    await life.during(() => deliveries.catchUp(life.run.id, entry, life.run.beginAtMs));
  }
  return answered(life, entry);
}

/** How long the answer to a callback may take, and what it is about. */
export interface CallbackOptions extends WaitOptions {
  /** How long whoever has the token may be silent. */
  readonly heartbeatMs?: number;
  readonly about?: unknown;
}

/** How a callback is watched, if it is. */
function beatsOf(
  { startedAtMs }: Entry,
  { heartbeatMs, timeoutMs = Infinity }: CallbackOptions,
): Beats | undefined {
  if (heartbeatMs === undefined) return undefined;
  return { heartbeatMs, untilMs: Math.min(startedAtMs + timeoutMs, Number.MAX_SAFE_INTEGER) };
}

/** Waits for the answer to a token that `submit` hands over; its value says what it is about. */
export async function callback(
  life: Life,
  at: string,
  name: string,
  submit: (token: string) => Promise<void>,
  options: CallbackOptions,
): Promise<string> {
  let entry = life.peek(at, "callback", name);
  if (entry === undefined) {
    await life.ask(at, "callback", name);
    const value = encodeValue(options.about, `what ${name} is about`);
    const token = life.around.ids.hex(32);
    entry = { ...waiting(life, at, "callback", name, options), value, token };
    const watched = beatsOf(entry, options);
    if (watched !== undefined) {
      entry = { ...entry, dueAtMs: nextBeatMs(watched, entry.startedAtMs) };
    }
    await life.open(entry);
  }
  const { id: run } = life.run;
  const beats = beatsOf(entry, options);
  // Again after a restart: the process may have died between the two.
  if (beats !== undefined && entry.status === "open") {
    await life.during(() => life.around.deliveries.watch(run, at, beats));
  }
  await submit(entry.token ?? "");
  // It may have been answered while it was handed over: the answer's turn is after that step's.
  const known = (await life.ask(at, "callback", name)) ?? entry;
  return known.place > 0 ? resultOf(known) : answered(life, known, beats);
}

/** A child as its parent asks for it. */
export interface ChildCall {
  readonly workflow: string;
  readonly input: unknown;
  readonly id: string | undefined;
  /** Hears of its beginning. */
  readonly begins: (begun: Promise<unknown>) => void;
}

/** Runs another workflow, and gives its result. */
export async function child(
  life: Life,
  at: string,
  { workflow, input, id, begins }: ChildCall,
): Promise<string> {
  assertName(workflow);
  const known = await life.ask(at, "child", workflow);
  if (known !== undefined && known.place > 0) return resultOf(known);
  const { clock } = life.around;
  const value = known?.value ?? id ?? `${life.run.id}.${at}`;
  const entry = known ?? { ...opened(at, "child", workflow, clock.now()), value };
  if (entry.status !== "open") return answered(life, entry);
  const text = encodeValue(input, `the input of workflow ${workflow}`);
  assertId(value);
  const begin = async (): Promise<unknown> => {
    if (known === undefined) await life.open(entry);
    return life.during(() => begun(life, entry, text));
  };
  const beginning = begin();
  begins(beginning);
  const refusal = await beginning;
  if (refusal === undefined) return answered(life, entry);
  const ended = { error: encodeError(refusal), endedAtMs: clock.now() };
  await life.settle({ ...entry, status: "failed", ...ended });
  throw refusal;
}

/** Begins the child of an entry. @returns why it cannot, if the id is somebody else's */
async function begun(life: Life, { at, name, value }: Entry, input: string): Promise<unknown> {
  const parent = { run: life.run.id, at };
  try {
    await life.around.begin(
      { id: value, workflow: name, input, parent, trace: life.run.trace },
      life.lease,
    );
    return undefined;
  } catch (error) {
    if (MorningError.is(error, "MOR_WORKFLOW_ID")) return error;
    throw error;
  }
}

/** When the time of a wait is over, a heartbeat may have given it more. */
async function moreTime(life: Life, entry: Entry): Promise<Entry | undefined> {
  const dueAtMs = await life.during(() => life.around.deliveries.dueOf(life.run.id, entry.at));
  return dueAtMs === undefined || dueAtMs <= life.around.clock.now()
    ? undefined
    : { ...entry, dueAtMs };
}

function tooLate(life: Life, { kind, name, dueAtMs }: Entry, beats: Beats | undefined): Error {
  const what = `run ${life.run.id}: ${kind} ${name}`;
  return beats !== undefined && dueAtMs !== undefined && dueAtMs < beats.untilMs
    ? workflowErrors.MOR_WORKFLOW_HEARTBEAT(`${what} had no heartbeat in time`)
    : workflowErrors.MOR_WORKFLOW_WAIT_TIMEOUT(`${what} did not come in time`);
}

/**
 * What answers an open entry.
 * @param beats how it is watched, if it is
 * @throws MOR_WORKFLOW_WAIT_TIMEOUT, MOR_WORKFLOW_HEARTBEAT
 */
async function answered(life: Life, begun: Entry, beats?: Beats): Promise<string> {
  for (let entry = begun; ;) {
    const found = entry.status === "open" ? await life.wait(entry.at, entry.dueAtMs) : entry;
    if (found !== undefined) {
      await life.see(found);
      return resultOf(found);
    }
    const longer = beats === undefined ? undefined : await moreTime(life, entry);
    if (longer !== undefined) {
      entry = longer;
      continue;
    }
    const late = tooLate(life, entry, beats);
    const instead = await life.expire(entry, late);
    if (instead === undefined) throw late;
    await life.see(instead);
    return resultOf(instead);
  }
}
