import { app, config, get, service } from "../../src/index.ts";
import { cache } from "../../src/state/cache/index.ts";
import { table } from "../../src/state/table/index.ts";
import { z } from "zod";

const orders = table("orders", {
  key: "id",
  row: z.object({ id: z.string(), city: z.string() }),
  indexes: { byCity: ["city"] },
  description: "What customers ordered",
});
const prices = cache("prices", { value: z.number(), ttlMs: 60_000 });

const shop = service("shop", {
  open: true,
  uses: { orders: orders.readWriter(), prices: prices.readWriter() },
  routes: (held) => [
    get("/order/:id", async ({ params: { id } }) => {
      await held.orders.put({ id, city: "Taipei" });
      await held.prices.put(id, 12);
      return held.orders.list({ index: "byCity", where: { city: "Taipei" }, limit: 10 });
    }),
  ],
});

const slowQueriesMs = 1000;

/** An app on engines that count their own statements: MORNING_POSTGRES_URL, MORNING_VALKEY_URL. */
export default config({
  app: app(process.env["MORNING_TEST_APP"] ?? "engines", { services: [shop] }),
  environments: {
    local: {
      drivers: {
        state: { driver: "postgres", slowQueriesMs },
        cache: { driver: "valkey", slowQueriesMs },
      },
    },
  },
});
