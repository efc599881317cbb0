import { expect, it } from "vitest";
import { wordsAt } from "./flow.tsx";
import { levelPath } from "./layout.ts";

it("words of a line stand nearer to the end that is not looked at, on the line", () => {
  const path = levelPath([
    { x: 0, y: 0 },
    { x: 100, y: 40 },
    { x: 200, y: -60 },
  ]);
  const [x, y] = wordsAt(path, "target");
  expect(x).toBeGreaterThan(100);
  expect(x).toBeLessThan(200);
  expect(y).toBeLessThan(0);
  const [back, level] = wordsAt(path, "source");
  expect(back).toBeLessThan(100);
  expect(level).toBeLessThan(20);
});
