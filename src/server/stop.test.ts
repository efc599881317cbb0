import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { morning, rigFile } from "../cli/child.contract.ts";
import type { Cli } from "../cli/child.contract.ts";
import { callAt, temporaryFolder, until } from "./rig.contract.ts";

interface Child {
  readonly cli: Cli;
  readonly url: string;
  handled(): number[];
}

async function startChild(
  dataFolder: string,
  jobMs: number,
  more: readonly string[] = [],
): Promise<Child> {
  const journal = join(dataFolder, "handled.txt");
  writeFileSync(journal, "", { flag: "a" });
  const where = ["--config", rigFile, "--port", "0", "--data-folder", dataFolder];
  const env = { RIG_JOURNAL: journal, RIG_JOB_MS: String(jobMs) };
  const cli = morning(["start", "--json", ...where, ...more], { env });
  const url = await cli.ready();
  const handled = (): number[] =>
    readFileSync(journal, "utf8").split("\n").filter(Boolean).map(Number);
  return { cli, url, handled };
}

/** Sends jobs from many callers until the platform refuses; answers what it acknowledged. */
async function load(url: string, acknowledged: number[]): Promise<void> {
  let next = 0;
  const caller = async (): Promise<void> => {
    for (;;) {
      const n = next++;
      try {
        const { status } = await callAt(url, "POST", "/svc/orders/jobs", { body: { n } });
        if (status !== 200) return;
        acknowledged.push(n);
      } catch {
        return;
      }
    }
  };
  await Promise.all(Array.from({ length: 8 }, caller));
}

async function stopUnderLoad(signals: number, more: readonly string[] = []): Promise<void> {
  const dataFolder = temporaryFolder();
  const first = await startChild(dataFolder, 50, more);
  const acknowledged: number[] = [];
  const loading = load(first.url, acknowledged);
  await until(() => acknowledged.length > 100 && first.handled().length > 5);
  const signalledMs = performance.now();
  first.cli.child.kill("SIGTERM");
  if (signals > 1) {
    await until(() => first.cli.stderr().includes("stopping"));
    first.cli.child.kill("SIGTERM");
  }
  const code = await first.cli.ended;
  const tookMs = performance.now() - signalledMs;
  await loading;
  if (signals === 1) expect([code, first.cli.stderr()]).toEqual([0, expect.any(String)]);
  else expect(code).toBe(1);
  expect(tookMs).toBeLessThan(signals === 1 ? 30_000 : 3_000);
  const before = first.handled();
  // What was in flight at a graceful stop was finished and acknowledged: nothing comes twice.
  if (signals === 1) expect(new Set(before).size).toBe(before.length);

  const second = await startChild(dataFolder, 0, more);
  await until(() => {
    const handled = new Set(second.handled());
    return acknowledged.every((n) => handled.has(n));
  }, 60_000);
  if (signals === 1) expect(new Set(second.handled()).size).toBe(second.handled().length);
  second.cli.child.kill("SIGTERM");
  expect(await second.cli.ended).toBe(0);
}

test("SIGTERM under load: exit 0 within 30 s, nothing lost, nothing handled twice", async () => {
  await stopUnderLoad(1);
}, 120_000);

test("a second signal exits at once, and nothing acknowledged is lost", async () => {
  await stopUnderLoad(2);
}, 120_000);

test("kill -9 under load loses nothing that was acknowledged", async () => {
  const dataFolder = temporaryFolder();
  const first = await startChild(dataFolder, 20);
  const acknowledged: number[] = [];
  const loading = load(first.url, acknowledged);
  await until(() => acknowledged.length > 100);
  first.cli.child.kill("SIGKILL");
  await loading;
  expect(await first.cli.ended).toBe("SIGKILL");
  const second = await startChild(dataFolder, 0);
  await until(() => {
    const handled = new Set(second.handled());
    return acknowledged.every((n) => handled.has(n));
  }, 60_000);
}, 120_000);

test("an idle platform stops within a second or two, open event streams and all", async () => {
  const { cli, url } = await startChild(temporaryFolder(), 0);
  const stream = await fetch(`${url}/api/v1/stream`);
  const signalledMs = performance.now();
  cli.child.kill("SIGINT");
  expect(await cli.ended).toBe(0);
  expect(performance.now() - signalledMs).toBeLessThan(3_000);
  expect(await stream.text()).toContain("event: overview");
}, 60_000);
