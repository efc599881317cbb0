import { expect, expectTypeOf, test } from "vitest";
import { z } from "zod";
import { graphOf } from "./graph.ts";
import { created, get, post } from "./http.ts";
import { capability } from "./resource.ts";
import { app, service } from "./service.ts";
import type { Runnable } from "./service.ts";

const Product = z.object({ id: z.string(), price: z.number() });

const catalog = service("catalog", {
  routes: () => [
    get("/products/:id", { answer: Product }, ({ params }) => ({ id: params.id, price: 1 })),
    post("/products", { body: Product }, ({ body }) => created({ id: body.id })),
  ],
});

const orders = service("orders", {
  uses: { catalog: catalog.client() },
  routes: ({ catalog: shop }) => [
    post("/orders", { body: z.object({ product: z.string() }) }, async ({ body }) => {
      const product = await shop.get("/products/:id", { params: { id: body.product } });
      expectTypeOf(product).toEqualTypeOf<{ id: string; price: number }>();
      const made = await shop.post("/products", { body: product });
      expectTypeOf(made).toEqualTypeOf<{ id: string }>();
      return { total: product.price };
    }),
  ],
});

test("a service calls what it holds, and only that compiles", () => {
  service("wrong", {
    uses: { catalog: catalog.client() },
    routes: (held) => {
      // @ts-expect-error orders is not held
      void held.orders;
      return [
        get("/x", async () => {
          // @ts-expect-error there is no such route
          await held.catalog.get("/nothing", {});
          // @ts-expect-error the parameter is missing
          await held.catalog.get("/products/:id", {});
          return 1;
        }),
      ];
    },
  });
});

test("an app finds its resources by walking what services use", () => {
  const shop = app("shop", { services: [catalog, orders] });
  expect(shop.resources.map(({ name }) => name)).toEqual(["catalog", "orders"]);
  expect(graphOf(shop).edges).toEqual([
    { from: "service/orders", to: "service/catalog", verb: "call" },
  ]);
});

test("an app refuses a client of a service that it does not list", () => {
  expect(() => app("shop", { services: [orders] })).toThrow(/not listed/);
});

/** Code as a pillar declares it: a workflow. */
const billing: Runnable = {
  kind: "workflow",
  code: true,
  name: "billing",
  uses: { catalog: catalog.client() },
};
const starts = { billing: capability<unknown, Runnable>(billing, "start", "out") };

test("what a service runs belongs to it: its uses are found, and are the service's edges", () => {
  const accounts = service("accounts", { runs: [billing] });
  const shop = app("shop", { services: [catalog, accounts, service("till", { uses: starts })] });
  expect(shop.resources.map(({ name }) => name)).toEqual([
    "catalog",
    "accounts",
    "till",
    "billing",
  ]);
  expect(graphOf(shop).edges).toEqual([
    { from: "service/accounts", to: "workflow/billing", verb: "run" },
    { from: "service/accounts", to: "service/catalog", verb: "call" },
    { from: "service/till", to: "workflow/billing", verb: "start" },
  ]);
});

test("code that nobody runs, or two run, is refused", () => {
  const till = service("till", { uses: starts });
  expect(() => app("shop", { services: [catalog, till] })).toThrow(/no service runs workflow bill/);
  const both = ["one", "two"].map((name) => service(name, { runs: [billing] }));
  expect(() => app("shop", { services: [catalog, ...both] })).toThrow(/run by one and by two/);
});
