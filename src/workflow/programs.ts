import { currentContext, parseTraceparent, withContext } from "../core/context.ts";
import type { Host } from "../core/host.ts";
import { validate } from "../core/schema.ts";
import { contextAt, recordFailure, spanKind } from "../core/tracing.ts";
import type { SpanForm } from "../core/tracing.ts";
import { backfillProgram } from "./asset/backfill.ts";
import { followingPartitions, isUpToDate } from "./asset/lineage.ts";
import type { Ledger } from "./asset/ledger.ts";
import { partitionIn, recordMade } from "./asset/making.ts";
import { sensorProgram } from "./asset/sensor.ts";
import type { StartRun } from "./asset/sensor.ts";
import type { Artefacts, Attempted, Program, WorkflowContext } from "./engine/program.ts";
import { isStateMachine } from "./machine/declaration.ts";
import { runDeployed } from "./machine/deployed.ts";
import type { MachineDriver } from "./machine/driver.ts";
import type { AnyWorkflow } from "./workflow.ts";

/** What programs are made with. */
export interface ProgramSurroundings {
  readonly host: Host;
  readonly service: string;
  readonly ledger: Ledger;
  /** Keeps what steps leave behind. */
  readonly files?: Artefacts;
  /** All of the app: some follow what others make. */
  readonly workflows: readonly AnyWorkflow[];
  /** What runs state machines; the journal if left out. */
  readonly machines?: MachineDriver;
  /** Starts a run of a workflow; the same id twice is one run. */
  readonly start: (declared: AnyWorkflow, id: string, input: unknown) => Promise<unknown>;
}

/** Forms of spans that a workflow keeps: a program may name its steps as it likes. */
const formsMax = 256;

/** What the spans of a step say every time. */
function formsOf(workflow: string): (kind: string, name: string) => SpanForm {
  const known = new Map<string, SpanForm>();
  return (kind, name) => {
    const title = `${kind} ${name}`;
    const form = known.get(title) ?? {
      name: title,
      kind: spanKind.internal,
      attributes: { "morning.resource": `workflow/${workflow}` },
    };
    if (known.size < formsMax) known.set(title, form);
    return form;
  };
}

/** The span of an attempt, below the one that started the run, and its figures. */
function watched(
  { host, service }: ProgramSurroundings,
  workflow: string,
): NonNullable<Program["around"]> {
  const tracer = host.tracing.tracerFor(service);
  const formOf = formsOf(workflow);
  return async ({ run, at, kind, name, attempt, trace }: Attempted, work) => {
    const parent = trace === undefined ? currentContext()?.trace : parseTraceparent(trace);
    const span = tracer.start(formOf(kind, name), parent);
    span.setAttributes({
      "morning.workflow.run": run,
      "morning.workflow.at": at,
      "morning.workflow.attempt": attempt,
    });
    const count = (outcome: string): void =>
      host.metrics.count("morning_workflow_steps_total", { workflow, kind, outcome });
    try {
      const result = await withContext(contextAt(span, undefined), work);
      count("done");
      return result;
    } catch (error) {
      recordFailure(span, error);
      count("failed");
      throw error;
    } finally {
      span.end();
    }
  };
}

/** Starts the workflows that follow what was made. */
async function startFollowers(
  context: WorkflowContext,
  declared: AnyWorkflow,
  partition: string | undefined,
  { workflows, ledger, start }: ProgramSurroundings,
): Promise<void> {
  const followers = workflows.filter(
    ({ follow, reads }) => follow && reads.some((read) => declared.writes.includes(read)),
  );
  if (followers.length === 0) return;
  await context.step("start what follows", async () => {
    for (const follower of followers) {
      const read = follower.reads.find((one) => declared.writes.includes(one));
      if (read === undefined) continue;
      for (const one of followingPartitions(follower, read, partition)) {
        if (await isUpToDate(ledger, follower, one)) continue;
        const id = [follower.name, context.run, one].filter((part) => part !== undefined);
        await start(follower, id.join("."), one === undefined ? undefined : { partition: one });
      }
    }
  });
}

/** A workflow as the engine runs it: its steps get `held`, its result is checked. */
function programOf(
  declared: AnyWorkflow,
  held: Readonly<Record<string, unknown>>,
  around: ProgramSurroundings,
): Program {
  const { name, version, timeoutMs, concurrency, output, retry, writes } = declared;
  return {
    name,
    version,
    held,
    around: watched(around, name),
    paid: ({ currency, amount }) =>
      around.host.metrics.count(
        "morning_workflow_step_cost_total",
        { workflow: name, currency },
        amount,
      ),
    tracer: around.host.tracing.tracerFor(around.service),
    log: around.host.log.with({ service: around.service }),
    ...(around.files === undefined ? {} : { artefacts: around.files }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(retry === undefined ? {} : { retry }),
    run: async (context, input) => {
      const partition = partitionIn(declared, input);
      const result = await declared.run(context, input);
      const checked =
        output === undefined ? result : await validate(output, result, `result of ${name}`);
      if (writes.length > 0) {
        await recordMade(context, around.ledger, declared, partition, checked);
        await startFollowers(context, declared, partition, around);
      }
      return checked;
    },
  };
}

/**
 * A state machine as it begins where Step Functions runs it: a version of its own, beside which
 * runs end that the journal began.
 */
function deployed(declared: AnyWorkflow, { machines }: ProgramSurroundings): AnyWorkflow[] {
  if (machines === undefined || !isStateMachine(declared)) return [];
  const version = `${declared.version}@step-functions`;
  const run: AnyWorkflow["run"] = (context, input) =>
    runDeployed(context, machines, declared, input);
  return [{ ...declared, version, run }];
}

/** All that the engine runs for a workflow: its versions, its backfills, its sensor. */
export function programsOf(
  declared: AnyWorkflow,
  held: Readonly<Record<string, unknown>>,
  around: ProgramSurroundings,
): readonly Program[] {
  const start: StartRun = (id, input) => around.start(declared, id, input);
  const beside = [
    backfillProgram(declared, around.ledger),
    sensorProgram(declared, held, start),
  ].filter((program) => program !== undefined);
  const versions = [...declared.previous, declared, ...deployed(declared, around)];
  return [...versions.map((version) => programOf(version, held, around)), ...beside];
}
