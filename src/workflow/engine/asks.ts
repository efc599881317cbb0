import type { Clock } from "../../core/clock.ts";
import { runProgram } from "./context.ts";
import { workflowErrors } from "./errors.ts";
import { Life } from "./life.ts";
import type { Entry, RunRow } from "./rows.ts";
import type { Surroundings } from "./surroundings.ts";
import { decodeValue, encodeValue } from "./value.ts";

/** Longest time of a replay for a question, milliseconds. */
const replayMsMax = 10_000;

/** What a run in memory answers to a name. @throws MOR_WORKFLOW_QUERY */
export function answer(life: Life, name: string): unknown {
  const { id } = life.run;
  const given = life.queries.get(name);
  if (given === undefined) {
    const known = [...life.queries.keys()].join(", ") || "nothing";
    throw workflowErrors.MOR_WORKFLOW_QUERY(`run ${id} does not answer ${name}, but ${known}`);
  }
  return decodeValue(encodeValue(given(), `the answer of run ${id} to ${name}`));
}

/**
 * The run that can be asked: the one in memory, if it has passed what it recorded; else a replay of
 * its journal that goes no further and writes nothing.
 * @throws MOR_WORKFLOW_QUERY where nobody here can replay it
 */
export async function asked(
  life: Life | undefined,
  replay: {
    readonly run: RunRow;
    readonly entries: () => Promise<readonly Entry[]>;
    readonly around: Surroundings | undefined;
  },
): Promise<Life> {
  if (life !== undefined && !life.replays) return life;
  const { run, entries, around } = replay;
  if (around === undefined) {
    throw workflowErrors.MOR_WORKFLOW_QUERY(
      `nobody here can replay version ${run.version} of workflow ${run.workflow}`,
    );
  }
  const reads = { ...around, reads: true } as const;
  const shade = new Life({ ...run, cancel: false }, "", await entries(), reads);
  await until(shade, reads.clock);
  return shade;
}

/** Replays a run as far as it recorded. @throws MOR_WORKFLOW_NOT_DETERMINISTIC */
async function until(life: Life, clock: Clock): Promise<void> {
  const late = workflowErrors.MOR_WORKFLOW_QUERY(
    `run ${life.run.id} was not replayed within ${replayMsMax} ms`,
  );
  const cancel = clock.after(replayMsMax, () => life.drop(late));
  const outcome = await life.live(() => runProgram(life));
  cancel();
  if (outcome.how === "lost") throw outcome.error;
}
