import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { backUp, restoreBackup } from "./backup.ts";
import { rigConfig } from "./rig.child.ts";
import { startRig, temporaryFolder, until } from "./rig.contract.ts";

test("a backup taken under load restores to a platform that handles what was waiting", async () => {
  const handled = new Set<number>();
  const gate = Promise.withResolvers<void>();
  const rig = await startRig({ config: rigConfig({ onJob: () => gate.promise }) });
  const acknowledged: number[] = [];
  let next = 0;
  const load = async (): Promise<void> => {
    while (next < 400) {
      const n = next++;
      const { status } = await rig.call("POST", "/svc/orders/jobs", { body: { n } });
      if (status === 200) acknowledged.push(n);
    }
  };
  const running = Promise.all(Array.from({ length: 8 }, load));
  await until(() => acknowledged.length >= 100);
  const before = [...acknowledged];
  const folder = join(temporaryFolder(), "backup");
  const made = await rig.call("POST", "/api/v1/backups", { body: { folder } });
  expect(made.status).toBe(201);
  expect(made.json).toMatchObject({ format: 1, app: "rig", environment: "local" });
  await running;
  expect(acknowledged).toHaveLength(400);
  gate.resolve();
  await rig.stop();

  const dataFolder = temporaryFolder();
  expect(restoreBackup(folder, dataFolder)).toMatchObject({ app: "rig" });
  await startRig({ dataFolder, config: rigConfig({ onJob: (n) => void handled.add(n) }) });
  // Those that were in flight at the time of the backup come when their lease has run out.
  const leased = 20;
  await until(() => before.filter((n) => !handled.has(n)).length <= leased);
});

test("a backup goes into no folder that exists, and says so when it cannot make one", async () => {
  const rig = await startRig();
  const statusOf = async (folder: string): Promise<[number, string]> => {
    const { status, problem } = await rig.call("POST", "/api/v1/backups", { body: { folder } });
    return [status, problem.code];
  };
  expect(await statusOf(temporaryFolder())).toEqual([409, "MOR_CONFLICT"]);
  for (const folder of ["/proc/nothing", "/dev/null/x", "\u0000"]) {
    expect(await statusOf(folder)).toEqual([400, "MOR_INVALID"]);
  }
});

test("a restore refuses what is no backup, and a data folder in use", async () => {
  const rig = await startRig();
  const dataFolder = temporaryFolder();
  expect(() => restoreBackup(temporaryFolder(), dataFolder)).toThrow("there is no backup in");
  const odd = temporaryFolder();
  writeFileSync(join(odd, "manifest.json"), "{}");
  expect(() => restoreBackup(odd, dataFolder)).toThrow("is no manifest of a backup");
  const folder = join(temporaryFolder(), "backup");
  await backUp(rig.platform.host, folder);
  expect(() => restoreBackup(folder, rig.dataFolder)).toThrow(/process \d+ owns it/);
  expect((await rig.call("GET", "/readyz")).status).toBe(200);
});

test("blobs are part of a backup", async () => {
  const rig = await startRig();
  mkdirSync(join(rig.dataFolder, "blobs", "b"), { recursive: true });
  writeFileSync(join(rig.dataFolder, "blobs", "b", "one"), "1");
  const folder = join(temporaryFolder(), "backup");
  await backUp(rig.platform.host, folder);
  const dataFolder = temporaryFolder();
  restoreBackup(folder, dataFolder);
  expect(existsSync(join(dataFolder, "blobs", "b", "one"))).toBe(true);
});
