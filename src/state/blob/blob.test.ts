import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, expectTypeOf, test } from "vitest";
import { systemClock } from "../../core/clock.ts";
import type { ApiClient } from "../../core/command.ts";
import { service } from "../../core/service.ts";
import { openInline } from "../../engines/sqlite/inline.ts";
import { emulatorScope } from "../../testing/aws/provision.ts";
import { testHost } from "../../testing/host.ts";
import { routesClient } from "../routes.contract.ts";
import { blob } from "./blob.ts";
import type { BlobObject } from "./blob.ts";
import type { BlobDriver } from "./driver.ts";
import { driver as filesystem } from "./drivers/filesystem.ts";
import { infra } from "./infra.ts";
import { blobRoutes } from "./routes.ts";
import { openBlobs } from "./runtime.ts";
import type { BlobRuntime } from "./runtime.ts";

const invoices = blob("invoices", { bytesMax: 1000 });

test("a holder of blobs can do what it holds, and only that compiles", () => {
  service("billing", {
    uses: { reads: invoices.reader(), writes: invoices.writer(), both: invoices.readWriter() },
    routes: ({ reads, writes, both }) => {
      const calls = (): unknown[] => [
        both.put("a", "b"),
        both.get("a"),
        // @ts-expect-error a reader does not write
        reads.put("a", "b"),
        // @ts-expect-error a reader does not delete
        reads.delete("a"),
        // @ts-expect-error a writer does not read
        writes.get("a"),
        // @ts-expect-error content is text or bytes
        writes.put("a", 1),
      ];
      expectTypeOf(calls).returns.toEqualTypeOf<unknown[]>();
      expectTypeOf(reads.get("a")).toEqualTypeOf<Promise<BlobObject | undefined>>();
      return [];
    },
  });
  expect(() => blob("No")).toThrow(expect.objectContaining({ code: "MOR_NAME" }));
  expect(() => blob("no", { bytesMax: 0 })).toThrow(/bytesMax/);
});

test("grants name exact actions on one bucket", () => {
  const account = "123456789012";
  const scope = emulatorScope({ app: "shop", environment: "test", region: "eu-west-1", account });
  const bucket = "arn:aws:s3:::shop-test-invoices";
  const list = { Effect: "Allow", Action: ["s3:ListBucket"], Resource: [bucket] };
  const objects = (...Action: string[]): object => {
    return { Effect: "Allow", Action, Resource: [`${bucket}/*`] };
  };
  expect(infra.grants(invoices.reader(), scope)).toEqual([objects("s3:GetObject"), list]);
  const writes = ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:PutObject"];
  expect(infra.grants(invoices.writer(), scope)).toEqual([objects(...writes)]);
  const all = [...writes.slice(0, 2), "s3:GetObject", "s3:PutObject"];
  expect(infra.grants(invoices.readWriter(), scope)).toEqual([objects(...all), list]);
});

interface Served {
  readonly api: ApiClient;
  readonly driver: BlobDriver;
  readonly close: () => Promise<void>;
}

async function served(wrap: (driver: BlobDriver) => BlobDriver = (same) => same): Promise<Served> {
  const folder = mkdtempSync(join(tmpdir(), "morning-blob-api-"));
  const store = openInline({ clock: systemClock });
  const host = testHost({ store, dataFolder: folder });
  const driver = wrap(await filesystem.open(host, {}));
  const runtime = await openBlobs(host, driver, [invoices]);
  return {
    api: routesClient(blobRoutes(runtime)),
    driver,
    async close() {
      await driver.close();
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

test("the HTTP API lists sets and their blobs, for viewers; bytes are for operators", async () => {
  const { api, driver, close } = await served();
  const roles = blobRoutes({ sets: [], driver } as unknown as BlobRuntime).map(
    ({ method, path, options }) => `${method} ${path} ${options.role}`,
  );
  expect(roles).toEqual([
    "get /blobs viewer",
    "get /blobs/:name viewer",
    "get /blobs/:name/objects viewer",
    "get /blobs/:name/content operator",
    "delete /blobs/:name/objects operator",
  ]);
  for (const key of ["a/1", "a/2", "b"]) {
    await driver.put("invoices", key, Buffer.from(`of ${key}`), "text/plain");
  }
  const set = { name: "invoices", description: "", bytesMax: 1000 };
  expect(await api.request("GET", "/blobs")).toEqual({ sets: [set] });
  const sized = { ...set, objects: 3, bytes: 16, complete: true };
  expect(await api.request("GET", "/blobs/invoices")).toEqual(sized);
  const objects = "/blobs/invoices/objects";
  expect(await api.request("GET", `${objects}?prefix=a/&limit=1`)).toMatchObject({
    blobs: [{ key: "a/1", size: 6, contentType: "text/plain" }],
    cursor: "a/1",
  });
  expect(await api.request("GET", `${objects}?prefix=a/&cursor=a/1`)).toMatchObject({
    blobs: [{ key: "a/2" }],
  });
  expect(await api.request("DELETE", `${objects}?key=a/1`)).toBeUndefined();
  expect(await api.request("GET", "/blobs/invoices")).toMatchObject({ objects: 2 });
  const calls = [
    ["GET", "/blobs/none"],
    ["GET", "/blobs/none/objects"],
    ["GET", "/blobs/none/content?key=a"],
    ["GET", "/blobs/invoices/content?key=a/1"],
    ["DELETE", `${objects}?key=a/1`],
  ] as const;
  for (const [method, path] of calls) {
    await expect(api.request(method, path)).rejects.toMatchObject({ code: "MOR_NOT_FOUND" });
  }
  await close();
});

test("content comes as an attachment that is never shown, whatever its key and type", async () => {
  const { api, driver, close } = await served();
  const key = `bills/"a"\u2028\u00e9 (1)';x=.html`;
  const bytes = Buffer.alloc(3 * 2 ** 20, 7);
  await driver.put("invoices", key, bytes, "text/html");
  const path = `/blobs/invoices/content?key=${encodeURIComponent(key)}`;
  const response = (await api.request("GET", path)) as Response;
  expect(Object.fromEntries(response.headers)).toMatchObject({
    "content-type": "application/octet-stream",
    "content-length": String(bytes.length),
    "x-content-type-options": "nosniff",
  });
  expect(response.headers.get("content-disposition")).toMatch(
    /^attachment; filename="[A-Za-z0-9._-]+"; filename\*=UTF-8''[A-Za-z0-9._~!%-]+$/,
  );
  expect(Buffer.from(await response.arrayBuffer()).equals(bytes)).toBe(true);
  await close();
});

test("a blob of more than 32 MiB is not handed out", async () => {
  const large = 32 * 2 ** 20 + 1;
  const { api, close } = await served((driver) => ({
    ...driver,
    info: async (_set, key) => ({ key, size: large, etag: "e", updatedAtMs: 1 }),
  }));
  await expect(api.request("GET", "/blobs/invoices/content?key=a")).rejects.toMatchObject({
    code: "MOR_BLOB_DOWNLOAD_TOO_LARGE",
  });
  await close();
});

test("a set is counted up to ten thousand blobs", async () => {
  let pages = 0;
  const blobs = Array.from({ length: 1000 }, (_, at) => {
    return { key: `k${at}`, size: 2, etag: "e", updatedAtMs: 1 };
  });
  const { api, close } = await served((driver) => ({
    ...driver,
    list: async () => ({ blobs, cursor: `k${++pages}` }),
  }));
  expect(await api.request("GET", "/blobs/invoices")).toMatchObject({
    objects: 10_000,
    bytes: 20_000,
    complete: false,
  });
  expect(pages).toBe(10);
  await close();
});
