import { expect, test } from "vitest";
import { pillars } from "../registry.ts";
import { letterOf } from "./pages.ts";

test("every page of the rail has a letter of its own", () => {
  const pages = pillars.flatMap((pillar) => pillar.pages.filter(({ icon }) => icon !== undefined));
  const letters = pages.map(letterOf);
  expect(letters).not.toContain("");
  expect(new Set(letters).size).toBe(pages.length);
  const of = (path: string): string | undefined =>
    letters[pages.findIndex((one) => one.path === path)];
  expect(["/", "/alerts", "/queues", "/workflows"].map(of)).toEqual(["o", "a", "q", "w"]);
});
