import { expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { event } from "../messaging/event/index.ts";
import { workflow } from "../workflow/index.ts";
import { replayRecording, workflowLab } from "./workflows.ts";
import type { WorkflowLab, WorkflowLabOptions } from "./workflows.ts";

const paid = event("order.paid", { data: z.object({ order: z.string() }) });
const dayMs = 86_400_000;

const remind = workflow(
  "remind",
  { input: z.object({ order: z.string() }), uses: { paid: paid.subscriber() } },
  async (ctx, { order }) => {
    await ctx.step("invoice", () => `invoice ${order}`);
    for (let week = 1; week <= 52; week++) {
      try {
        await ctx.waitForEvent(paid, {
          pattern: { detail: { order: [order] } },
          timeoutMs: 7 * dayMs,
        });
        return { week };
      } catch {
        await ctx.step("remind", () => week);
      }
    }
    throw new Error("never paid");
  },
);

async function open(options: WorkflowLabOptions): Promise<WorkflowLab> {
  const lab = await workflowLab(options);
  onTestFinished(() => lab.close());
  return lab;
}

test("a year of waiting takes no time", async () => {
  const lab = await open({ workflows: [remind] });
  const startedMs = lab.clock.now();
  const id = await lab.start(remind, { order: "A-1" });
  await expect(lab.result(id)).rejects.toMatchObject({ cause: { message: "never paid" } });
  expect(lab.clock.now() - startedMs).toBe(52 * 7 * dayMs);
  expect(await lab.steps(id)).toHaveLength(1 + 2 * 52);
});

test("an event in the third week ends it", async () => {
  const lab = await open({ workflows: [remind] });
  const id = await lab.start(remind, { order: "A-2" });
  await lab.pass(15 * dayMs);
  await lab.pass(0);
  await lab.publish(paid, { order: "another" });
  await lab.publish(paid, { order: "A-2" });
  expect(await lab.result(id)).toMatchObject({ week: expect.any(Number) as number });
});

const charge = workflow("charge", { retry: { attemptsMax: 3, baseMs: 1000 } }, async (ctx) => {
  const reference = await ctx.step("pay", () => Promise.reject<string>(new Error("no provider")));
  await ctx.sleep(dayMs);
  const said = await ctx.waitForCallback<string>("boss", () => {});
  return `${reference} ${said}`;
});

test("steps are mocked by choice, attempts and all; callbacks are answered by name", async () => {
  const attempts: number[] = [];
  const pay = (_: never, { attempt }: { readonly attempt: number }): string => {
    attempts.push(attempt);
    if (attempt < 3) throw new Error("busy");
    return "r-1";
  };
  const lab = await open({ workflows: [charge], steps: { "charge/pay": pay } });
  const id = await lab.start(charge, undefined);
  await expect(lab.result(id)).rejects.toMatchObject({
    message: `run ${id} waits for callback boss`,
  });
  expect(attempts).toEqual([1, 2, 3]);
  await lab.answer(id, "boss", "yes");
  expect(await lab.result(id)).toBe("r-1 yes");
});

test("a recording replays against the same code, and names where other code differs", async () => {
  const lab = await open({ workflows: [remind] });
  const id = await lab.start(remind, { order: "A-3" });
  await lab.pass(8 * dayMs);
  const recording = JSON.parse(JSON.stringify(await lab.recording(id))) as never;
  await replayRecording(remind, recording);
  const other = workflow("remind", { version: "2" }, async (ctx) => {
    await ctx.step("invoice", () => "invoice");
    await ctx.step("a new step", () => 1);
  });
  await expect(replayRecording(other, recording)).rejects.toMatchObject({
    code: "MOR_WORKFLOW_NOT_DETERMINISTIC",
    details: { kind: "event", name: "order.paid" },
  });
  const shorter = workflow("remind", {}, (ctx) => ctx.step("invoice", () => "invoice"));
  await expect(replayRecording(shorter, recording)).rejects.toMatchObject({
    code: "MOR_WORKFLOW_NOT_DETERMINISTIC",
  });
});
