import { expect, it } from "vitest";
import { coreErrors } from "../../core/errors.ts";
import type { Json } from "../../core/json.ts";
import { codeOf, onBoth, open, until } from "../engine/rig.contract.ts";
import type { Program } from "../engine/program.ts";
import { executionName, runDeployed } from "./deployed.ts";
import type { ExecutionDetail, MachineDriver } from "./driver.ts";
import { stateMachine } from "./index.ts";

const machine = stateMachine("fulfil").states({ Done: { type: "succeed" } });

type Execution = { -readonly [K in keyof ExecutionDetail]: ExecutionDetail[K] };

/** Step Functions as the contract has it, with what no emulator has: redrive. */
function states(): {
  readonly driver: MachineDriver;
  readonly executions: Map<string, Execution>;
  readonly did: string[];
} {
  const executions = new Map<string, Execution>();
  const did: string[] = [];
  const found = (id: string): Execution => {
    const one = executions.get(id);
    if (one === undefined) throw coreErrors.MOR_NOT_FOUND(`there is no execution ${id}`);
    return one;
  };
  const driver = {
    async start(of: string, input: Json, name: string) {
      const id = `arn:${of}:${name}`;
      did.push(`start ${name}`);
      if (!executions.has(id)) {
        executions.set(id, { id, name, input, status: "RUNNING", startedAtMs: 0 });
      }
      return id;
    },
    describe: async (id: string) => ({ ...found(id) }),
    async stop(id: string) {
      did.push(`stop ${id}`);
      found(id).status = "ABORTED";
    },
    async redrive(id: string) {
      did.push(`redrive ${id}`);
      found(id).status = "RUNNING";
    },
  } as unknown as MachineDriver;
  return { driver, executions, did };
}

const programOf = (driver: MachineDriver): Program => ({
  name: "fulfil",
  version: "1",
  run: (context, input) => runDeployed(context, driver, machine, input),
});

onBoth("runs of a machine that Step Functions runs", (place) => {
  it("have the execution's output, which word of its end brings at once", async () => {
    const { driver, executions } = states();
    const store = await place()();
    const engine = await open(store, [programOf(driver)]);
    const id = await engine.run("fulfil", { n: 1 }, { id: "order 1:a" });
    await until(() => executions.size === 1);
    const [execution] = executions.values();
    if (execution === undefined) throw new Error("nothing was started");
    expect(execution.input).toEqual({ n: 1 });
    execution.status = "SUCCEEDED";
    execution.output = { done: true };
    const envelope = { id: "e-1", detail: { executionArn: execution.id } };
    await engine.deliverEvent("Step Functions Execution Status Change", JSON.stringify(envelope));
    expect(await engine.result(id)).toEqual({ done: true });
    await engine.close();
    await store.close();
  });

  it("fail with it, and a retry redrives the same execution, once a retry", async () => {
    const { driver, executions, did } = states();
    const store = await place()();
    const engine = await open(store, [programOf(driver)]);
    const fail = (): void => {
      for (const one of executions.values()) {
        Object.assign(one, { status: "FAILED", error: "NotPaid", cause: "no money" });
      }
    };
    const first = await engine.run("fulfil", {}, { id: "o-1" });
    await until(() => executions.size === 1);
    fail();
    await expect(engine.result(first)).rejects.toMatchObject({ code: "MOR_WORKFLOW_FAILED" });
    const second = await engine.retry(first);
    await until(() => did.length === 2);
    fail();
    expect(await codeOf(engine.result(second))).toBe("MOR_WORKFLOW_STEP_FAILED");
    const third = await engine.retry(second);
    await until(() => did.length === 3);
    for (const one of executions.values()) Object.assign(one, { status: "SUCCEEDED", output: 7 });
    expect(await engine.result(third)).toBe(7);
    expect(did).toEqual(["start o-1", "redrive arn:fulfil:o-1", "redrive arn:fulfil:o-1"]);
    await engine.close();
    await store.close();
  });

  it("stop it when they are cancelled", async () => {
    const { driver, executions, did } = states();
    const store = await place()();
    const engine = await open(store, [programOf(driver)]);
    const id = await engine.run("fulfil", {}, { id: "o-1" });
    await until(async () => (await engine.entries(id)).length === 3);
    await engine.cancel(id);
    expect(await codeOf(engine.result(id))).toBe("MOR_WORKFLOW_CANCELLED");
    expect(did).toEqual(["start o-1", "stop arn:fulfil:o-1"]);
    expect([...executions.values()][0]?.status).toBe("ABORTED");
    await engine.close();
    await store.close();
  });
});

it("names executions as Step Functions allows, each run its own", () => {
  expect(executionName("order-17_a")).toBe("order-17_a");
  const names = ["nightly.2026-01-01T00:00:00.000Z", "a:b", "a/b", "x".repeat(81), "訂單"];
  for (const name of names.map(executionName)) expect(name).toMatch(/^[\w-]{1,80}$/);
  expect(new Set(names.map(executionName)).size).toBe(names.length);
});
