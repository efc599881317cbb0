import { parts } from "../src/pages/catalogue/parts.ts";
import { pillars } from "../src/registry.ts";

/** Pages about one thing of the storefront, and views that only an address shows. */
const storefront: readonly string[] = [
  "/?node=service%2Forders",
  "/?view=list&state=true",
  "/queues/order-steps",
  "/queues/order-steps?tab=messages",
  "/queues/order-steps?tab=dead",
  "/queues/order-steps?tab=tenants",
  "/queues/order-steps?tab=send",
  "/queues/none",
  "/events?tab=tail",
  "/events?tab=log",
  "/events?tab=replays",
  "/events?tab=explain",
  "/events/order.placed",
  "/events/order.placed?tab=schema",
  "/events/order.placed?tab=publish",
  "/schedules/orders-housekeeping",
  "/workflows?tab=runs",
  "/workflows/fulfilment",
  "/workflows/fulfilment?tab=calendar",
  "/workflows/fulfilment?tab=start",
  "/workflows/fulfilment?tab=about",
  "/workflow-runs/none",
  "/assets/day-closes",
  "/assets/hour-sums",
  "/services/orders",
  "/services/orders?tab=routes",
  "/services/orders?tab=performance",
  "/tables/orders",
  "/tables/orders?tab=schema",
  "/settings?tab=about",
  "/settings?tab=keys",
  "/settings?tab=sessions",
  "/settings?tab=limits",
  "/settings?tab=drivers",
  "/settings?tab=backup",
  "/logs?q=level:error",
  "/logs?look=patterns",
  "/logs?look=live",
  "/errors?status=resolved",
  "/errors/0000000000000000",
  "/find?id=order-steps",
  "/alerts?tab=history",
  "/alerts?tab=silences",
  "/alerts?tab=maintenance",
  "/alerts?tab=notifications",
  "/alerts?new=true",
  "/alerts/no-orders",
  "/alerts/no-orders?mode=code",
  "/slos?new=true",
  "/slos/ordering",
  "/slos/none",
  "/dashboards/shop",
  "/dashboards/shop?mode=code",
  "/dashboards/none",
  "/metrics?q=sum%20by%20(job)%20(rate(morning_http_requests_total%5B1m%5D))",
  "/metrics?business=true",
  "/sql?q=select%20service%2C%20count(*)%20as%20n%20from%20spans%20group%20by%20all",
  "/traces?why=slow&service=orders",
  "/traces/00000000000000000000000000000001",
  "/map?node=service%2Forders",
  "/nowhere",
];

/** Every page of the registry, those about one thing by an example of it. */
export const addresses: readonly string[] = [
  ...pillars
    .flatMap(({ pages }) => pages)
    .map(({ path }) => path)
    .filter((path) => !path.includes("$")),
  ...storefront,
  ...parts.map(({ id }) => `/console/ui/${id}`),
];

/** Pages whose resources the storefront does not declare; `examples/attachments` does. */
export const attachments: readonly string[] = ["/", "/tables", "/blobs", "/blobs/attachments"];

/** Patterns of the registry that no address opens: a page that nothing tests. */
export function untested(): readonly string[] {
  const opened = [...addresses, ...attachments].map((address) => address.replace(/\?.*/, ""));
  return pillars
    .flatMap(({ pages }) => pages)
    .map(({ path }) => path)
    .filter((path) => {
      const form = new RegExp(`^${path.replace(/\$\w+/g, "[^/]+")}$`);
      return !opened.some((one) => form.test(one));
    });
}
