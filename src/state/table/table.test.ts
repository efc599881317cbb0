import { expect, expectTypeOf, test } from "vitest";
import { z } from "zod";
import { systemClock } from "../../core/clock.ts";
import { physicalName } from "../../core/names.ts";
import type { InfraScope } from "../../core/infra.ts";
import { service } from "../../core/service.ts";
import type { Tx } from "../../core/transaction.ts";
import { openInline } from "../../engines/sqlite/inline.ts";
import { testHost } from "../../testing/host.ts";
import { driver as sqlite } from "./drivers/sqlite.ts";
import { infra } from "./infra.ts";
import { tableRoutes } from "./routes.ts";
import { openTables } from "./runtime.ts";
import { table } from "./table.ts";

const products = table("products", {
  row: z.object({ sku: z.string(), price: z.number(), tags: z.array(z.string()).default([]) }),
  key: "sku",
  indexes: { byPrice: ["price"] },
});

test("a table's holder can do what it holds, and only that compiles", () => {
  type Product = { sku: string; price: number; tags: string[] };
  service("shop", {
    uses: { reads: products.reader(), writes: products.writer(), both: products.readWriter() },
    routes: ({ reads, writes, both }) => {
      const calls = (tx: Tx): unknown[] => {
        expectTypeOf(reads.get("a")).toEqualTypeOf<Promise<Product | undefined>>();
        expectTypeOf(writes.put({ sku: "a", price: 1 })).toEqualTypeOf<Promise<Product>>();
        void both.list({ index: "byPrice", where: { price: 1 } });
        tx(both).put({ sku: "a", price: 1 });
        return [
          // @ts-expect-error a reader does not write
          () => reads.put({ sku: "a", price: 1 }),
          // @ts-expect-error a writer does not read
          () => writes.get("a"),
          // @ts-expect-error a reader takes part in no transaction
          () => tx(reads).put({ sku: "a", price: 1 }),
          // @ts-expect-error the key is a text
          () => reads.get(1),
          // @ts-expect-error there is no such index
          () => both.list({ index: "byName" }),
          // @ts-expect-error there is no such field
          () => both.list({ where: { name: "a" } }),
          // @ts-expect-error the price is missing
          () => writes.put({ sku: "a" }),
        ];
      };
      expectTypeOf(calls).returns.toEqualTypeOf<unknown[]>();
      return [];
    },
  });
  // @ts-expect-error the key is no field of the row
  expect(() => table("wrong", { row: z.object({ a: z.string() }), key: "b-c" })).toThrow(/fields/);
  const seats = table("seats", {
    row: z.object({ hall: z.string(), seat: z.number() }),
    key: ["hall", "seat"],
  });
  type Reader =
    ReturnType<typeof seats.reader> extends { readonly resource: unknown } ? true : never;
  expectTypeOf<Reader>().toEqualTypeOf<true>();
});

test("a declaration is plain data whose index fields know how they compare", () => {
  expect(products.indexes).toEqual([
    { name: "byPrice", fields: [{ name: "price", type: "number" }] },
  ]);
  expect(products.keyFields).toEqual(["sku"]);
  expect(() => table("Bad Name", { row: z.object({ a: z.string() }), key: "a" })).toThrow(
    expect.objectContaining({ code: "MOR_NAME" }),
  );
});

test("a holder may connect to the database as the app's user, and nothing else", () => {
  const scope: InfraScope = {
    app: "shop",
    environment: "production",
    region: "ap-northeast-1",
    account: "123456789012",
    partition: "aws",
    name: (kind, name) => physicalName("shop", "production", kind, name),
    logicalId: (kind, name) => `${kind}${name}`,
  };
  expect(infra.resources(products, scope)).toEqual({});
  expect(infra.grants(products.reader(), scope)).toEqual([
    {
      Effect: "Allow",
      Action: ["rds-db:connect"],
      Resource: [
        {
          "Fn::Join": [
            "",
            [
              "arn:aws:rds-db:ap-northeast-1:123456789012:dbuser:",
              { Ref: "StateDatabaseResourceId" },
              "/shop_production",
            ],
          ],
        },
      ],
    },
  ]);
});

test("the HTTP API lists tables and pages through their rows, for viewers", async () => {
  const store = openInline({ clock: systemClock });
  const host = testHost({ store });
  const runtime = await openTables(host, await sqlite.open(host, {}), [products]);
  const capability = products.readWriter();
  type Held = NonNullable<(typeof capability)[keyof typeof capability & symbol]>;
  const held = runtime.hold(capability, { service: "suite" }) as Held;
  for (const price of [3, 1, 2]) await held.put({ sku: `p${price}`, price });
  const routes = tableRoutes(runtime);
  expect(routes.map(({ options }) => options.role)).toEqual(["viewer", "viewer", "viewer"]);
  const call = (path: string, given: object): unknown =>
    routes.find((route) => route.path === path)?.run({ params: {}, query: {}, ...given } as never);
  expect(await call("/tables", {})).toMatchObject({
    tables: [{ name: "products", key: ["sku"], row: { type: "object" } }],
  });
  const params = { name: "products" };
  const query = { index: "byPrice", order: "desc", limit: 2 };
  const page = (await call("/tables/:name/rows", { params, query })) as Record<string, unknown>;
  expect(page["rows"]).toMatchObject([{ price: 3 }, { price: 2 }]);
  const rest = { params, query: { ...query, cursor: page["cursor"] } };
  expect(await call("/tables/:name/rows", rest)).toMatchObject({ rows: [{ price: 1 }] });
  const filtered = { params, query: { where: '{"sku":"p2"}' } };
  expect(await call("/tables/:name/rows", filtered)).toMatchObject({ rows: [{ price: 2 }] });
  expect(await call("/tables/:name/count", { params })).toEqual({ count: 3 });
  const broken = { params, query: { where: "[]" } };
  await expect(call("/tables/:name/rows", broken)).rejects.toMatchObject({ code: "MOR_INVALID" });
  await expect(call("/tables/:name/rows", { params: { name: "x" } })).rejects.toMatchObject({
    code: "MOR_NOT_FOUND",
  });
  await store.close();
});
