import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { ListStateMachinesCommand, SFNClient } from "@aws-sdk/client-sfn";
import { afterAll, describe, expect, it } from "vitest";
import { engineGap } from "../../../conformance/gaps.ts";
import { systemClock } from "../../core/clock.ts";
import { makeIds, systemRandom } from "../../core/ids.ts";
import type { Json } from "../../core/json.ts";
import { eventBridgeMakers } from "../../testing/aws/events.ts";
import { emulatorScope, provision } from "../../testing/aws/provision.ts";
import { queuePolicyMakers } from "../../testing/aws/queue-policy.ts";
import { schedulerMakers } from "../../testing/aws/scheduler.ts";
import { sqsMakers } from "../../testing/aws/sqs.ts";
import { statesMakers } from "../../testing/aws/states.ts";
import { testHost } from "../../testing/host.ts";
import { driver as stepFunctions } from "./drivers/step-functions.ts";
import type { ExecutionDetail, MachineDriver } from "./driver.ts";
import { branch, simulateMachine, stateMachine, tasksQueue } from "./index.ts";
import type { AnyStateMachine } from "./index.ts";
import { machineResources } from "./infra.ts";
import type { TaskMessage } from "./tasks.ts";
import { answerTask } from "./worker.ts";

const region = "us-east-1";
const app = `m-${makeIds(systemClock, systemRandom).hex(4)}`;

/** An emulator, and a driver on it. */
interface World {
  readonly driver: MachineDriver;
  readonly deploy: (machine: AnyStateMachine) => Promise<void>;
  /** Does the tasks of a machine until `isOver`; what they were is answered. */
  readonly work: (
    machine: AnyStateMachine,
    isOver: () => Promise<boolean>,
  ) => Promise<readonly string[]>;
  readonly end: (id: string) => Promise<ExecutionDetail>;
  readonly close: () => Promise<void>;
}

async function opened(endpoint: string, account: string): Promise<World> {
  const host = testHost({ app });
  const driver = await stepFunctions.open(host, { region, endpoint, account });
  const settings = { region, endpoint, credentials: { accessKeyId: "t", secretAccessKey: "t" } };
  const sqs = new SQSClient(settings);
  // moto runs machines only if it is told to; others know no such address.
  const config = { stepfunctions: { execute_state_machine: true } };
  const init = { method: "POST", body: JSON.stringify(config) };
  await (await fetch(`${endpoint}/moto-api/config`, init)).text();
  const scope = emulatorScope({ app, environment: host.environment, region, account });
  const makers = {
    ...sqsMakers(endpoint, region),
    ...queuePolicyMakers(endpoint, region),
    ...eventBridgeMakers(endpoint, region),
    ...schedulerMakers(endpoint, region),
    ...statesMakers(endpoint, region),
  };
  const urls = new Map<string, string>();
  const queueOf = (machine: AnyStateMachine): string => urls.get(machine.name) ?? "";
  const received = async (url: string): Promise<TaskMessage | undefined> => {
    const ask = new ReceiveMessageCommand({ QueueUrl: url, WaitTimeSeconds: 1 });
    const [message] = (await sqs.send(ask)).Messages ?? [];
    if (message === undefined) return undefined;
    const { ReceiptHandle } = message;
    await sqs.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle }));
    return JSON.parse(message.Body ?? "") as TaskMessage;
  };
  const end = async (id: string): Promise<ExecutionDetail> => {
    for (;;) {
      const found = await driver.describe(id);
      if (found.status !== "RUNNING") return found;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  return {
    driver,
    end,
    async deploy(machine) {
      const fragment = machineResources(machine, scope, { service: "test" });
      const made = await provision(fragment, scope, makers);
      const queue = scope.logicalId("Queue", tasksQueue(machine.name));
      urls.set(machine.name, made.get(queue)?.["Ref"] ?? "");
    },
    async work(machine, isOver) {
      const done: string[] = [];
      while (!(await isOver())) {
        const message = await received(queueOf(machine));
        // Word of executions that ended comes through the same queue.
        if (message?.token === undefined) continue;
        const { signal } = new AbortController();
        const isTaken = await answerTask(driver, machine, {}, message, signal);
        done.push(`${message.task ?? ""} ${message.attempt} ${isTaken ? "taken" : "late"}`);
      }
      return done;
    },
    async close() {
      await driver.close();
      await host.close();
      sqs.destroy();
    },
  };
}

const pathMachine = stateMachine("paths").states({
  A: { Type: "Pass", Parameters: { "sum.$": "States.MathAdd($.n, 1)" }, Next: "B" },
  B: {
    Type: "Choice",
    Choices: [{ Variable: "$.sum", NumericEquals: 2, Next: "C" }],
    Default: "D",
  },
  C: { Type: "Succeed" },
  D: { Type: "Fail", Error: "NotTwo", Cause: "the sum is not two" },
});
const slowMachine = stateMachine("slow").states({ W: { Type: "Wait", Seconds: 60, End: true } });
const expressions = stateMachine("expressions").states({
  Sum: { type: "pass", assign: { total: "{% $sum($states.input.n) %}" }, next: "Each" },
  Each: {
    type: "map",
    items: "{% $states.input.n %}",
    each: branch({ states: { Twice: { type: "pass", output: "{% $states.input * 2 %}" } } }),
    concurrency: 1,
    next: "Which",
  },
  Which: {
    type: "choice",
    choices: [{ when: "{% $total > 5 %}", next: "Big" }],
    otherwise: "Small",
  },
  Big: { type: "pass", output: { doubled: "{% $states.input %}", total: "{% $total %}" } },
  Small: { type: "fail", error: "Small" },
});
const working = stateMachine("working", {
  tasks: {
    charge: (_held, input: { n: number }, call) => {
      if (call.attempt === 0) throw Object.assign(new Error("not yet"), { name: "Busy" });
      return { charged: input.n };
    },
    refuse: () => {
      throw Object.assign(new Error("no"), { name: "Refused" });
    },
  },
}).states({
  Charge: {
    type: "task",
    task: "charge",
    retry: [{ on: ["Busy"], retriesMax: 2, intervalSeconds: 1 }],
    next: "Refuse",
  },
  Refuse: {
    type: "task",
    task: "refuse",
    catch: [{ on: ["Refused"], next: "No", output: "{% $states.errorOutput.Error %}" }],
  },
  No: { type: "pass" },
});

const types = (events: readonly { readonly type: string }[]): string[] =>
  events.map(({ type }) => type);

const cases: Readonly<Record<string, (world: World) => Promise<void>>> = {
  "runs a machine to its end, as the interpreter does": async ({ driver, end }) => {
    for (const n of [1, 5]) {
      const { status, output, error } = await end(await driver.start("paths", { n }));
      const ours = await simulateMachine(pathMachine, { n });
      expect(status).toBe(ours.status);
      expect(error).toBe(ours.error);
      expect(output).toEqual(ours.output === undefined ? undefined : JSON.parse(ours.output));
    }
  },
  "tells the history in the interpreter's order": async ({ driver, end }) => {
    const id = await driver.start("paths", { n: 1 });
    await end(id);
    const events = await driver.history(id);
    const ours = await simulateMachine(pathMachine, { n: 1 });
    expect(types(events)).toEqual(types(ours.events));
    expect(Date.parse(events[0]?.timestamp ?? "")).toBeGreaterThan(0);
  },
  "runs a machine in JSONata": async ({ driver, end }) => {
    const input = { n: [1, 2, 3] };
    const ours = await simulateMachine(expressions, input);
    const { status, output } = await end(await driver.start("expressions", input));
    expect([status, output]).toEqual(["SUCCEEDED", JSON.parse(ours.output ?? "") as Json]);
  },
  "tells the history of a map": async ({ driver, end }) => {
    const input = { n: [1, 2, 3] };
    const id = await driver.start("expressions", input);
    await end(id);
    const ours = await simulateMachine(expressions, input);
    expect(types(await driver.history(id))).toEqual(types(ours.events));
  },
  "gives tasks to the machine's queue, and takes results, retries and errors": async (world) => {
    const { driver, work } = world;
    const id = await driver.start("working", { n: 7 });
    const isOver = async (): Promise<boolean> => (await driver.describe(id)).status !== "RUNNING";
    expect(await work(working, isOver)).toEqual([
      "charge 0 taken",
      "charge 1 taken",
      "refuse 0 taken",
    ]);
    expect(await driver.describe(id)).toMatchObject({ status: "SUCCEEDED", output: "Refused" });
  },
  "starts nothing new for a name with the same input, and refuses another": async ({ driver }) => {
    const name = makeIds(systemClock, systemRandom).hex(8);
    const id = await driver.start("slow", { n: 1 }, name);
    expect(await driver.start("slow", { n: 1 }, name)).toBe(id);
    await expect(driver.start("slow", { n: 2 }, name)).rejects.toMatchObject({
      code: "MOR_CONFLICT",
    });
    await driver.stop(id);
  },
  "finds the execution of a name that has ended, by the same input": async ({ driver, end }) => {
    const name = makeIds(systemClock, systemRandom).hex(8);
    const id = await driver.start("paths", { n: 1 }, name);
    await end(id);
    expect(await driver.start("paths", { n: 1 }, name)).toBe(id);
  },
  "stops with a reason": async ({ driver, end }) => {
    const id = await driver.start("slow", {});
    await driver.stop(id, { error: "Enough", cause: "it is late" });
    expect(await end(id)).toMatchObject({ status: "ABORTED", error: "Enough" });
    expect(types(await driver.history(id)).at(-1)).toBe("ExecutionAborted");
  },
  "lists executions by how they stand": async ({ driver, end }) => {
    const good = await driver.start("paths", { n: 1 });
    const bad = await driver.start("paths", { n: 9 });
    await Promise.all([end(good), end(bad)]);
    const ids = async (status: "SUCCEEDED" | "FAILED"): Promise<string[]> =>
      (await driver.list("paths", { status })).executions.map(({ id }) => id);
    expect([await ids("SUCCEEDED"), await ids("FAILED")]).toEqual([
      expect.arrayContaining([good]),
      expect.arrayContaining([bad]),
    ]);
    expect(await ids("SUCCEEDED")).not.toContain(bad);
  },
  "goes on with a failed execution": async ({ driver, end }) => {
    const id = await driver.start("paths", { n: 9 });
    await end(id);
    await driver.redrive(id);
    expect((await end(id)).status).toBe("FAILED");
    expect(types(await driver.history(id))).toContain("ExecutionRedriven");
  },
  "names what is not there": async ({ driver }) => {
    const gone = { code: "MOR_NOT_FOUND" };
    await expect(driver.start("never-deployed", {})).rejects.toMatchObject(gone);
    const id = (await driver.start("slow", {})).replace(/[^:]+$/, "no-such-execution");
    await expect(driver.describe(id)).rejects.toMatchObject(gone);
    await expect(driver.history(id)).rejects.toMatchObject(gone);
    await expect(driver.succeed("no such token", 1)).rejects.toMatchObject(gone);
  },
};

/** Whether an emulator has Step Functions: one that began without it has not. */
async function hasStates(url: string | undefined): Promise<boolean> {
  if (url === undefined) return false;
  const credentials = { accessKeyId: "t", secretAccessKey: "t" };
  const sfn = new SFNClient({ region, endpoint: url, credentials, maxAttempts: 1 });
  const isThere = await sfn.send(new ListStateMachinesCommand({})).then(
    () => true,
    () => false,
  );
  sfn.destroy();
  return isThere;
}

const engines = [
  ["moto", "MORNING_TEST_AWS_URL", "123456789012"],
  ["ministack", "MORNING_TEST_MINISTACK_URL", "000000000000"],
] as const;
for (const [engine, variable, account] of engines) {
  const url = process.env[variable];
  const isThere = await hasStates(url);
  const title = `step-functions on ${engine} [needs ${variable} with the service states]`;
  describe.skipIf(!isThere)(title, { timeout: 60_000 }, () => {
    const gapOf = (name: string): string | undefined => engineGap(engine, "step-functions", name);
    let world: Promise<World> | undefined;
    const made = async (): Promise<World> => {
      const one = await opened(url ?? "", account);
      const machines = [pathMachine, slowMachine, expressions, working];
      const isPathOnly = gapOf("runs a machine in JSONata") !== undefined;
      for (const machine of isPathOnly ? machines.slice(0, 2) : machines) await one.deploy(machine);
      return one;
    };
    afterAll(async () => (await world)?.close());
    for (const [name, run] of Object.entries(cases)) {
      it.skipIf(gapOf(name) !== undefined)(name, async () => run(await (world ??= made())));
    }
  });
}
