import { afterEach, describe, expect, it } from "vitest";
import { settle } from "../../testing/settle.ts";
import { workflowLab } from "../../testing/workflows.ts";
import type { WorkflowLab } from "../../testing/workflows.ts";
import { workflow } from "../workflow.ts";
import { codeOf, onBoth, open, program, stands, until } from "./rig.contract.ts";

const labs: WorkflowLab[] = [];
afterEach(async () => {
  for (const lab of labs.splice(0)) await lab.close();
});

/** A lab in which a run waits for an answer, and the token of it. */
async function watching(
  limits: { readonly timeoutMs?: number; readonly heartbeatMs?: number },
  id = "w",
): Promise<{ readonly lab: WorkflowLab; readonly token: string }> {
  let token = "";
  const watched = workflow("watched", {}, (context) =>
    context.waitForCallback("work", (_held, given) => void (token = given), limits),
  );
  const lab = await workflowLab({ workflows: [watched] });
  labs.push(lab);
  await lab.start(watched, {}, { id });
  await settle();
  return { lab, token };
}

describe("heartbeats of callbacks", () => {
  it("give more time, as often as they come, and an answer after them counts", async () => {
    const { lab, token } = await watching({ heartbeatMs: 10_000 });
    for (let beat = 0; beat < 20; beat++) {
      await lab.pass(9000);
      await lab.engine.heartbeat(token);
    }
    await lab.engine.answer(token, "done");
    expect(await lab.result("w")).toBe("done");
  });

  it("that fail to come end the wait, by an error of their own", async () => {
    const { lab, token } = await watching({ heartbeatMs: 10_000, timeoutMs: 3_600_000 });
    await lab.pass(9000);
    await lab.engine.heartbeat(token);
    await lab.pass(9999);
    expect((await lab.engine.state("w")).endedAtMs).toBeUndefined();
    expect(await codeOf(lab.result("w"))).toBe("MOR_WORKFLOW_HEARTBEAT");
    expect(await codeOf(lab.engine.heartbeat(token))).toBe("MOR_WORKFLOW_TOKEN");
  });

  it("do not reach past the time of the whole", async () => {
    const { lab, token } = await watching({ heartbeatMs: 10_000, timeoutMs: 25_000 });
    for (const ms of [9000, 9000, 6000]) {
      await lab.pass(ms);
      await lab.engine.heartbeat(token);
    }
    expect(await codeOf(lab.result("w"))).toBe("MOR_WORKFLOW_WAIT_TIMEOUT");
  });

  it("of a callback that nobody watches change nothing", async () => {
    const { lab, token } = await watching({ timeoutMs: 25_000 });
    await lab.engine.heartbeat(token);
    expect((await lab.engine.openCallbacks()).items[0]?.dueAtMs).toBe(lab.clock.now() + 25_000);
  });
});

onBoth("heartbeats of callbacks", (place) => {
  it("are durable: another engine waits as long as they say", async () => {
    const store = await place()();
    let token = "";
    const watched = program("watched", (context) =>
      context.waitForCallback("work", (_, given) => void (token = given), {
        heartbeatMs: 60_000,
      }),
    );
    const first = await open(store, [watched], { lingerMs: 0 });
    const id = await first.run("watched", undefined);
    await until(stands(first, id, "waiting"));
    const due = async (): Promise<number> => (await first.openCallbacks()).items[0]?.dueAtMs ?? 0;
    const before = await due();
    await until(async () => {
      await first.heartbeat(token);
      return (await due()) > before;
    });
    await first.close();
    const second = await open(store, [watched]);
    await second.answer(token, "late, and in time");
    expect(await second.result(id)).toBe("late, and in time");
    await second.close();
    await store.close();
  });
});
