import { expect, test } from "vitest";
import { reachable } from "./reach.ts";

const edges = [
  { from: "workflow/sum", to: "asset/hours" },
  { from: "asset/hours", to: "workflow/close" },
  { from: "workflow/close", to: "asset/days" },
  { from: "asset/other", to: "workflow/close" },
  { from: "workflow/apart", to: "asset/apart" },
];

test("an asset has to do with all that it is made of and all that is made of it", () => {
  expect([...reachable(edges, "asset/days")].sort()).toEqual([
    "asset/days",
    "asset/hours",
    "asset/other",
    "workflow/close",
    "workflow/sum",
  ]);
  expect([...reachable(edges, "asset/hours")].sort()).toEqual([
    "asset/days",
    "asset/hours",
    "workflow/close",
    "workflow/sum",
  ]);
});

test("a ring ends", () => {
  const ring = [
    { from: "a", to: "b" },
    { from: "b", to: "a" },
  ];
  expect([...reachable(ring, "a")].sort()).toEqual(["a", "b"]);
});
