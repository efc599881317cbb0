import { config } from "morning-ai";
import { storefront } from "./examples/storefront/src/app.ts";
import { liveTraffic } from "./examples/storefront/traffic.ts";

/** What `npm start` runs here: the storefront, and customers for it. */
export default config({
  app: storefront,
  // The traffic never ends: what its runs recorded is kept for a day.
  environments: { local: { drivers: { workflow: { driver: "sqlite", retentionDays: 1 } } } },
  onReady: ({ url, signal, log }) => liveTraffic({ url, signal, log }),
});
