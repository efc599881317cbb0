import type * as Sdk from "@aws-sdk/client-scheduler";
import type { GetScheduleOutput, SchedulerClient } from "@aws-sdk/client-scheduler";
import { queueing } from "../../../core/capabilities/queueing.ts";
import { coreErrors } from "../../../core/errors.ts";
import type { DriverModule, Host } from "../../../core/host.ts";
import { awsEngine } from "../../../engines/aws/client.ts";
import type { ScheduleDriver, ScheduleSpec, ScheduleState } from "../driver.ts";
import { nextAfter } from "../occurrences.ts";
import { runMessage } from "../run.ts";

type Loaded = typeof Sdk;

interface Scheduler {
  readonly sdk: Loaded;
  readonly client: SchedulerClient;
}

function openClient(host: Host, options: Readonly<Record<string, unknown>>): Promise<Scheduler> {
  return awsEngine(host, "@aws-sdk/client-scheduler", options, async (settings) => {
    const sdk = await import("@aws-sdk/client-scheduler");
    return { sdk, client: new sdk.SchedulerClient(settings) };
  });
}

/** Opens EventBridge Scheduler; its schedules exist already, made by `infra.ts`. */
export async function openSchedules(
  host: Host,
  options: Readonly<Record<string, unknown>>,
): Promise<ScheduleDriver> {
  const { sdk, client } = await openClient(host, options);
  const queues = host.need(queueing);
  const specs = new Map<string, ScheduleSpec>();
  const find = (name: string): ScheduleSpec => {
    const spec = specs.get(name);
    if (spec === undefined) throw coreErrors.MOR_NOT_FOUND(`there is no schedule ${name}`);
    return spec;
  };
  const read = async (name: string): Promise<GetScheduleOutput> => {
    const physical = host.physicalName("schedule", find(name).name);
    try {
      return await client.send(new sdk.GetScheduleCommand({ Name: physical }));
    } catch (cause) {
      if ((cause as Error).name !== "ResourceNotFoundException") throw cause;
      throw coreErrors.MOR_NOT_FOUND(`EventBridge Scheduler has no schedule ${physical}`, {
        cause,
        fix: "Deploy the infrastructure of this environment first.",
      });
    }
  };
  const setState = async (name: string, state: "ENABLED" | "DISABLED"): Promise<void> => {
    const found = await read(name);
    const { Name, ScheduleExpression, FlexibleTimeWindow, Target } = found;
    if (Target === undefined) throw coreErrors.MOR_NOT_FOUND(`schedule ${name} has no target`);
    const { ScheduleExpressionTimezone, StartDate, EndDate, Description } = found;
    // An update replaces the whole: what is left out is lost.
    const kept = { ScheduleExpressionTimezone, StartDate, EndDate, Description };
    const whole = { Name, ScheduleExpression, FlexibleTimeWindow, Target, ...kept, State: state };
    await client.send(new sdk.UpdateScheduleCommand(whole));
  };
  return {
    features: { precisionMs: 60_000, state: false, missedRuns: false },
    async declare(declared) {
      specs.clear();
      for (const spec of declared) specs.set(spec.name, spec);
    },
    start: () => Promise.resolve(),
    async state(name): Promise<ScheduleState> {
      const paused = (await read(name)).State === "DISABLED";
      const nextAtMs = nextAfter(find(name).expression, host.clock.now());
      return { name, paused, ...(paused || nextAtMs === undefined ? {} : { nextAtMs }) };
    },
    async run(name) {
      const scheduledAtMs = host.clock.now();
      const run = runMessage({ schedule: name, scheduledAtMs, manual: true });
      await queues.send(find(name).queue, [run]);
    },
    pause: (name) => setState(name, "DISABLED"),
    resume: (name) => setState(name, "ENABLED"),
    close: () => Promise.resolve(),
  };
}

/** EventBridge Scheduler. */
export const driver: DriverModule<ScheduleDriver> = {
  engine: "eventbridge-scheduler",
  embedded: false,
  open: openSchedules,
};
