import { GetQueueUrlCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { systemClock } from "../core/clock.ts";
import { config } from "../core/config.ts";
import { makeIds, systemRandom } from "../core/ids.ts";
import { physicalName } from "../core/names.ts";
import { app, service } from "../core/service.ts";
import { queue } from "../messaging/queue/index.ts";
import { infra as queueInfra } from "../messaging/queue/infra.ts";
import { table } from "../state/table/index.ts";
import { emulatorScope, provision } from "../testing/aws/provision.ts";
import { eventBridgeMakers } from "../testing/aws/events.ts";
import { queuePolicyMakers } from "../testing/aws/queue-policy.ts";
import { schedulerMakers } from "../testing/aws/scheduler.ts";
import { sqsMakers } from "../testing/aws/sqs.ts";
import { statesMakers } from "../testing/aws/states.ts";
import { commands } from "../workflow/commands.ts";
import { machineResources } from "../workflow/machine/infra.ts";
import { branch, stateMachine, tasksQueue } from "../workflow/machine/index.ts";
import { startRig } from "./rig.contract.ts";
import type { Rig } from "./rig.contract.ts";

const endpoint = process.env["MORNING_TEST_MINISTACK_URL"];
const region = "us-east-1";
const account = "000000000000";

const Order = z.object({ id: z.string(), pence: z.number() });
const orders = table("orders", { row: Order, key: "id" });
const mails = queue("mails", { message: z.object({ id: z.string() }) });

let tries = 0;
const fulfil = stateMachine("fulfil", {
  uses: { orders: orders.readWriter(), mails: mails.sender() },
  input: Order,
  tasks: {
    charge: (_held, { pence }: { pence: number }, call) => {
      if (pence < 0) throw Object.assign(new Error("nothing to pay"), { name: "Refused" });
      if (++tries === 1) throw Object.assign(new Error("not now"), { name: "Busy" });
      return { receipt: `${call.run}/${call.attempt}` };
    },
  },
}).states({
  Charge: {
    type: "task",
    task: "charge",
    arguments: { pence: "{% $states.input.pence %}" },
    retry: [{ on: ["Busy"], retriesMax: 2, intervalSeconds: 1 }],
    assign: { id: "{% $states.input.id %}", pence: "{% $states.input.pence %}" },
    next: "Keep",
  },
  Keep: {
    type: "put",
    table: "orders",
    row: { id: "{% $id %}", pence: "{% $pence %}" },
    next: "Thank",
  },
  Thank: {
    type: "send",
    to: "mails",
    message: { id: "{% $id %}" },
    output: { id: "{% $id %}" },
  },
});
const long = stateMachine("long").states({ Rest: { type: "wait", seconds: 3600 } });

interface Run {
  readonly status: string;
  readonly version: string;
  readonly output: { readonly json: string } | null;
  readonly error: { readonly message: string; readonly code?: string } | null;
}

const aName = (): string => `s-${makeIds(systemClock, systemRandom).hex(4)}`;

/** Puts a message on the queue of the tasks of a shop's machine. */
async function spoil(name: string, MessageBody: string): Promise<void> {
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  const sqs = new SQSClient({ region, credentials, ...(endpoint && { endpoint }) });
  const QueueName = physicalName(name, "local", "queue", tasksQueue("fulfil"));
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName }));
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
  sqs.destroy();
}

/** A shop whose machines run on Step Functions. */
async function shop(drivers: object, name: string = aName()): Promise<Rig> {
  const scope = emulatorScope({ app: name, environment: "local", region, account });
  if (endpoint !== undefined) {
    const makers = [
      sqsMakers,
      queuePolicyMakers,
      eventBridgeMakers,
      schedulerMakers,
      statesMakers,
    ].map((makersAt) => makersAt(endpoint, region));
    const holder = { service: "till" };
    await provision(
      {
        ...queueInfra.resources(mails, scope),
        ...machineResources(fulfil, scope, holder),
        ...machineResources(long, scope, holder),
      },
      scope,
      Object.assign({}, ...makers) as (typeof makers)[0],
    );
  }
  const till = service("till", { uses: { orders: orders.reader() }, runs: [fulfil, long] });
  return startRig({
    config: config({
      app: app(name, { services: [till] }),
      environments: { local: { drivers: { telemetry: "none", ...drivers } as never } },
    }),
  });
}

const aws = { region, endpoint };
const onAws = {
  queue: { driver: "sqs", ...aws },
  workflow: { driver: "sqlite", machines: { driver: "step-functions", account, ...aws } },
};

async function ended(rig: Rig, id: string): Promise<Run> {
  for (;;) {
    const { json } = await rig.call("GET", `/api/v1/workflow-runs/${id}`);
    const run = json as Run;
    if (["completed", "failed", "cancelled"].includes(run.status)) return run;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const start = (rig: Rig, workflow: string, id: string, input: unknown): Promise<unknown> =>
  rig.call("POST", `/api/v1/workflows/${workflow}/runs`, { body: { id, input } });

it("state machines run on the journal, with a history and a definition", async () => {
  const sum = stateMachine("sum", {
    input: z.object({ numbers: z.array(z.number()) }),
    tasks: { double: (_, n: number) => 2 * n },
  }).states({
    Each: {
      type: "map",
      items: "{% $states.input.numbers %}",
      each: branch({ states: { Double: { type: "task", task: "double" } } }),
      output: "{% $sum($states.result) %}",
    },
  });
  const till = service("till", { runs: [sum] });
  const drivers = { telemetry: "none" };
  const rig = await startRig({
    config: config({
      app: app("shop", { services: [till] }),
      environments: { local: { drivers } },
    }),
  });
  await start(rig, "sum", "s1", { numbers: [1, 2, 3] });
  expect(await ended(rig, "s1")).toMatchObject({
    status: "completed",
    version: "1",
    output: { json: "12" },
  });
  const { json } = await rig.call("GET", "/api/v1/workflow-runs/s1/history");
  const { events } = json as { events: { type: string }[] };
  expect([events[0]?.type, events.at(-1)?.type]).toEqual([
    "ExecutionStarted",
    "ExecutionSucceeded",
  ]);
  const lines: string[] = [];
  const history = commands.find(({ name }) => name === "workflow history");
  const request = async (method: string, path: string): Promise<unknown> =>
    (await rig.call(method, `/api/v1${path}`)).json;
  const out = (line: string): void => void lines.push(line);
  await history?.run({ args: { id: "s1" }, options: {}, api: { request }, out } as never);
  expect(lines).toHaveLength(events.length);
  expect(lines[1]).toMatch(/^2 {2}\d{4}-\S+Z {2}MapStateEntered {2}Each$/);
  expect((await rig.call("GET", "/api/v1/workflows/sum")).json).toMatchObject({
    definition: { StartAt: "Each", States: { Each: { Type: "Map" } } },
  });
});

const title = "state machines on Step Functions [needs MORNING_TEST_MINISTACK_URL]";
describe.skipIf(endpoint === undefined)(title, { timeout: 60_000 }, () => {
  it("run there, their tasks in the service, and are runs like any other", async () => {
    const name = aName();
    const rig = await shop(onAws, name);
    // What is no task does not keep others from theirs.
    for (const body of ["{", "null", "{}", '{"token":7}', '"x"']) await spoil(name, body);
    await start(rig, "fulfil", "o-1", { id: "A-17", pence: 1200 });
    const run = await ended(rig, "o-1");
    expect(run).toMatchObject({ status: "completed", version: "1@step-functions" });
    expect(JSON.parse(run.output?.json ?? "")).toEqual({ id: "A-17" });
    const row = await rig.call("GET", "/api/v1/tables/orders/rows?limit=5");
    expect(row.text).toContain("A-17");
    const { events } = (await rig.call("GET", "/api/v1/workflow-runs/o-1/history")).json as {
      events: { type: string }[];
    };
    const types = events.map(({ type }) => type);
    expect(types[0]).toBe("ExecutionStarted");
    expect(types.at(-1)).toBe("ExecutionSucceeded");
    expect(types.filter((type) => type === "TaskFailed")).toHaveLength(1);
    const { entries } = (await rig.call("GET", "/api/v1/workflow-runs/o-1/entries")).json as {
      entries: { kind: string; status: string; value: { json: string } | null }[];
    };
    const started = JSON.parse(entries[0]?.value?.json ?? "") as { id: string };
    expect(started.id).toMatch(/:execution:.+-local-fulfil[^:]*:o-1$/);
    // Word of the end came as an event: nobody had to ask until it was over.
    expect(entries.filter(({ kind }) => kind === "event").at(-1)?.status).toBe("done");
  });

  it("fail with the machine's own error, and stop with a cancelled run", async () => {
    const rig = await shop(onAws);
    await start(rig, "fulfil", "o-2", { id: "A-18", pence: -1 });
    expect(await ended(rig, "o-2")).toMatchObject({
      status: "failed",
      error: { code: "MOR_WORKFLOW_STEP_FAILED" },
    });
    await start(rig, "long", "l-1", {});
    const history = async (): Promise<string> =>
      (await rig.call("GET", "/api/v1/workflow-runs/l-1/history")).text;
    while (!(await history()).includes("WaitStateEntered")) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await rig.call("POST", "/api/v1/workflow-runs/l-1/cancel");
    expect((await ended(rig, "l-1")).status).toBe("cancelled");
    expect(await history()).toContain("ExecutionAborted");
  });

  it("are refused where queues are not SQS, to which alone Step Functions sends", async () => {
    await expect(shop({ workflow: onAws.workflow })).rejects.toMatchObject({
      code: "MOR_CONFIG",
      fix: expect.stringContaining('queue: { driver: "sqs"'),
    });
  });
});
