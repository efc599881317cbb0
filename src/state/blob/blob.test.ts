import { expect, expectTypeOf, test } from "vitest";
import { systemClock } from "../../core/clock.ts";
import { service } from "../../core/service.ts";
import { openInline } from "../../engines/sqlite/inline.ts";
import { emulatorScope } from "../../testing/aws/provision.ts";
import { testHost } from "../../testing/host.ts";
import { blob } from "./blob.ts";
import type { BlobObject } from "./blob.ts";
import type { BlobDriver } from "./driver.ts";
import { infra } from "./infra.ts";
import { blobRoutes } from "./routes.ts";
import { openBlobs } from "./runtime.ts";

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

test("the HTTP API lists sets and their blobs, for viewers", async () => {
  const store = openInline({ clock: systemClock });
  const seen: unknown[] = [];
  const driver: Partial<BlobDriver> = {
    declare: async (sets) => void seen.push(sets),
    list: async (set, options) => {
      seen.push(set, options);
      return { blobs: [] };
    },
  };
  const runtime = await openBlobs(testHost({ store }), driver as BlobDriver, [invoices]);
  const [sets, objects] = blobRoutes(runtime);
  expect([sets?.options.role, objects?.options.role]).toEqual(["viewer", "viewer"]);
  const call = { params: { name: "invoices" }, query: { prefix: "a", limit: 5 } } as never;
  expect(await sets?.run(call)).toEqual({
    sets: [{ name: "invoices", description: "", bytesMax: 1000 }],
  });
  expect(await objects?.run(call)).toEqual({ blobs: [] });
  expect(seen).toEqual([["invoices"], "invoices", { prefix: "a", limit: 5 }]);
  await expect(objects?.run({ params: { name: "x" }, query: {} } as never)).rejects.toMatchObject({
    code: "MOR_NOT_FOUND",
  });
  await store.close();
});
