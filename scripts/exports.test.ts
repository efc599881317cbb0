import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { exportProblems } from "./exports.ts";
import { root } from "./tree.ts";

const dist = join(root, "dist");

describe.skipIf(!existsSync(join(dist, "index.js")))(
  "the build in dist [needs npm run build]",
  () => {
    it("loads every subpath over one and the same core", () => {
      expect(exportProblems(dist)).toEqual([]);
    });
  },
);
