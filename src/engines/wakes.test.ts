import { expect, test, vi } from "vitest";
import { callSafely } from "./wakes.ts";

test("what a listener throws surfaces after the engine has gone on", () => {
  const later: (() => void)[] = [];
  const queue = vi.spyOn(globalThis, "queueMicrotask").mockImplementation((run) => {
    later.push(run);
  });
  try {
    callSafely(() => {
      throw new Error("on purpose");
    });
    callSafely(() => {});
  } finally {
    queue.mockRestore();
  }
  expect(later).toHaveLength(1);
  expect(() => later[0]?.()).toThrow("on purpose");
});
