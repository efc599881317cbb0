import { app, config } from "../../src/index.ts";

/** An app without anything: what somebody sees who has just begun. */
export default config({ app: app("empty", { services: [] }) });
