import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { morning } from "../cli/child.contract.ts";
import { packageRoot } from "../core/package.ts";
import { callAt, temporaryFolder, until } from "./rig.contract.ts";

const config = join(packageRoot(), "src/server/flow.child.ts");

test("a workflow runs where its service does, and elsewhere when that is killed", async () => {
  const folder = temporaryFolder();
  const journal = join(folder, "steps.txt");
  const where = ["--config", config, "--port", "0", "--data-folder", join(folder, "data")];
  const instances = ["--instances", "runner=2"];
  const cli = morning(["start", "--json", "--isolate", ...where, ...instances], {
    env: { RIG_JOURNAL: journal },
  });
  const url = await cli.ready();
  await until(async () => (await callAt(url, "GET", "/svc/door/results/none")).status === 404);
  const started = Array.from({ length: 10 }, (_, n) =>
    callAt(url, "POST", "/svc/door/start", { body: { n } }),
  );
  for (const { status } of await Promise.all(started)) expect(status).toBe(200);
  const lines = (): string[] => readFileSync(journal, "utf8").trim().split("\n");
  await until(() => lines().length >= 10);
  process.kill(Number(lines()[0]?.split(" ")[2]), "SIGKILL");
  for (let n = 0; n < 10; n++) {
    const { json } = await callAt(url, "GET", `/svc/door/results/flow-${n}`);
    expect(json).toBe(n);
  }
  const done = lines().map((line) => line.split(" ").slice(0, 2).join(" "));
  const wanted = Array.from({ length: 10 }, (_, n) => [`first ${n}`, `second ${n}`]).flat();
  expect(new Set(done)).toEqual(new Set(wanted));
  const first = done.filter((line) => line.startsWith("first"));
  expect(first).toHaveLength(10);
  // The process that answers runs none of them, and can ask all the same.
  const asked = await callAt(url, "GET", "/api/v1/workflow-runs/flow-3/queries/n");
  expect(asked.json).toMatchObject({ value: { json: "3" } });
  cli.child.kill("SIGTERM");
  expect(await cli.ended).toBe(0);
}, 90_000);
