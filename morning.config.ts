import { config } from "morning-ai";
import { storefront } from "./examples/storefront/src/app.ts";

/** What `npm start` runs here: the storefront. */
export default config({ app: storefront });
