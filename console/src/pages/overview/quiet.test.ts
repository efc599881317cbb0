import { expect, it } from "vitest";
import type { Part } from "../../api/overview.ts";
import { isQuiet } from "./quiet.ts";

const part: Part = {
  id: "queue/mail",
  kind: "queue",
  name: "mail",
  health: "ok",
  ratePerSecond: 12.34,
  errorRate: 0,
};

it("leaves state off the map only while it is well", () => {
  expect(isQuiet({ ...part, kind: "table" })).toBe(true);
  expect(isQuiet({ ...part, kind: "table", health: "failing" })).toBe(false);
  expect(isQuiet(part)).toBe(false);
  expect(isQuiet({ ...part, kind: "schedule" })).toBe(true);
});
