import { config } from "morning-ai";
import { start } from "morning-ai/server";
import { storefront } from "./src/app.ts";

// The platform that kill.test.ts kills: data folder and port are given, problems go to standard
// error.
const [, , dataFolder = "", port = "0"] = process.argv;
const write = (message: string, fields?: object): void =>
  void process.stderr.write(`${message} ${JSON.stringify(fields ?? {})}\n`);
const log = { debug: () => {}, info: () => {}, warn: write, error: write, with: () => log };
// What the shop keeps is asked here; what telemetry keeps under kill -9 has tests of its own.
const environments = { local: { drivers: { telemetry: "none" } } };
await start({
  config: config({ app: storefront, environments }),
  log,
  dataFolder,
  port: Number(port),
});
process.stdout.write("ready\n");
