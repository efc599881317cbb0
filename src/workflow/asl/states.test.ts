import { describe, expect, it } from "vitest";
import { detail, machine, ran, task } from "./testing.contract.ts";
import type { Handler } from "./index.ts";
import type { JsonObject } from "./values.ts";

const pass: JsonObject = { Type: "Pass", End: true };
const failing =
  (name: string): Handler =>
  () => {
    throw Object.assign(new Error("it broke"), { name });
  };
/** A handler that fails so many times first. */
const flaky = (failures: number): Handler => {
  let calls = 0;
  return () => (++calls <= failures ? failing("Busy")(null, {} as never) : calls);
};

describe("retries", () => {
  const retry = (more: JsonObject): JsonObject =>
    machine({ A: task("f", { Retry: [{ ErrorEquals: ["Busy"], ...more }] }) });

  it("waits longer each time, up to the longest delay", async () => {
    const definition = retry({ IntervalSeconds: 10, BackoffRate: 3, MaxAttempts: 4 });
    const run = await ran(definition, {}, { f: flaky(3) });
    expect(run.output).toBe(4);
    expect(run.at("ExecutionSucceeded")).toBe(130_000);
    const capped = retry({ IntervalSeconds: 10, BackoffRate: 3, MaxDelaySeconds: 20 });
    expect((await ran(capped, {}, { f: flaky(3) })).at("ExecutionSucceeded")).toBe(50_000);
  });

  it("shortens delays by chance if it is to, the same from the same seed", async () => {
    const definition = retry({ IntervalSeconds: 100, JitterStrategy: "FULL" });
    const end = async (seed: number): Promise<number> =>
      (await ran(definition, {}, { f: flaky(1) }, { seed })).at("ExecutionSucceeded") ?? 0;
    const [first, again, other] = [await end(1), await end(1), await end(2)];
    expect(first).toBeLessThan(100_000);
    expect(again).toBe(first);
    expect(other).not.toBe(first);
  });

  it("counts each retrier for itself, and uses the first that matches", async () => {
    const errors = ["X", "Y", "X", "Y", "Y"];
    const definition = machine({
      A: task("f", {
        Retry: [
          { ErrorEquals: ["X"], MaxAttempts: 2 },
          { ErrorEquals: ["Y", "X"], MaxAttempts: 2 },
        ],
      }),
    });
    let calls = 0;
    const run = await ran(
      definition,
      {},
      { f: () => failing(errors[calls++] ?? "")(null, {} as never) },
    );
    expect([run.error, calls]).toEqual(["Y", 5]);
  });

  it("does not retry what MaxAttempts 0 or no name asks for", async () => {
    expect((await ran(retry({ MaxAttempts: 0 }), {}, { f: flaky(1) })).status).toBe("FAILED");
    const run = await ran(retry({}), {}, { f: failing("Other") });
    expect(run.types.filter((type) => type === "LambdaFunctionScheduled")).toHaveLength(1);
  });
});

describe("catchers", () => {
  const caught = (error: string, more: JsonObject = {}): JsonObject =>
    machine({
      A: task("f", { Catch: [{ ErrorEquals: [error], Next: "B", ...more }] }),
      B: pass,
    });

  it("puts the error where ResultPath says", async () => {
    const run = await ran(caught("Bad", { ResultPath: "$.why" }), { a: 1 }, { f: failing("Bad") });
    expect(run.output).toMatchObject({ a: 1, why: { Error: "Bad" } });
  });

  it("knows failures of tasks, timeouts and everything by their common names", async () => {
    const slow: Handler = (_, context) => context.sleep(10_000);
    const late = (name: string): JsonObject => {
      const definition = caught(name);
      return machine({
        ...(definition["States"] as JsonObject),
        A: { ...((definition["States"] as JsonObject)["A"] as JsonObject), TimeoutSeconds: 1 },
      });
    };
    expect((await ran(caught("States.TaskFailed"), {}, { f: failing("Bad") })).status).toBe(
      "SUCCEEDED",
    );
    expect((await ran(late("States.TaskFailed"), {}, { f: slow })).error).toBe("States.Timeout");
    expect((await ran(late("States.Timeout"), {}, { f: slow })).output).toEqual({
      Error: "States.Timeout",
      Cause: "",
    });
    expect((await ran(late("States.ALL"), {}, { f: slow })).status).toBe("SUCCEEDED");
  });

  it("cannot take States.Runtime, by whatever name", async () => {
    for (const name of ["States.ALL", "States.Runtime"]) {
      const definition = machine({
        A: task("f", { OutputPath: "$.no", Catch: [{ ErrorEquals: [name], Next: "B" }] }),
        B: pass,
      });
      expect((await ran(definition, {}, { f: () => ({}) })).error).toBe("States.Runtime");
    }
  });

  it("takes failed expressions, and writes their event", async () => {
    const definition = machine(
      {
        A: {
          ...task("f", { Arguments: "{% $nothing %}", Next: "C" }),
          Catch: [
            {
              ErrorEquals: ["States.QueryEvaluationError"],
              Output: "{% $states.errorOutput.Error %}",
              Assign: { seen: "{% $states.input.a %}" },
              Next: "B",
            },
          ],
        },
        B: { ...pass, Output: ["{% $states.input %}", "{% $seen %}"] },
        C: pass,
      },
      { QueryLanguage: "JSONata" },
    );
    const run = await ran(definition, { a: 1 });
    expect(run.output).toEqual(["States.QueryEvaluationError", 1]);
    expect(detail(run, "EvaluationFailed", "location")).toBe("Arguments");
  });
});

it("tells what fails in a catcher itself", async () => {
  const catcher = { ErrorEquals: ["States.ALL"], Output: "{% $nothing %}", Next: "B" };
  const states = { A: task("f", { Catch: [catcher] }), B: pass };
  const run = await ran(machine(states, { QueryLanguage: "JSONata" }), {}, { f: failing("Bad") });
  expect(run.types.slice(-2)).toEqual(["EvaluationFailed", "ExecutionFailed"]);
  expect(run.cause).toMatch(
    /'A' \(entered at the event id #2\).*'Catch\[0\]\/Output' returned nothing/,
  );
});

describe("time", () => {
  it("orders what branches do by when it happens, not by where it stands", async () => {
    const wait = (seconds: number): JsonObject =>
      machine({ [`W${seconds}`]: { Type: "Wait", Seconds: seconds, End: true } });
    const branches = [wait(30), wait(10), wait(20)];
    const run = await ran(machine({ P: { Type: "Parallel", Branches: branches, End: true } }));
    const exits = run.events.flatMap((event) =>
      event.type === "WaitStateExited" ? [event["stateExitedEventDetails"]?.["name"]] : [],
    );
    expect(exits).toEqual(["W10", "W20", "W30"]);
    expect(run.at("ExecutionSucceeded")).toBe(30_000);
  });

  it("passes a year in a moment", async () => {
    const began = performance.now();
    const definition = machine({
      W: { Type: "Wait", Timestamp: "2027-04-01T00:00:00+02:00", End: true },
    });
    const run = await ran(definition);
    expect(run.at("ExecutionSucceeded")).toBe(Date.UTC(2027, 2, 31, 22) - Date.UTC(2026, 4, 1));
    expect(performance.now() - began).toBeLessThan(1_000);
  });

  it("ends a machine at its TimeoutSeconds, an express one after five minutes", async () => {
    const wait = { W: { Type: "Wait", Seconds: 900, End: true } };
    const run = await ran(machine(wait, { TimeoutSeconds: 7 }));
    expect([run.status, run.at("ExecutionTimedOut")]).toEqual(["TIMED_OUT", 7_000]);
    const express = await ran(machine(wait), {}, {}, { identity: { isExpress: true } });
    expect([express.status, express.at("ExecutionTimedOut")]).toEqual(["TIMED_OUT", 300_000]);
  });

  it("stops when it is told to", async () => {
    const definition = machine({ W: { Type: "Wait", Seconds: 60, End: true } });
    const run = await ran(definition, {}, {}, { stopAfterMs: 5_000 });
    expect(run.types).toEqual(["ExecutionStarted", "WaitStateEntered", "ExecutionAborted"]);
    expect([run.status, run.at("ExecutionAborted")]).toEqual(["ABORTED", 5_000]);
  });

  it("ends a task that misses its heartbeat, and not one that keeps it", async () => {
    const definition = machine({ A: task("f", { HeartbeatSeconds: 5, TimeoutSeconds: 100 }) });
    const beating: Handler = async (_, context) => {
      for (let beat = 0; beat < 4; beat++) {
        await context.sleep(4_000);
        context.heartbeat();
      }
      return "done";
    };
    expect((await ran(definition, {}, { f: beating })).output).toBe("done");
    const silent: Handler = (_, context) => context.sleep(50_000);
    const run = await ran(definition, {}, { f: silent });
    expect([run.error, run.at("LambdaFunctionTimedOut")]).toEqual([
      "States.HeartbeatTimeout",
      5_000,
    ]);
  });
});

describe("tasks", () => {
  const service = (action: string, more: JsonObject = {}): JsonObject =>
    machine({
      A: { Type: "Task", Resource: `arn:aws:states:::${action}`, End: true, ...more },
    });

  it("waits for whoever has the token, and takes the first completion", async () => {
    const definition = service("sqs:sendMessage.waitForTaskToken", {
      Parameters: { "Token.$": "$$.Task.Token" },
    });
    const send: Handler = (input, context) => {
      const token = (input as { Token: string }).Token;
      void context.sleep(20_000).then(() => {
        context.complete(token, { ok: true, output: "first" });
        context.complete(token, { ok: false, error: "Late" });
      });
      return { MessageId: "m-1" };
    };
    const run = await ran(definition, {}, { sendMessage: send });
    expect(run.output).toBe("first");
    expect(run.at("TaskSucceeded")).toBe(20_000);
    expect(run.types.slice(2, 6)).toEqual([
      "TaskScheduled",
      "TaskStarted",
      "TaskSubmitted",
      "TaskSucceeded",
    ]);
    expect(detail(run, "TaskSucceeded", "resource")).toBe("sendMessage.waitForTaskToken");
  });

  it("waits a year for a token that nobody completes", async () => {
    const definition = service("sqs:sendMessage.waitForTaskToken", { Parameters: {} });
    const run = await ran(definition, {}, { sendMessage: () => ({}) });
    expect([run.status, run.at("ExecutionTimedOut")]).toEqual(["TIMED_OUT", 365 * 86_400_000]);
  });

  it("hands actions of the SDK and activities to handlers, errors by their names", async () => {
    const sdk = service("aws-sdk:dynamodb:getItem", { Parameters: { Key: 1 } });
    const run = await ran(sdk, {}, { getItem: (input) => ({ got: input }) });
    expect(run.output).toEqual({ got: { Key: 1 } });
    expect(detail(run, "TaskScheduled", "resourceType")).toBe("aws-sdk:dynamodb");
    const failed = await ran(sdk, {}, { getItem: failing("DynamoDb.Throttled") });
    expect([failed.error, failed.cause]).toEqual(["DynamoDb.Throttled", "it broke"]);
    const activity = machine({
      A: {
        Type: "Task",
        Resource: "arn:aws:states:us-east-1:000000000000:activity:pack",
        End: true,
      },
    });
    const packed = await ran(activity, { a: 1 }, { pack: (input) => input });
    expect(packed.types.slice(2, 5)).toEqual([
      "ActivityScheduled",
      "ActivityStarted",
      "ActivitySucceeded",
    ]);
    expect((await ran(sdk)).error).toBe("Morning.HandlerMissing");
  });

  it("wraps what a function gives as the SDK does, and tells a missing one", async () => {
    const definition = service("lambda:invoke", {
      Parameters: { FunctionName: "f:live", "Payload.$": "$" },
    });
    const handlers = { live: (input: unknown) => ({ got: input }) };
    const run = await ran(definition, { a: 1 }, handlers);
    expect(run.output).toMatchObject({ Payload: { got: { a: 1 } }, StatusCode: 200 });
    const missing = await ran(definition);
    expect(missing.error).toBe("Lambda.ResourceNotFoundException");
    expect(missing.cause).toContain("Function not found: arn:aws:lambda:us-east-1:");
  });
});

describe("variables", () => {
  const assign = (values: JsonObject, more: JsonObject = {}): JsonObject => ({
    Type: "Pass",
    Assign: values,
    ...more,
  });

  it("sets all of an Assign from the values before it", async () => {
    const definition = machine({
      A: assign({ x: 1, y: 2 }, { Next: "B" }),
      B: assign({ "x.$": "$y", "y.$": "$x" }, { Next: "C" }),
      C: { ...pass, Parameters: { "x.$": "$x", "y.$": "$y" } },
    });
    expect((await ran(definition)).output).toEqual({ x: 2, y: 1 });
  });

  it("shows outer variables to branches, keeps theirs apart, and refuses reuse", async () => {
    const branch = (name: string, values: JsonObject): JsonObject =>
      machine({
        [`${name}1`]: assign(values, { Next: `${name}2` }),
        [`${name}2`]: { ...pass, Parameters: { "own.$": "$own", "outer.$": "$outer" } },
      });
    const around = (branches: readonly JsonObject[]): JsonObject =>
      machine({
        A: assign({ outer: 0 }, { Next: "P" }),
        P: { Type: "Parallel", Branches: branches, End: true },
      });
    const run = await ran(around([branch("L", { own: "l" }), branch("R", { own: "r" })]));
    expect(run.output).toEqual([
      { own: "l", outer: 0 },
      { own: "r", outer: 0 },
    ]);
    const reused = await ran(around([branch("L", { outer: 1 })]));
    expect(reused.error).toBe("States.Runtime");
    expect(reused.cause).toMatch(/'L1' \(entered at the event id #\d+\)\. The variable 'outer'/);
  });

  it("bounds what an Assign sets", async () => {
    const half = "x".repeat(140_000);
    const run = await ran(machine({ A: assign({ "a.$": "$.x", "b.$": "$.x" }, { End: true }) }), {
      x: half,
    });
    expect([run.error, run.types.at(-2)]).toEqual(["States.Runtime", "PassStateEntered"]);
  });

  it("takes names of prototypes for names", async () => {
    const definition = machine({
      A: assign({ constructor: 1, toString: 2 }, { Next: "B" }),
      B: { ...pass, Parameters: { "a.$": "$constructor", "b.$": "$toString" } },
    });
    expect((await ran(definition)).output).toEqual({ a: 1, b: 2 });
    const missing = machine({ A: { ...pass, Parameters: { "a.$": "$valueOf" } } });
    expect((await ran(missing)).error).toBe("States.Runtime");
  });
});

describe("groups", () => {
  it("keeps the order of items and the bound of concurrency", async () => {
    let running = 0;
    let most = 0;
    const work: Handler = async (input, context) => {
      most = Math.max(most, ++running);
      await context.sleep(1_000 * (5 - Number(input)));
      running--;
      return Number(input) * 10;
    };
    const definition = machine({
      M: { Type: "Map", MaxConcurrency: 2, ItemProcessor: machine({ A: task("f") }), End: true },
    });
    const run = await ran(definition, [1, 2, 3, 4], { f: work });
    expect([run.output, most]).toEqual([[10, 20, 30, 40], 2]);
    expect(run.at("ExecutionSucceeded")).toBe(5_000);
  });

  it("ends the other branches when one fails, with their events", async () => {
    const definition = machine({
      P: {
        Type: "Parallel",
        End: true,
        Branches: [
          machine({ W: { Type: "Wait", Seconds: 60, End: true } }),
          machine({
            D: { Type: "Wait", Seconds: 1, Next: "F" },
            F: { Type: "Fail", Error: "Bad", Cause: "on purpose" },
          }),
        ],
      },
    });
    const run = await ran(definition);
    expect([run.error, run.cause]).toEqual(["Bad", "on purpose"]);
    expect(run.types.slice(-4)).toEqual([
      "FailStateEntered",
      "WaitStateAborted",
      "ParallelStateFailed",
      "ExecutionFailed",
    ]);
  });
});

it("writes the same history again from the same start and seed", async () => {
  const definition = machine(
    {
      P: {
        Type: "Parallel",
        Branches: ["f", "g"].map((name) =>
          machine({
            [name]: task(name, {
              Retry: [{ ErrorEquals: ["States.ALL"], JitterStrategy: "FULL", MaxAttempts: 5 }],
            }),
          }),
        ),
        Output: "{% [$states.result, $uuid(), $random(), $now()] %}",
        End: true,
      },
    },
    { QueryLanguage: "JSONata" },
  );
  const run = async (seed: number): Promise<unknown> =>
    (await ran(definition, {}, { f: flaky(2), g: flaky(3) }, { seed })).events;
  expect(await run(7)).toEqual(await run(7));
  expect(await run(7)).not.toEqual(await run(8));
});
