import { app } from "morning-ai";
import type { App } from "morning-ai";
import { catalog } from "./catalog.ts";
import { gateway } from "./gateway.ts";
import { loyalty } from "./loyalty.ts";
import { ordersService } from "./orders.ts";
import { paymentsService } from "./payments.ts";
import { users } from "./users.ts";

/** A small on-line shop in six services. */
export const storefront: App = app("storefront", {
  description: "A small on-line shop",
  services: [gateway, users, catalog, ordersService, paymentsService, loyalty],
});
