import { expect, test } from "vitest";
import { dayOf, nextDay } from "./days.ts";
import { filterOf } from "./search.ts";

const nowMs = 1_800_000_000_000;

test("an address means a search", () => {
  expect(filterOf({}, nowMs, undefined)).toEqual({});
  expect(filterOf({ look: "going", since: "24h" }, nowMs, "ship")).toEqual({
    workflow: "ship",
    status: "ready,running,waiting,paused",
    fromMs: nowMs - 86_400_000,
  });
  expect(filterOf({ look: "stopped" }, nowMs, undefined)).toEqual({
    status: "cancelled,terminated",
  });
});

test("what is typed is an attribute or how an id begins", () => {
  expect(filterOf({ q: " orderId:A-17 " }, nowMs, undefined)).toEqual({
    attribute: "orderId:A-17",
  });
  expect(filterOf({ q: "order:a:b" }, nowMs, undefined)).toEqual({ attribute: "order:a:b" });
  for (const q of ["fulfilment.A-17", ":x", "name:"]) {
    expect(filterOf({ q }, nowMs, undefined)).toEqual({ idPrefix: q });
  }
});

test("a day goes before a length of time, and no day is no bound", () => {
  const fromMs = dayOf("2026-11-26") ?? 0;
  expect(filterOf({ day: "2026-11-26", since: "1h" }, nowMs, undefined)).toEqual({
    fromMs,
    untilMs: nextDay(fromMs),
  });
  expect(filterOf({ day: "2026-02-31" }, nowMs, undefined)).toEqual({});
});
