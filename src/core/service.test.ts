import { expect, expectTypeOf, test } from "vitest";
import { z } from "zod";
import { graphOf } from "./graph.ts";
import { created, get, post } from "./http.ts";
import { app, service } from "./service.ts";

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
