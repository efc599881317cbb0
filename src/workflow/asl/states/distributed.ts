import type { Json } from "../../../core/json.ts";
import { ended, StateFailure } from "../failure.ts";
import { numberField } from "../numbers.ts";
import type { Child, Frame } from "../run.ts";
import { blocked } from "../turns.ts";
import { own } from "../values.ts";
import { readItems } from "./item-reader.ts";
import { batched } from "./items.ts";
import { writeResults } from "./result-writer.ts";
import type { Written } from "./result-writer.ts";
import { selected } from "./selection.ts";

/** Executions that a distributed Map runs at once at most: AWS's limit. */
const childrenMax = 10_000;

/** How many failures a Map bears. */
interface Tolerance {
  readonly count?: number;
  readonly percentage?: number;
}

/** Whether so many failures are more than the Map bears; none are without a tolerance. */
function isExceeded({ count, percentage }: Tolerance, failures: number, items: number): boolean {
  if (failures === 0) return false;
  if (count === undefined && percentage === undefined) return true;
  const byCount = count !== undefined && failures > count;
  return byCount || (percentage !== undefined && (failures / items) * 100 > percentage);
}

/** A Map's own run: its children, as they end. */
interface MapRun {
  readonly frame: Frame;
  readonly inputs: readonly Json[];
  readonly tolerance: Tolerance;
  readonly children: Child[];
  readonly over: AbortController;
  begun: number;
  failures: number;
}

async function worker(map: MapRun, signal: AbortSignal): Promise<void> {
  const { frame, inputs } = map;
  while (map.begun < inputs.length && !signal.aborted) {
    const index = map.begun++;
    const child = await frame.run.runChild(frame, inputs[index] ?? null, signal);
    if (signal.aborted) return;
    map.children[index] = child;
    if (child.status !== "SUCCEEDED") map.failures++;
    if (isExceeded(map.tolerance, map.failures, inputs.length)) map.over.abort(ended);
  }
}

async function runChildren(map: MapRun, concurrency: number): Promise<void> {
  const signal = AbortSignal.any([map.frame.strand.signal, map.over.signal]);
  const workers = Math.min(concurrency, map.inputs.length);
  await Promise.all(Array.from({ length: workers }, () => worker(map, signal)));
}

async function toleranceOf(frame: Frame, effective: Json): Promise<Tolerance> {
  const count = await numberField(frame, "ToleratedFailureCount", effective);
  const percentage = await numberField(frame, "ToleratedFailurePercentage", effective);
  return {
    ...(count === undefined ? {} : { count }),
    ...(percentage === undefined ? {} : { percentage }),
  };
}

function mapRunArn({ run, state }: Frame, id: string): string {
  const { region, accountId, machineName } = run.identity;
  const label = own(state.fields, "Label");
  const name = typeof label === "string" ? label : state.name.replaceAll(/[^\w-]/g, "");
  return `arn:aws:states:${region}:${accountId}:mapRun:${machineName}/${name}:${id}`;
}

/** The event that tells how the Map's run failed, and the failure that the state has. */
function failedRun(frame: Frame, failure: { error: string; cause: string }): StateFailure {
  frame.run.history.add(frame.strand, "MapRunFailed", ["mapRunFailed", failure]);
  return new StateFailure(failure);
}

async function inputsOf(
  frame: Frame,
  given: readonly Json[] | undefined,
  effective: Json,
): Promise<readonly Json[]> {
  const items = given ?? (await readItems(frame, effective));
  const chosen: Json[] = [];
  for (const [index, value] of items.entries()) {
    chosen.push(await selected(frame, effective, { index, value }));
  }
  return batched(frame, chosen, effective);
}

async function outcome(map: MapRun, arn: string, effective: Json): Promise<Json> {
  const { frame, children } = map;
  const writer = own(frame.state.fields, "ResultWriter");
  if (isExceeded(map.tolerance, map.failures, map.inputs.length)) {
    throw failedRun(frame, {
      error: "States.ExceedToleratedFailureThreshold",
      cause: "The specified tolerated failure threshold was exceeded",
    });
  }
  const written: Written =
    writer === undefined
      ? { output: children.flatMap((child) => (child.output === undefined ? [] : [child.output])) }
      : await writeResults(frame, writer, arn, map.inputs, children, effective);
  if ("failed" in written) {
    throw failedRun(frame, { error: "States.ResultWriterFailed", cause: written.failed });
  }
  return written.output;
}

/**
 * A distributed Map: an execution of its own for every item or batch. Its children write no events
 * here. The caller holds the turn and has written that the Map started.
 */
export async function runDistributed(
  frame: Frame,
  given: readonly Json[] | undefined,
  effective: Json,
): Promise<Json> {
  const { run, strand } = frame;
  const tolerance = await toleranceOf(frame, effective);
  const bound = (await numberField(frame, "MaxConcurrency", effective)) ?? 0;
  const arn = mapRunArn(frame, run.host.uuid());
  run.history.add(strand, "MapRunStarted", ["mapRunStarted", { mapRunArn: arn }]);
  let inputs: readonly Json[];
  try {
    inputs = await inputsOf(frame, given, effective);
  } catch (error) {
    if (!(error instanceof StateFailure) || error.failure.error !== "States.ItemReaderFailed") {
      throw error;
    }
    const { cause = "" } = error.failure;
    throw failedRun(frame, { error: "States.ItemReaderFailed", cause });
  }
  const over = new AbortController();
  const map: MapRun = { frame, inputs, tolerance, children: [], over, begun: 0, failures: 0 };
  const concurrency = bound === 0 ? childrenMax : Math.min(bound, childrenMax);
  await blocked(run.turns, strand.signal, () => runChildren(map, concurrency));
  const result = await outcome(map, arn, effective);
  run.history.add(strand, "MapRunSucceeded");
  run.history.addBeside(strand.previous, "MapStateSucceeded");
  return result;
}
