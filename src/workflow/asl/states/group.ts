import type { Json } from "../../../core/json.ts";
import { Aborted, ended, StateFailure } from "../failure.ts";
import type { Frame, OpenGroup, Strand } from "../run.ts";
import { blocked } from "../turns.ts";

/** What a Map or Parallel does in common: members that run at the same time. */
export interface Plan {
  readonly count: number;
  readonly concurrencyMax: number;
  /** The Map's name, for the events of its iterations; a Parallel's branches have none. */
  readonly mapName?: string;
  /** Makes the strand of a member, which follows the event `after`. */
  strand(index: number, after: number, signal: AbortSignal): Strand;
  /** Runs a member; the caller holds the turn. */
  run(strand: Strand, index: number): Promise<Json>;
}

/** What became of the members. */
export interface Outcome {
  readonly outputs: readonly Json[];
  /** The event that the group's end follows. */
  readonly last: number;
  /** The event that what comes after the group follows. */
  readonly after: number;
}

const abortable = new Set(["Task", "Wait", "Map", "Parallel"]);

/** Writes that a strand's state was aborted, and what ran within it. */
function abortOpen(frame: Frame, strand: Strand, after: number): void {
  const { open } = strand;
  if (open === undefined || !abortable.has(open.type)) return;
  frame.run.history.addBeside(after, `${open.type}StateAborted`);
  if (open.group !== undefined) abortMembers(frame, open.group, after);
}

function abortMembers(frame: Frame, group: OpenGroup, after: number): void {
  for (const [index, member] of group.members) {
    iterationEvent(frame, group, "Aborted", index, after);
    abortOpen(frame, member, after);
  }
}

function iterationEvent(
  frame: Frame,
  { mapName }: OpenGroup,
  what: "Started" | "Succeeded" | "Failed" | "Aborted",
  index: number,
  after: number,
): number {
  if (mapName === undefined) return after;
  return frame.run.history.addBeside(after, `MapIteration${what}`, [
    `mapIteration${what}`,
    { index, name: mapName },
  ]);
}

/** The running group: what is left to begin, what has ended, and how the whole ends. */
interface Running {
  readonly frame: Frame;
  readonly plan: Plan;
  readonly group: OpenGroup;
  readonly outputs: Json[];
  readonly over: AbortController;
  readonly signal: AbortSignal;
  begun: number;
  ended: number;
  last: number;
  after: number;
  readonly settle: { done(): void; fail(error: unknown): void };
}

function failMember(running: Running, index: number, member: Strand, error: unknown): void {
  const { frame, group } = running;
  const isPlain = error instanceof StateFailure && error.failure.fatal !== true;
  running.over.abort(ended);
  running.settle.fail(error);
  if (!isPlain) return;
  const after = member.previous;
  running.after = after;
  iterationEvent(frame, group, "Failed", index, after);
  // A task that timed out still runs, in AWS's eyes; one that failed does not.
  if (member.open?.isTimedOut === true) abortOpen(frame, member, after);
  group.members.delete(index);
  abortMembers(frame, group, after);
}

function endMember(running: Running, index: number, member: Strand, output: Json): void {
  const { frame, plan, group } = running;
  running.outputs[index] = output;
  running.ended++;
  group.members.delete(index);
  running.last = iterationEvent(frame, group, "Succeeded", index, member.previous);
  running.after = running.last;
  if (running.begun < plan.count) begin(running, member.previous);
  else if (running.ended === plan.count) running.settle.done();
}

async function live(running: Running, index: number, member: Strand): Promise<void> {
  const { turns } = running.frame.run;
  await turns.take();
  try {
    if (running.signal.aborted) return;
    const output = await running.plan.run(member, index);
    endMember(running, index, member, output);
  } catch (error) {
    if (running.signal.aborted || error instanceof Aborted) return;
    try {
      failMember(running, index, member, error);
    } catch (limit) {
      running.settle.fail(limit);
    }
  } finally {
    turns.give();
  }
}

/** Begins the next member behind the event `after`. */
function begin(running: Running, after: number): void {
  const index = running.begun++;
  const from = iterationEvent(running.frame, running.group, "Started", index, after);
  const member = running.plan.strand(index, from, running.signal);
  running.group.members.set(index, member);
  void live(running, index, member);
}

/**
 * Runs the members of a group and waits for all; the first that fails ends the others. The caller
 * holds the turn.
 */
export async function runGroup(frame: Frame, plan: Plan): Promise<Outcome> {
  const started = frame.strand.previous;
  if (plan.count === 0) return { outputs: [], last: started, after: started };
  const over = new AbortController();
  const group: OpenGroup = {
    members: new Map(),
    ...(plan.mapName === undefined ? {} : { mapName: plan.mapName }),
  };
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const running: Running = {
    frame,
    plan,
    group,
    outputs: [],
    over,
    signal: AbortSignal.any([frame.strand.signal, over.signal]),
    begun: 0,
    ended: 0,
    last: started,
    after: started,
    settle: { done: resolve, fail: reject },
  };
  promise.catch(() => {});
  frame.open.group = group;
  try {
    while (running.begun < Math.min(plan.count, plan.concurrencyMax)) begin(running, started);
    await blocked(frame.run.turns, frame.strand.signal, () => promise);
    return { outputs: running.outputs, last: running.last, after: running.after };
  } finally {
    over.abort(ended);
    delete frame.open.group;
    frame.strand.previous = running.after;
  }
}
