import { expect, test } from "vitest";
import { config, driverChoice } from "./config.ts";
import { makeLog } from "./log.ts";
import type { LogLine } from "./log.ts";
import { app } from "./service.ts";

test("local needs no entry; a named environment keeps its own", () => {
  const shop = app("shop", { services: [] });
  expect(config({ app: shop }).environments).toEqual({ local: {} });
  const both = config({ app: shop, environments: { local: { port: 1 }, production: {} } });
  expect(both.environments).toEqual({ local: { port: 1 }, production: {} });
});

test("a driver is chosen by name, by settings, or by default", () => {
  const drivers = { queue: { driver: "sqs", region: "x" }, state: "postgres" };
  expect(driverChoice({ drivers }, "queue", "sqlite")).toEqual({
    driver: "sqs",
    options: { region: "x" },
  });
  expect(driverChoice({ drivers }, "state", "sqlite")).toEqual({ driver: "postgres", options: {} });
  expect(driverChoice({}, "event", "sqlite")).toEqual({ driver: "sqlite", options: {} });
});

test("a log's bound fields are on each line, a line's own win", () => {
  const lines: LogLine[] = [];
  const log = makeLog((line) => lines.push(line)).with({ service: "a", n: 1 });
  log.warn("hm", { n: 2 });
  log.with({ deeper: true }).info("ok");
  expect(lines).toEqual([
    { level: "warn", message: "hm", fields: { service: "a", n: 2 } },
    { level: "info", message: "ok", fields: { service: "a", n: 1, deeper: true } },
  ]);
});
