import { describe, expect, expectTypeOf, it } from "vitest";
import { z } from "zod";
import { queue } from "../../messaging/queue/index.ts";
import { branch, definitionOf, simulateMachine, stateMachine } from "./index.ts";
import type { AnyStateMachine, StateMachine } from "./index.ts";
import { fulfilment, heldThings, mails, orderWriter } from "./rig.contract.ts";

const order = {
  id: "o-1",
  lines: [
    { price: 20, n: 3 },
    { price: 50, n: 1 },
  ],
};

describe("a declared machine", () => {
  it("runs all its states in the interpreter", async () => {
    const { did, things } = heldThings();
    const { status, output, events } = await simulateMachine(fulfilment, order, things);
    expect([status, output]).toEqual(["SUCCEEDED", '{"id":"o-1","total":110}']);
    expect(did).toEqual([
      ["put", { id: "o-1", total: 110 }],
      ["publish", { id: "o-1" }],
      ["send", { orderId: "o-1", total: 110 }, { delayMs: 5000 }],
    ]);
    const types = events.map(({ type }) => type);
    expect(types.filter((type) => type === "TaskFailed")).toHaveLength(1);
    expect(types.filter((type) => type === "MapIterationSucceeded")).toHaveLength(2);
  });

  it("takes the other way of a choice, and a caught error's", async () => {
    const { things } = heldThings();
    const small = { id: "refuse", lines: [{ price: 1, n: 1 }] };
    const { status, error, events } = await simulateMachine(fulfilment, small, things);
    expect([status, error]).toEqual(["FAILED", "RangeError"]);
    expect(events.some(({ type }) => type === "WaitStateEntered")).toBe(false);
  });

  it("is plain data: its document is the same each time and of its own", () => {
    const document = definitionOf(fulfilment);
    expect(document).toEqual(definitionOf(fulfilment));
    expect(document).toMatchObject({
      Comment: "From an order to its mail",
      QueryLanguage: "JSONata",
      StartAt: "Prices",
      TimeoutSeconds: 86_400,
    });
    expect(Object.isFrozen(fulfilment)).toBe(true);
  });

  it("names queues and bus as its places do", () => {
    const places = {
      queueUrl: (name: string) => `https://sqs.example/1/shop-production-${name}`,
      bucket: (blobs: string) => `bucket-${blobs}`,
      eventBus: "shop-production-bus",
      eventSource: "shop.orders",
    };
    const text = JSON.stringify(definitionOf(fulfilment, places));
    expect(text).toContain('"QueueUrl":"https://sqs.example/1/shop-production-mails"');
    expect(text).toContain('"QueueUrl":"https://sqs.example/1/shop-production-fulfilment-tasks"');
    expect(text).toContain('"EventBusName":"shop-production-bus","Source":"shop.orders"');
    expect(text).toContain('"Detail":{"_morning":{"version":2},"id":"{% $id %}"}');
  });

  it("ends where no next is named, and begins with its first state or startAt", () => {
    const later = stateMachine("later").states(
      { C: { type: "succeed" }, D: { type: "pass", next: "C" } },
      { startAt: "D" },
    );
    expect(later.startAt).toBe("D");
    expect(definitionOf(later)["States"]).toEqual({
      C: { Type: "Succeed" },
      D: { Type: "Pass", Next: "C" },
    });
    expect(stateMachine("one").states({ A: { type: "pass" } }).startAt).toBe("A");
  });

  it("may go in circles", async () => {
    const counting = stateMachine("counting").states({
      Begin: { type: "pass", assign: { n: 0 }, next: "Count" },
      Count: { type: "pass", assign: { n: "{% $n + 1 %}" }, next: "Enough" },
      Enough: {
        type: "choice",
        choices: [{ when: "{% $n = 3 %}", next: "End" }],
        otherwise: "Count",
      },
      End: { type: "pass", output: "{% $n %}" },
    });
    expect((await simulateMachine(counting, {})).output).toBe("3");
  });
});

describe("states of other languages and services", () => {
  it("takes states in JSONPath as they are, among those in JSONata", async () => {
    const mixed = stateMachine("mixed").states({
      Ours: { type: "pass", output: { n: "{% $states.input.n + 1 %}" }, next: "Path" },
      Path: { Type: "Pass", Parameters: { "twice.$": "States.MathAdd($.n, $.n)" }, Next: "Raw" },
      Raw: {
        Type: "Pass",
        QueryLanguage: "JSONata",
        Output: "{% $states.input.twice %}",
        End: true,
      },
    });
    const document = definitionOf(mixed);
    expect(document["QueryLanguage"]).toBeUndefined();
    expect(document["States"]).toMatchObject({ Ours: { QueryLanguage: "JSONata" } });
    expect((await simulateMachine(mixed, { n: 3 })).output).toBe("8");
  });

  it("calls functions, jobs, activities and HTTP through what stands in for them", async () => {
    const activity = "arn:aws:states:us-east-1:000000000000:activity:paint" as const;
    const outside = stateMachine("outside", {
      standIns: {
        double: (_held, n: number) => n * 2,
        "glue:startJobRun": (_held, { JobName }: { JobName: string }) => ({ JobName, ok: true }),
        paint: (_held, { colour }: { colour: string }) => `painted ${colour}`,
        "http:invoke": (_held, request: unknown) => ({ StatusCode: 200, ResponseBody: request }),
      },
    }).states({
      Lambda: {
        type: "resource",
        resource: "arn:aws:states:::lambda:invoke",
        arguments: { FunctionName: "double", Payload: "{% $states.input.n %}" },
        assign: { n: "{% $states.result.Payload %}" },
        next: "Job",
      },
      Job: {
        type: "resource",
        resource: "arn:aws:states:::glue:startJobRun.sync",
        arguments: { JobName: "nightly" },
        assign: { job: "{% $states.result.JobName %}" },
        next: "Activity",
      },
      Activity: {
        type: "resource",
        resource: activity,
        arguments: { colour: "red" },
        heartbeatSeconds: 60,
        next: "Http",
      },
      Http: {
        type: "http",
        method: "POST",
        url: "https://api.example.com/v1/charges",
        connection: "arn:aws:events:us-east-1:000000000000:connection/shop/1",
        body: { n: "{% $n %}", job: "{% $job %}", activity: "{% $states.input %}" },
        output: "{% $states.result.ResponseBody.RequestBody %}",
      },
    });
    const { output, cause } = await simulateMachine(outside, { n: 4 });
    expect([output, cause]).toEqual([
      '{"n":8,"job":"nightly","activity":"painted red"}',
      undefined,
    ]);
  });

  it("says what to give where nothing stands in", async () => {
    const alone = stateMachine("alone").states({
      Job: { type: "resource", resource: "arn:aws:states:::glue:startJobRun.sync" },
    });
    const { error, cause } = await simulateMachine(alone, {});
    expect([error, cause]).toEqual([
      "Morning.StandInMissing",
      "The state machine alone runs here, where glue:startJobRun is not. " +
        'Give it something that stands in: standIns: { "glue:startJobRun": (held, input) => ... }.',
    ]);
  });

  it("reads, batches and writes a distributed map", async () => {
    const objects = new Map([["in/rows.csv", "id,n\na,1\nb,2\nc,3\n"]]);
    const many = stateMachine("many", {
      tasks: {
        sum: (_held, rows: { n: string }[]) => rows.reduce((sum, { n }) => sum + Number(n), 0),
      },
    }).states({
      Each: {
        type: "map",
        each: branch({
          states: { Sum: { type: "task", task: "sum", arguments: "{% $states.input.Items %}" } },
        }),
        failurePercentageMax: 10,
        distributed: {
          express: true,
          label: "rows",
          reader: {
            resource: "arn:aws:states:::s3:getObject",
            arguments: { Bucket: "in", Key: "rows.csv" },
            config: { InputType: "CSV", CSVHeaderLocation: "FIRST_ROW" },
          },
          batch: { itemsMax: 2 },
          writer: {
            resource: "arn:aws:states:::s3:putObject",
            arguments: { Bucket: "out", Prefix: "sums" },
          },
        },
        output: "{% $states.result.ResultWriterDetails.Bucket %}",
      },
    });
    const { output, cause } = await simulateMachine(
      many,
      {},
      {},
      {
        objects: {
          get: async (bucket, key) => Buffer.from(objects.get(`${bucket}/${key}`) ?? ""),
          list: async () => [],
          put: async (bucket, key, body) => {
            objects.set(`${bucket}/${key}`, Buffer.from(body).toString());
          },
        },
      },
    );
    expect([output, cause]).toEqual(['"out"', undefined]);
    const written = [...objects].find(([key]) => key.endsWith("SUCCEEDED_0.json"))?.[1] ?? "[]";
    const children = JSON.parse(written) as { Output: string }[];
    expect(children.map(({ Output }) => Output).sort()).toEqual(["3", "3"]);
  });
});

describe("declarations that are refused", () => {
  const loose = (states: unknown, options: object = {}): (() => AnyStateMachine) => {
    // What JavaScript may hand in, past the types.
    return () => stateMachine("loose", options).states(states as Record<never, never>);
  };
  const fifo = queue("fifo", { message: z.object({}), fifo: true });

  it.each<[string, unknown, object, string]>([
    [
      "a state that is not there",
      { A: { type: "pass", next: "B" } },
      {},
      "goes on to a state that is not there: B",
    ],
    [
      "a state that nobody reaches",
      { A: { type: "pass" }, B: { type: "pass" } },
      {},
      "/States/B is not reachable",
    ],
    ["no state", {}, {}, "names no state"],
    [
      "another type",
      { A: { type: "tusk" } },
      {},
      'loose.states.A has the type "tusk"; there are task, ',
    ],
    [
      "another field",
      { A: { type: "pass", onward: "B" } },
      {},
      '"onward" is no field of a pass state; it has output, assign, next',
    ],
    [
      "no such task",
      { A: { type: "task", task: "b" } },
      { tasks: { a: () => 1 } },
      'there is no task "b"; there is a',
    ],
    [
      "a consumer to send by",
      { A: { type: "send", to: "m", message: {} } },
      { uses: { m: mails.consumer() } },
      'to names "m", which uses has no send for; there is none',
    ],
    [
      "a message that is a text",
      { A: { type: "send", to: "m", message: "x" } },
      { uses: { m: mails.sender() } },
      "message is a text",
    ],
    [
      "FIFO without group",
      { A: { type: "send", to: "f", message: {} } },
      { uses: { f: fifo.sender() } },
      "needs a group",
    ],
    [
      "a table to publish by",
      { A: { type: "publish", event: "t", data: {} } },
      { uses: { t: orderWriter } },
      "no publish for",
    ],
    [
      "an expression that does not parse",
      { A: { type: "pass", output: "{% 1 + %}" } },
      {},
      "/States/A/Output",
    ],
    ["a time of no sense", { A: { type: "wait", seconds: -1 } }, {}, "/States/A/Seconds"],
    ["a name of 81 characters", { ["x".repeat(81)]: { type: "pass" } }, {}, "1 to 80 characters"],
    [
      "a branch of a branch's",
      { A: { type: "map", each: { startAt: "X", states: { X: { type: "task", task: "no" } } } } },
      {},
      "loose.states.A.each.states.X there is no task",
    ],
  ])("%s", (_, states, options, message) => {
    let thrown: unknown;
    try {
      loose(states, options)();
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({
      code: "MOR_MACHINE_INVALID",
      details: { problems: expect.anything() },
    });
    expect((thrown as Error).message).toContain(message);
  });

  it("only warns of a choice without a way on", () => {
    const machine = loose({
      A: { type: "choice", choices: [{ when: "{% false %}", next: "B" }] },
      B: { type: "succeed" },
    })();
    expect(machine.warnings).toEqual([
      "loose.states.A: where no choice holds, the run fails: it has no otherwise",
    ]);
  });

  it("refuses what nests without end", () => {
    const each: { startAt: string; states: Record<string, unknown> } = { startAt: "A", states: {} };
    each.states["A"] = { type: "map", each };
    expect(loose({ A: { type: "map", each } })).toThrow("nests deeper than 32 branches");
  });
});

describe("the types", () => {
  const typed = stateMachine("typed", {
    uses: { mails: mails.sender(), orders: orderWriter },
    tasks: {
      charge: (held, input: { id: string }) => held.mails.send({ orderId: input.id, total: 1 }),
    },
    input: z.object({ id: z.string() }),
  });

  it("know inputs, tasks, messages and rows", () => {
    const machine = typed.states({
      A: { type: "task", task: "charge", arguments: { id: "{% $states.input.id %}" }, next: "B" },
      B: { type: "send", to: "mails", message: { orderId: "o", total: "{% 1 %}" }, next: "C" },
      C: { type: "put", table: "orders", row: { id: "o", total: 1 } },
    });
    expectTypeOf(machine).toEqualTypeOf<StateMachine<{ id: string }, unknown>>();
  });

  it("refuse what is not there", () => {
    const refused = [
      // @ts-expect-error there is no state B
      () => typed.states({ A: { type: "pass", next: "B" } }),
      // @ts-expect-error there is no state B to begin with
      () => typed.states({ A: { type: "pass" } }, { startAt: "B" }),
      // @ts-expect-error there is no task refund
      () => typed.states({ A: { type: "task", task: "refund" } }),
      // @ts-expect-error the task takes an id
      () => typed.states({ A: { type: "task", task: "charge", arguments: { name: 1 } } }),
      () =>
        typed.states({
          // @ts-expect-error the total of a mail is a number
          A: { type: "send", to: "mails", message: { orderId: "o", total: "1" } },
        }),
      // @ts-expect-error a table takes no messages
      () => typed.states({ A: { type: "send", to: "orders", message: {} } }),
      // @ts-expect-error a pass has no such field
      () => typed.states({ A: { type: "pass", onward: "A" } }),
      () =>
        typed.states({
          // @ts-expect-error the branch names a task that the machine has not
          A: { type: "map", each: branch({ states: { X: { type: "task", task: "refund" } } }) },
        }),
      // @ts-expect-error a branch's states are its own
      () => branch({ states: { X: { type: "pass", next: "A" } } }),
    ];
    for (const one of refused.slice(0, 3)) expect(one).toThrow("state machine typed");
  });
});
