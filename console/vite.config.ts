import react from "@vitejs/plugin-react";
import { fileURLToPath } from "node:url";
import { defineConfig, type UserConfig } from "vite";
import { licences } from "./licences.ts";
import { messages } from "./messages.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
// The platform sees the address that the browser has: another would be a foreign page's.
const platform = {
  target: process.env["MORNING_URL"] ?? "http://127.0.0.1:7070",
  changeOrigin: false,
};

const base =
  /node_modules.(react|react-dom|scheduler|@tanstack.(?!.*virtual).*|@formatjs|intl-messageformat|openapi-fetch|use-sync-external-store)\W/;
const shared = /console.src.(ui.(?!dialog|drawer)[a-z-]+\.tsx?|i18n|api|[a-z-]+\.tsx?)/;

// The page is served by the platform itself, under a policy that allows no inline script.
const config: UserConfig = defineConfig({
  base: "/",
  plugins: [messages(), react(), licences(root)],
  // Parsed as JSON a catalogue costs a tenth of what it costs as code.
  json: { stringify: true },
  build: {
    outDir: "../dist/console",
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        codeSplitting: {
          // What every page begins with in two chunks, not in thirty: each request has its price.
          // What stands on it (dialogs, long tables) stays out and comes when it is needed.
          includeDependenciesRecursively: false,
          groups: [
            { name: "base", test: base },
            { name: "shared", test: shared, minShareCount: 6 },
          ],
        },
      },
    },
  },
  server: {
    proxy: { "/api": platform, "/svc": platform, "/compat": platform, "/openapi.json": platform },
  },
});
export default config;
