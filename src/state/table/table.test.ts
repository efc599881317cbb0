import { expect, expectTypeOf, test } from "vitest";
import { z } from "zod";
import { systemClock } from "../../core/clock.ts";
import { physicalName } from "../../core/names.ts";
import type { InfraScope } from "../../core/infra.ts";
import { service } from "../../core/service.ts";
import type { Capability } from "../../core/resource.ts";
import type { Span, SpanForm } from "../../core/tracing.ts";
import { transactional } from "../../core/transaction.ts";
import type { Transactional, Tx, Writes } from "../../core/transaction.ts";
import { openInline } from "../../engines/sqlite/inline.ts";
import { testHost } from "../../testing/host.ts";
import { routesClient } from "../routes.contract.ts";
import { tableCapability } from "./capability.ts";
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

test("the HTTP API shows tables, one row and pages of rows, for viewers", async () => {
  const store = openInline({ clock: systemClock });
  const host = testHost({ store });
  const seats = table("seats", {
    row: z.object({ hall: z.string(), seat: z.number() }),
    key: ["hall", "seat"],
  });
  const runtime = await openTables(host, await sqlite.open(host, {}), [products, seats]);
  const hold = <T>(capability: Capability<T>): T =>
    runtime.hold(capability, { service: "suite" }) as T;
  for (const price of [3, 1, 2]) await hold(products.writer()).put({ sku: `p${price}`, price });
  await hold(seats.writer()).put({ hall: "x", seat: 7 });
  const routes = tableRoutes(runtime);
  expect(new Set(routes.map(({ options }) => options.role))).toEqual(new Set(["viewer"]));
  const api = routesClient(routes);
  const one = { name: "products", key: ["sku"], row: { type: "object" }, rows: 3, bytes: null };
  expect(await api.request("GET", "/tables")).toMatchObject({
    tables: [one, { name: "seats", rows: 1 }],
  });
  expect(await api.request("GET", "/tables/products")).toMatchObject(one);
  const rows = "/tables/products/rows";
  const page = (await api.request("GET", `${rows}?index=byPrice&order=desc&limit=2`)) as {
    cursor: string;
  };
  expect(page).toMatchObject({ rows: [{ price: 3 }, { price: 2 }] });
  const rest = `${rows}?index=byPrice&order=desc&limit=2&cursor=${page.cursor}`;
  expect(await api.request("GET", rest)).toMatchObject({ rows: [{ price: 1 }] });
  const filtered = `${rows}?where=${encodeURIComponent('{"sku":"p2"}')}`;
  expect(await api.request("GET", filtered)).toMatchObject({ rows: [{ price: 2 }] });
  expect(await api.request("GET", "/tables/products/count")).toEqual({ count: 3 });
  const row = (name: string, key: unknown): Promise<unknown> =>
    api.request("GET", `/tables/${name}/row?key=${encodeURIComponent(JSON.stringify(key))}`);
  expect(await row("products", "p2")).toMatchObject({ row: { price: 2 }, version: 1 });
  expect(await row("seats", { hall: "x", seat: 7 })).toMatchObject({ row: { seat: 7 } });
  const refusals: readonly [Promise<unknown>, string][] = [
    [api.request("GET", `${rows}?where=[]`), "MOR_INVALID"],
    [api.request("GET", "/tables/x/rows"), "MOR_NOT_FOUND"],
    [api.request("GET", "/tables/x"), "MOR_NOT_FOUND"],
    [row("products", "p9"), "MOR_NOT_FOUND"],
    [row("seats", "x"), "MOR_TABLE_KEY"],
    [api.request("GET", "/tables/products/row?key={"), "MOR_INVALID"],
  ];
  for (const [refused, code] of refusals) await expect(refused).rejects.toMatchObject({ code });
  await store.close();
});

test("rows are found by a key of one field, text or number, exactly", async () => {
  const store = openInline({ clock: systemClock });
  const host = testHost({ store });
  const pages = table("pages", { row: z.object({ n: z.number() }), key: "n" });
  const seats = table("seats", {
    row: z.object({ hall: z.string(), seat: z.string() }),
    key: ["hall", "seat"],
  });
  const tables = [products, pages, seats];
  const runtime = await openTables(host, await sqlite.open(host, {}), tables);
  const hold = <T>(capability: Capability<T>): T =>
    runtime.hold(capability, { service: "suite" }) as T;
  await hold(products.writer()).put({ sku: "7", price: 1 });
  await hold(products.writer()).put({ sku: "long".repeat(30), price: 1 });
  await hold(pages.writer()).put({ n: 7 });
  await hold(seats.writer()).put({ hall: "7", seat: "7" });
  const find = async (id: string): Promise<unknown> =>
    (await tableCapability.find?.(runtime, id))?.map((hit) => [hit.resource, hit.id]);
  expect(await find("7")).toEqual([
    ["table/products", '"7"'],
    ["table/pages", "7"],
  ]);
  expect(await find("long".repeat(30))).toHaveLength(1);
  // Numbers are stored as digits: these are no number's.
  for (const none of ["8", "07", "7.0", "09007199254740999", "\u0001", "é".repeat(200)]) {
    expect(await find(none)).toEqual([]);
  }
  const [hit] = (await tableCapability.find?.(runtime, "7")) ?? [];
  expect(hit).toMatchObject({ kind: "row", title: '{"sku":"7","price":1,"tags":[]}' });
  await store.close();
});

test("a call inside a transaction tells of its form each time", async () => {
  const store = openInline({ clock: systemClock });
  const host = testHost({ store });
  const tables = await openTables(host, await sqlite.open(host, {}), [products]);
  const held = tables.hold(products.writer() as Capability, { service: "shop" } as never);
  const { [transactional]: within } = held as Transactional<{
    put(row: object): void;
    delete(key: string): void;
  }>;
  const told: string[] = [];
  const untraced: Writes = { add() {}, committed() {} };
  const span = (form: SpanForm): Span => {
    told.push(form.name);
    return host.tracing.tracerFor("shop").start(form, undefined);
  };
  within(untraced).put({ sku: "a", price: 1 });
  const face = within({ ...untraced, span });
  face.put({ sku: "a", price: 1 });
  face.put({ sku: "b", price: 1 });
  face.delete("a");
  expect(told).toEqual(["put products", "put products", "delete products"]);
  await tables.close();
  await store.close();
});
