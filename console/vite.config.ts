import react from "@vitejs/plugin-react";
import { fileURLToPath } from "node:url";
import { defineConfig, type UserConfig } from "vite";
import { licences } from "./licences.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
// The platform sees the address that the browser has: another would be a foreign page's.
const platform = {
  target: process.env["MORNING_URL"] ?? "http://127.0.0.1:7070",
  changeOrigin: false,
};

// The page is served by the platform itself, under a policy that allows no inline script.
const config: UserConfig = defineConfig({
  base: "/",
  plugins: [react(), licences(root)],
  build: {
    outDir: "../dist/console",
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { proxy: { "/api": platform, "/svc": platform, "/openapi.json": platform } },
});
export default config;
