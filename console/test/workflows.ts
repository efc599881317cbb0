import { expect, vi } from "vitest";
import type { TestPlatform } from "./platform.ts";

interface Callback {
  readonly run: string;
  readonly at: string;
}

interface Run {
  readonly id: string;
  readonly status: string;
}

/** Starts a run. */
export async function start(
  platform: TestPlatform,
  workflow: string,
  id: string,
  input: unknown,
): Promise<void> {
  await platform.api("POST", `/workflows/${workflow}/runs`, { id, input });
}

const statusOf = async (platform: TestPlatform, id: string): Promise<string> =>
  ((await platform.api("GET", `/workflow-runs/${encodeURIComponent(id)}`)) as Run).status;

/** Waits until a run stands so. */
export const stands = (
  platform: TestPlatform,
  id: string,
  status: string,
  timeoutMs = 15_000,
): Promise<void> =>
  vi.waitFor(async () => expect(await statusOf(platform, id)).toBe(status), {
    timeout: timeoutMs,
    interval: 50,
  });

/** Starts a purchase and waits until it waits for a person. */
export async function purchase(platform: TestPlatform, order: string): Promise<string> {
  const id = `purchase.${order}`;
  await start(platform, "purchase", id, { order, pence: 4200 });
  await stands(platform, id, "waiting");
  return id;
}

async function answer(platform: TestPlatform, id: string, approved: boolean): Promise<void> {
  const { callbacks } = (await platform.api("GET", "/workflow-callbacks")) as {
    readonly callbacks: readonly Callback[];
  };
  const at = callbacks.find(({ run }) => run === id)?.at;
  const body = { at, value: { approved, comment: "as agreed" } };
  await platform.api("POST", `/workflow-runs/${encodeURIComponent(id)}/answers`, body);
}

/** Runs in every state that pages look different in. */
export async function seed(platform: TestPlatform): Promise<void> {
  const [good, refused, stopped] = ["S-1", "S-2", "S-3"];
  for (const order of [good, refused, stopped, "S-4"]) await purchase(platform, order ?? "");
  await answer(platform, `purchase.${good}`, true);
  await answer(platform, `purchase.${refused}`, false);
  await platform.api("POST", `/workflow-runs/purchase.${stopped}/terminate`, { reason: "a test" });
  await start(platform, "broken", "broken.1", { why: "ECONNREFUSED" });
  await start(platform, "nightly", "nightly.1", {});
  await start(platform, "slow", "slow.1", undefined);
  await start(platform, "many", "many.few", { branches: 30, entries: 3 });
  await stands(platform, `purchase.${good}`, "completed");
  await stands(platform, "broken.1", "failed");
  await start(platform, "sorting", "sorting.1", { grams: [100, 200, 300] });
  await start(platform, "sorting", "sorting.2", { grams: [900, 200] });
  await stands(platform, "many.few", "completed");
  await stands(platform, "sorting.1", "completed");
  await stands(platform, "sorting.2", "failed");
}
