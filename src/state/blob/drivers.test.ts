import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { engineGap } from "../../../conformance/gaps.ts";
import { systemClock } from "../../core/clock.ts";
import { openInline } from "../../engines/sqlite/inline.ts";
import { emulatorScope, provision } from "../../testing/aws/provision.ts";
import { s3Makers } from "../../testing/aws/s3.ts";
import { testHost } from "../../testing/host.ts";
import { blobContract, contractSets } from "./contract.ts";
import type { BlobsUnderTest } from "./contract.ts";
import { driver as filesystem } from "./drivers/filesystem.ts";
import { driver as s3 } from "./drivers/s3.ts";
import { infra } from "./infra.ts";

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "morning-blob-"));
  folders.push(folder);
  return folder;
}

blobContract("blob in files", async () => {
  const store = openInline({ clock: systemClock });
  const host = testHost({ store, dataFolder: temporaryFolder() });
  const driver = await filesystem.open(host, {});
  return {
    driver,
    async close() {
      await driver.close();
      await store.close();
    },
  };
});

const region = "us-east-1";

/** S3 on an emulator, with the buckets that synth would deploy. */
async function openS3(endpoint: string): Promise<BlobsUnderTest> {
  const app = `blob${process.pid}`;
  const scope = emulatorScope({ app, environment: "test", region, account: "000000000000" });
  for (const set of contractSets) {
    await provision(infra.resources(set, scope), scope, s3Makers(endpoint, region));
  }
  const host = testHost({ app, environment: "test" });
  return { driver: await s3.open(host, { endpoint, region }), close: () => host.close() };
}

const emulators = { moto: "MORNING_TEST_AWS_URL", ministack: "MORNING_TEST_MINISTACK_URL" };
for (const [engine, variable] of Object.entries(emulators)) {
  const endpoint = process.env[variable];
  blobContract(`s3 on ${engine} [needs ${variable}]`, () => openS3(endpoint ?? ""), {
    skip: endpoint === undefined,
    gap: (name) => engineGap(engine, "s3", name),
  });
}

test("files that a crash left behind are removed, and no others", async () => {
  const dataFolder = temporaryFolder();
  const store = openInline({ clock: systemClock });
  const host = testHost({ store, dataFolder });
  const before = await filesystem.open(host, {});
  await before.put("files", "kept", Buffer.from("kept"), "text/plain");
  await before.put("files", "gone", Buffer.from("gone"), "text/plain");
  await before.delete("files", "gone");
  const upload = await before.begin("files", "unfinished", "text/plain");
  await before.append(upload, Buffer.from("half"));
  const filesIn = (): string[] =>
    readdirSync(join(dataFolder, "blob"), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
  expect(filesIn()).toHaveLength(2);
  writeFileSync(join(dataFolder, "blob", "young"), "x");
  for (const path of filesIn()) if (!path.endsWith("young")) utimesSync(path, 1, 1);
  const after = await filesystem.open(host, {});
  expect(filesIn()).toHaveLength(2);
  const info = await after.info("files", "kept");
  const part = { start: 0, length: 4, etag: info?.etag ?? "" };
  expect(Buffer.from(await after.read("files", "kept", part)).toString()).toBe("kept");
  await expect(after.append("none", new Uint8Array(1))).rejects.toMatchObject({
    code: "MOR_BLOB_UPLOAD",
  });
  await after.close();
  await store.close();
});
