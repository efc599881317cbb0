import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { packageRoot, workerUrl } from "./package.ts";

test("a thread's entry is a source beside sources and a bundle beside bundles", () => {
  const root = packageRoot();
  expect(existsSync(join(root, "package.json"))).toBe(true);
  const source = fileURLToPath(workerUrl("engines/sqlite/worker"));
  expect(source).toBe(join(root, "src/engines/sqlite/worker.ts"));
  expect(existsSync(source)).toBe(true);
  const chunk = pathToFileURL(join(root, "dist/chunks/package-1a2b.js")).href;
  expect(fileURLToPath(workerUrl("engines/sqlite/worker", chunk))).toBe(
    join(root, "dist/engines/sqlite/worker.js"),
  );
});

test("a file outside of the package is told so", () => {
  expect(() => packageRoot("file:///nowhere/at/all.ts")).toThrow("no package.json of morning-ai");
});
