import { expect, test } from "vitest";
import type { HistoryAnswer } from "./overview/history.ts";
import type { Overview } from "./overview/overview.ts";
import { rigConfig } from "./rig.child.ts";
import { startRig, temporaryFolder, until } from "./rig.contract.ts";
import type { Rig } from "./rig.contract.ts";

/** How many steps of the last minutes, before an instant, had requests. */
async function busyOf(rig: Rig, minutes: number, beforeMs = Infinity): Promise<number> {
  const fromMs = Date.now() - minutes * 60_000;
  const query = `ids=platform,service/orders&metrics=requests,ratePerSecond&fromMs=${fromMs}`;
  const { json } = await rig.call("GET", `/api/v1/history?${query}`);
  const { atMs, series } = json as HistoryAnswer;
  const isBusy = (value: number | null, at: number): boolean =>
    (value ?? 0) > 0 && (atMs[at] ?? Infinity) < beforeMs;
  return series[0]?.values.filter(isBusy).length ?? 0;
}

test("after a restart the charts of the overview show what was before", async () => {
  const dataFolder = temporaryFolder();
  const config = rigConfig({ telemetry: "embedded" });
  const first = await startRig({ config, dataFolder });
  await until(async () => {
    await first.call("POST", "/svc/orders/jobs", { body: { n: 1 } });
    return (await busyOf(first, 5)) >= 3;
  });
  await first.stop();

  const startedAtMs = Date.now();
  const second = await startRig({ config, dataFolder });
  // Of the ten seconds that a point tells of, those before this process began.
  expect(await busyOf(second, 5, startedAtMs)).toBeGreaterThanOrEqual(2);
  expect(await busyOf(second, 23 * 60, startedAtMs)).toBeGreaterThanOrEqual(1);
  await until(async () => {
    const { json } = await second.call("GET", "/api/v1/overview");
    const { history } = json as Overview;
    return history.some(({ atMs, requests }) => atMs < startedAtMs && requests > 0);
  });
  expect(second.lines.filter(({ message }) => message.includes("cannot be read"))).toEqual([]);
}, 60_000);

test("where no telemetry is kept they begin with the process, without a word", async () => {
  const dataFolder = temporaryFolder();
  const first = await startRig({ dataFolder });
  await until(async () => {
    await first.call("POST", "/svc/orders/jobs", { body: { n: 1 } });
    return (await busyOf(first, 5)) >= 1;
  });
  await first.stop();
  const startedAtMs = Date.now();
  const second = await startRig({ dataFolder });
  expect(await busyOf(second, 5, startedAtMs)).toBe(0);
  expect(second.lines.filter(({ message }) => message.includes("cannot be read"))).toEqual([]);
}, 60_000);
