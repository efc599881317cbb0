import { config } from "morning-ai";
import { start } from "morning-ai/server";
import { storefront } from "./src/app.ts";

// The platform that kill.test.ts kills: data folder and port are given, problems go to standard
// error.
const [, , dataFolder = "", port = "0"] = process.argv;
const write = (message: string, fields?: object): void =>
  void process.stderr.write(`${message} ${JSON.stringify(fields ?? {})}\n`);
const log = { debug: () => {}, info: () => {}, warn: write, error: write, with: () => log };
await start({ config: config({ app: storefront }), log, dataFolder, port: Number(port) });
process.stdout.write("ready\n");
