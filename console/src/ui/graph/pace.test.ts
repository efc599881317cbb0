import { expect, it } from "vitest";
import { pace } from "./pace.ts";

it("runs faster with each power of ten, and stands still without traffic", () => {
  expect([0, 0.2, 1, 42, 420, 1e9].map(pace)).toEqual([0, 1, 2, 3, 4, 5]);
  expect([-1, Number.NaN].map(pace)).toEqual([0, 0]);
});
