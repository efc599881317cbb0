import { afterEach, describe, expect, it } from "vitest";
import type { WorkflowEngine } from "../engine/engine.ts";
import type { Program } from "../engine/program.ts";
import { open, postgresPlace, sqlitePlace, url } from "../engine/rig.contract.ts";
import type { Place } from "../engine/rig.contract.ts";
import type { Store } from "../../core/store.ts";
import type { HistoryEvent } from "../asl/index.ts";
import { branch, historyOf, simulateMachine, stateMachine } from "./index.ts";
import type { AnyStateMachine } from "./index.ts";
import { workflowLab } from "../../testing/workflows.ts";
import { fulfilment, heldThings } from "./rig.contract.ts";

const engines: [WorkflowEngine, Store][] = [];
const close = async (): Promise<void> => {
  for (const [engine, store] of engines.splice(0)) {
    await engine.close();
    await store.close();
  }
};
afterEach(close);

const programOf = (machine: AnyStateMachine, held: unknown = {}): Program => ({
  name: machine.name,
  version: "1",
  held,
  run: (context, input) => machine.run(context, input),
});

async function opened(place: Place, ...programs: Program[]): Promise<WorkflowEngine> {
  const store = await place();
  const engine = await open(store, programs);
  engines.push([engine, store]);
  return engine;
}

const history = (engine: WorkflowEngine, id: string): Promise<HistoryEvent[]> =>
  historyOf((name) => engine.query(id, name));
const types = (events: readonly HistoryEvent[]): string[] => events.map(({ type }) => type);
const until = async (check: () => boolean): Promise<void> => {
  while (!check()) await new Promise((resolve) => setImmediate(resolve));
};

const order = {
  id: "o-1",
  lines: [
    { price: 20, n: 3 },
    { price: 5, n: 1 },
  ],
};
const quick = stateMachine("quick", {
  tasks: { charge: (_held, input: { n: number }, call) => ({ n: input.n, at: call.attempt }) },
}).states({
  A: { type: "pass", output: { n: "{% $states.input.n + 1 %}" }, next: "B" },
  B: { type: "task", task: "charge", next: "C" },
  C: { type: "wait", seconds: 0, next: "D" },
  D: { type: "pass", output: "{% $states.input.n %}" },
});

const places: readonly [string, boolean, () => Place][] = [
  ["sqlite", false, sqlitePlace],
  ["postgres", url === undefined, postgresPlace],
];
for (const [name, isAbsent, makePlace] of places) {
  const need = isAbsent ? " [needs MORNING_TEST_POSTGRES_URL]" : "";
  describe.skipIf(isAbsent)(`state machines on a journal, ${name}${need}`, () => {
    it("run as they do in simulated time, with the same history", async () => {
      const engine = await opened(makePlace(), programOf(quick));
      const id = await engine.run("quick", { n: 1 }, { id: "quick-1" });
      expect(await engine.result(id)).toBe(2);
      const events = await history(engine, id);
      const simulated = await simulateMachine(quick, { n: 1 });
      expect(types(events)).toEqual(types(simulated.events));
      expect(events.map(({ id: one, previousEventId }) => [one, previousEventId])).toEqual(
        simulated.events.map(({ id: one, previousEventId }) => [one, previousEventId]),
      );
      // Asked again after it left memory, the replay gives the very same.
      expect(await history(engine, id)).toEqual(events);
    });

    it("go on in the middle of a map after the process went away", async () => {
      const place = makePlace();
      const did: number[] = [];
      let isHeld = true;
      const many = stateMachine("many", {
        tasks: {
          double: async (_held, n: number) => {
            if (isHeld && n > 2) await new Promise(() => {});
            did.push(n);
            return n * 2;
          },
        },
      }).states({
        Each: {
          type: "map",
          each: branch({ states: { Double: { type: "task", task: "double" } } }),
          concurrency: 2,
          next: "Sum",
        },
        Sum: { type: "pass", output: "{% $sum($states.input) %}" },
      });
      const first = await opened(place, programOf(many));
      const id = await first.run("many", [1, 2, 3, 4, 5]);
      await until(() => did.length === 2);
      const before = await history(first, id);
      await close();
      isHeld = false;
      const second = await opened(place, programOf(many));
      expect(await second.result(id)).toBe(30);
      // What had ended was not done again.
      expect(did).toEqual([1, 2, 3, 4, 5]);
      const after = await history(second, id);
      expect(after.slice(0, before.length)).toEqual(before);
      expect(types(after).filter((type) => type === "MapIterationSucceeded")).toHaveLength(5);
    });

    it("sleep out of memory, and wake in another process", async () => {
      const place = makePlace();
      const slow = stateMachine("slow").states({
        Rest: { type: "wait", seconds: 1, next: "Done" },
        Done: { type: "pass", output: "rested" },
      });
      const first = await opened(place, programOf(slow));
      const startedMs = Date.now();
      const id = await first.run("slow", {});
      await until(() => first.living === 0);
      expect(types(await history(first, id))).toEqual(["ExecutionStarted", "WaitStateEntered"]);
      await close();
      const second = await opened(place, programOf(slow));
      expect(await second.result(id)).toBe("rested");
      expect(Date.now() - startedMs).toBeGreaterThanOrEqual(990);
      const [entered, exited] = (await history(second, id)).filter(({ type }) =>
        type.startsWith("WaitState"),
      );
      const sleptMs = Date.parse(exited?.timestamp ?? "") - Date.parse(entered?.timestamp ?? "");
      expect(sleptMs).toBeGreaterThanOrEqual(1000);
    });

    it("keep the definition that they began with", async () => {
      const place = makePlace();
      const versions = [1, 2].map((version) =>
        stateMachine("changing").states({
          Rest: { type: "wait", seconds: 1, next: "Done" },
          Done: { type: "pass", output: version },
        }),
      );
      const [old = quick, renewed = quick] = versions;
      const first = await opened(place, programOf(old));
      const id = await first.run("changing", {});
      await until(() => first.living === 0);
      await close();
      const second = await opened(place, programOf(renewed));
      const later = await second.run("changing", {});
      expect([await second.result(id), await second.result(later)]).toEqual([1, 2]);
    });
  });
}

describe("tasks of a machine on a journal", () => {
  it("retry, catch and go through all types of states as in simulated time", async () => {
    const { things, did } = heldThings();
    const engine = await opened(sqlitePlace(), programOf(fulfilment, things));
    const id = await engine.run("fulfilment", order);
    expect(await engine.result(id)).toEqual({ id: "o-1", total: 65 });
    expect(did).toEqual([
      ["put", { id: "o-1", total: 65 }],
      ["publish", { id: "o-1" }],
      ["send", { orderId: "o-1", total: 65 }, { delayMs: 5000 }],
    ]);
    // Tasks of real time end in an order of their own: the same events in all.
    const simulated = await simulateMachine(fulfilment, order, heldThings().things);
    const events = types(await history(engine, id));
    expect(events.toSorted()).toEqual(types(simulated.events).toSorted());
  });

  it("are told of the attempt, and time out by the journal", async () => {
    let aborted = false;
    const late = stateMachine("late", {
      tasks: {
        hang: (_held, _input: unknown, call) =>
          new Promise(() => call.signal.addEventListener("abort", () => (aborted = true))),
      },
    }).states({
      Hang: {
        type: "task",
        task: "hang",
        timeoutSeconds: 1,
        catch: [{ on: ["States.Timeout"], next: "Late" }],
      },
      Late: { type: "pass", output: "{% $states.input.Error %}" },
    });
    const engine = await opened(sqlitePlace(), programOf(late));
    const id = await engine.run("late", {});
    expect(await engine.result(id)).toBe("States.Timeout");
    expect(aborted).toBe(true);
    expect(types(await history(engine, id))).toContain("TaskTimedOut");
  });

  it("wait for tokens that outsiders answer or fail", async () => {
    const handed: { token: string }[] = [];
    const approval = stateMachine("approval", {
      standIns: { "sns:publish": (_held, input: { token: string }) => void handed.push(input) },
    }).states({
      Ask: {
        type: "resource",
        resource: "arn:aws:states:::sns:publish.waitForTaskToken",
        arguments: { token: "{% $states.context.Task.Token %}" },
        catch: [{ on: ["Refused"], next: "No" }],
      },
      No: { type: "pass", output: "{% 'no: ' & $states.input.Cause %}" },
    });
    const engine = await opened(sqlitePlace(), programOf(approval));
    const ids = [await engine.run("approval", {}), await engine.run("approval", {})];
    await until(() => handed.length === 2);
    const secrets = JSON.stringify(await history(engine, ids[0] ?? ""));
    for (const { token } of handed) expect(secrets).not.toContain(token);
    await engine.answer(handed[0]?.token ?? "", { by: "ann" });
    await engine.fail(handed[1]?.token ?? "", Object.assign(new Error("no"), { name: "Refused" }));
    const results = await Promise.all(ids.map((id) => engine.result(id)));
    expect(results).toEqual(expect.arrayContaining([{ by: "ann" }, "no: no"]));
  });

  it("that wait for tokens fail when their heartbeat does not come", async () => {
    const tokens: string[] = [];
    const working = stateMachine("working", {
      standIns: { "sns:publish": (_held, input: { t: string }) => void tokens.push(input.t) },
    }).states({
      Work: {
        type: "resource",
        resource: "arn:aws:states:::sns:publish.waitForTaskToken",
        arguments: { t: "{% $states.context.Task.Token %}" },
        heartbeatSeconds: 60,
        catch: [{ on: ["States.HeartbeatTimeout"], next: "Silent" }],
      },
      Silent: { type: "pass", output: "{% $states.input.Error %}" },
    });
    const lab = await workflowLab({ workflows: [working] });
    await lab.start(working, {}, { id: "beaten" });
    await lab.start(working, {}, { id: "silent" });
    await lab.pass(50_000);
    await lab.engine.heartbeat(tokens[0] ?? "");
    await lab.pass(50_000);
    await lab.engine.answer(tokens[0] ?? "", "done");
    expect(await lab.result("beaten")).toBe("done");
    expect(await lab.result("silent")).toBe("States.HeartbeatTimeout");
    await lab.close();
  });

  it("end the run with the machine's own error", async () => {
    const failing = stateMachine("failing").states({
      A: { type: "fail", error: "Empty", cause: "nothing left" },
    });
    const engine = await opened(sqlitePlace(), programOf(failing));
    const id = await engine.run("failing", {});
    await expect(engine.result(id)).rejects.toMatchObject({
      code: "MOR_WORKFLOW_FAILED",
      cause: { code: "MOR_MACHINE_FAILED", details: { error: "Empty", cause: "nothing left" } },
    });
    expect(types(await history(engine, id)).at(-1)).toBe("ExecutionFailed");
  });

  it("end a circle at its 25,000th event", { timeout: 30_000 }, async () => {
    const circle = stateMachine("circle").states({
      A: { type: "pass", next: "B" },
      B: { type: "pass", next: "A" },
    });
    const engine = await opened(sqlitePlace(), programOf(circle));
    const id = await engine.run("circle", {});
    await expect(engine.result(id)).rejects.toMatchObject({
      cause: { code: "MOR_MACHINE_FAILED", details: { error: "States.Runtime" } },
    });
    expect(await history(engine, id)).toHaveLength(25_000);
  });

  it("stop with a cancelled run", async () => {
    const slow = stateMachine("slow").states({ Rest: { type: "wait", seconds: 1000 } });
    const engine = await opened(sqlitePlace(), programOf(slow));
    const id = await engine.run("slow", {});
    await engine.cancel(id);
    await expect(engine.result(id)).rejects.toMatchObject({ code: "MOR_WORKFLOW_CANCELLED" });
  });
});
