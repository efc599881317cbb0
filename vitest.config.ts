import { defineConfig, type ViteUserConfig } from "vitest/config";
import { skipReporter } from "./scripts/reporter.ts";

const config: ViteUserConfig = defineConfig({
  resolve: { conditions: ["morning-source"] },
  ssr: { resolve: { conditions: ["morning-source", "node", "default"] } },
  test: {
    reporters: ["default", skipReporter()],
    include: [
      "{src,scripts,examples,conformance,bench,console/src}/**/*.test.ts",
      "console/*.browser.test.ts",
    ],
    isolate: false,
    pool: "threads",
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
export default config;
