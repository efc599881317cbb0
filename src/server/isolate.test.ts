import { join } from "node:path";
import { expect, test } from "vitest";
import { morning, rigFile } from "../cli/child.contract.ts";
import type { Cli } from "../cli/child.contract.ts";
import type { Overview } from "./overview/overview.ts";
import { makeInstances } from "./owner.ts";
import { callAt, temporaryFolder, until } from "./rig.contract.ts";

function start(dataFolder: string, more: readonly string[] = []): Cli {
  const where = ["--config", rigFile, "--port", "0", "--data-folder", dataFolder];
  const env = { RIG_JOURNAL: join(dataFolder, "handled.txt") };
  return morning(["start", "--json", "--isolate", ...where, ...more], { env });
}

async function pidOf(url: string, service: string): Promise<number> {
  const { json } = await callAt(url, "GET", `/svc/${service}/pid`);
  return (json as { pid?: number } | undefined)?.pid ?? 0;
}

async function pidsOf(url: string, service: string): Promise<number[]> {
  const pids = new Set<number>();
  for (let n = 0; n < 12; n++) pids.add(await pidOf(url, service));
  pids.delete(0);
  return [...pids];
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function overviewOf(url: string): Promise<Overview> {
  return (await callAt(url, "GET", "/api/v1/overview")).json as Overview;
}

interface Shown {
  readonly pid: number | null;
  readonly state: string;
  readonly startedAtMs: number | null;
  readonly restarts: number;
  readonly lastExit: string | null;
}

async function instancesOf(url: string, service: string): Promise<readonly Shown[]> {
  const { json } = await callAt(url, "GET", `/api/v1/services/${service}`);
  return (json as { instances: Shown[] }).instances;
}

async function requestsOf(url: string, service: string): Promise<number> {
  const { text } = await callAt(url, "GET", "/metrics");
  const lines = text
    .split("\n")
    .filter((line) => line.startsWith(`morning_http_requests_total{service="${service}"`));
  return lines.reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
}

test("services run in their own processes, call each other; metrics are merged", async () => {
  const cli = start(temporaryFolder(), ["--instances", "stock=2"]);
  const url = await cli.ready();
  await until(async () => (await pidsOf(url, "stock")).length === 2);
  const pids = [...(await pidsOf(url, "stock")), await pidOf(url, "worker")];
  expect(new Set([...pids, cli.child.pid]).size).toBe(4);
  const made = await callAt(url, "POST", "/svc/orders/orders", { body: { sku: "a", amount: 1 } });
  expect(made.json).toMatchObject({ sku: "a", left: 7 });
  expect((await callAt(url, "POST", "/svc/orders/orders", { body: {} })).problem.detail).toContain(
    "at sku",
  );
  await until(
    async () => (await requestsOf(url, "stock")) > 0 && (await requestsOf(url, "orders")) === 2,
  );
  expect((await callAt(url, "GET", "/openapi.json")).text).toContain("/svc/stock/stock/{sku}");
  expect((await callAt(url, "GET", "/api/v1/platform")).json).toMatchObject({ isolated: true });
  const shown = await instancesOf(url, "stock");
  expect(shown.map(({ state, restarts }) => [state, restarts])).toEqual([
    ["running", 0],
    ["running", 0],
  ]);
  expect(shown.map(({ pid }) => pid)).toEqual(expect.arrayContaining(pids.slice(0, 2)));

  cli.child.kill("SIGTERM");
  expect(await cli.ended).toBe(0);
  expect(pids.filter(isAlive)).toEqual([]);
}, 60_000);

test("a killed instance is shown as down, starts again, and its counts stay", async () => {
  const cli = start(temporaryFolder());
  const url = await cli.ready();
  for (let n = 0; n < 10; n++) await pidOf(url, "stock");
  await until(async () => (await requestsOf(url, "stock")) >= 10);
  const killed = await pidOf(url, "stock");
  const before = await requestsOf(url, "stock");
  process.kill(killed, "SIGKILL");
  await until(async () => {
    const { problems } = await overviewOf(url);
    return problems.some(
      ({ code, message }) => /^(down|restarted)$/.test(code) && message.includes("SIGKILL"),
    );
  });
  const gone = await callAt(url, "GET", "/svc/stock/pid");
  if (gone.status !== 200) {
    expect([gone.status, gone.problem.code]).toEqual([503, "MOR_ENGINE_UNAVAILABLE"]);
  }
  await until(async () => ![0, killed].includes(await pidOf(url, "stock")));
  expect(await instancesOf(url, "stock")).toEqual([
    {
      pid: await pidOf(url, "stock"),
      state: "running",
      startedAtMs: expect.any(Number) as number,
      restarts: 1,
      lastExit: "SIGKILL",
    },
  ]);
  await until(async () => (await overviewOf(url)).problems.length === 0);
  expect(await requestsOf(url, "stock")).toBeGreaterThanOrEqual(before);
  cli.child.kill("SIGTERM");
  expect(await cli.ended).toBe(0);
}, 60_000);

test("an instance that keeps crashing is restarted more and more slowly", async () => {
  const cli = start(temporaryFolder());
  const url = await cli.ready();
  const crashes = async (): Promise<void> => {
    for (let n = 0; n < 3; n++) {
      await until(async () => (await pidOf(url, "stock")) !== 0);
      await callAt(url, "POST", "/svc/stock/exit").catch(() => undefined);
    }
  };
  await crashes();
  await until(() => (cli.stderr().match(/"restartInMs":\d+/g) ?? []).length >= 3);
  const delays = [...cli.stderr().matchAll(/"restartInMs":(\d+)/g)].map(([, ms]) => Number(ms));
  expect(delays.slice(0, 3)).toEqual([400, 800, 1_600]);
  const states = new Set<string>();
  await until(async () => {
    const [shown] = await instancesOf(url, "stock");
    states.add(shown?.state ?? "none");
    if (shown?.state === "down") expect([shown.pid, shown.lastExit]).toEqual([null, "exit 9"]);
    return shown?.state === "running" && states.has("down");
  });
  expect(cli.stderr()).toContain("exit 9");
  cli.child.kill("SIGTERM");
  expect(await cli.ended).toBe(0);
}, 60_000);

test("children never outlive their owner, also when it is killed", async () => {
  const dataFolder = temporaryFolder();
  const first = start(dataFolder);
  const url = await first.ready();
  const pids = [await pidOf(url, "stock"), await pidOf(url, "worker")];
  expect(pids.every(isAlive)).toBe(true);
  first.child.kill("SIGKILL");
  await until(() => !pids.some(isAlive), 10_000);
  // The folder is free at once, and a new owner has instances of its own.
  const second = start(dataFolder);
  const again = await second.ready();
  expect(pids).not.toContain(await pidOf(again, "stock"));
  second.child.kill("SIGTERM");
  expect(await second.ended).toBe(0);
}, 60_000);

test("restarting instances one after the other fails no request", async () => {
  const cli = start(temporaryFolder(), ["--instances", "stock=2"]);
  const url = await cli.ready();
  await until(async () => (await pidsOf(url, "stock")).length === 2);
  const answers: string[] = [];
  let running = true;
  const load = (async () => {
    while (running) {
      const body = { sku: "a", amount: 1 };
      const { status, problem } = await callAt(url, "POST", "/svc/orders/orders", { body });
      answers.push(status === 201 ? "ok" : `${status} ${problem.code} ${problem.detail}`);
    }
  })();
  for (const pid of await pidsOf(url, "stock")) {
    process.kill(pid, "SIGTERM");
    await until(() => !isAlive(pid));
    await until(async () => (await pidsOf(url, "stock")).length === 2);
  }
  running = false;
  await load;
  expect(answers.length).toBeGreaterThan(100);
  expect([...new Set(answers)]).toEqual(["ok"]);
  cli.child.kill("SIGTERM");
  expect(await cli.ended).toBe(0);
}, 60_000);

test("a service that was started by hand comes back to an owner that was restarted", async () => {
  const dataFolder = temporaryFolder();
  const where = ["--config", rigFile, "--data-folder", dataFolder];
  const only = ["--port", "0", ...where];
  const owner = start(dataFolder);
  await owner.ready();
  const alone = morning(["service", "stock", ...where], { env: { MORNING_LOG_LEVEL: "debug" } });
  await until(() => alone.stderr().includes("an instance takes requests"));
  owner.child.kill("SIGKILL");
  await owner.ended;
  const second = morning(["start", "--json", "--isolate", ...only]);
  const url = await second.ready();
  await until(async () => (await pidsOf(url, "stock")).includes(alone.child.pid ?? -1));
  alone.child.kill("SIGTERM");
  expect(await alone.ended).toBe(0);
  expect(await pidsOf(url, "stock")).not.toContain(alone.child.pid);
  second.child.kill("SIGTERM");
  expect(await second.ended).toBe(0);
}, 60_000);

test("a service without an owner says what to start", async () => {
  const cli = morning([
    "service",
    "stock",
    "--config",
    rigFile,
    "--data-folder",
    temporaryFolder(),
  ]);
  expect(await cli.ended).toBe(1);
  expect(cli.stderr()).toContain("MOR_ENGINE_UNAVAILABLE");
  expect(cli.stderr()).toContain("Start the platform");
}, 30_000);

test("an instance that took itself out is draining until it is gone", async () => {
  const instances = makeInstances(new Map());
  const { control } = instances;
  const { pid } = process;
  await control.register({ service: "stock", pid, port: 1, token: "" });
  expect([instances.has("stock"), instances.isDraining("stock", pid)]).toEqual([true, false]);
  await control.withdraw("stock", pid);
  expect([instances.has("stock"), instances.isDraining("stock", pid)]).toEqual([false, true]);
  await control.leave("stock", pid);
  expect([instances.has("stock"), instances.isDraining("stock", pid)]).toEqual([false, false]);
});
