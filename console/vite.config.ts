import react from "@vitejs/plugin-react";
import { defineConfig, type UserConfig } from "vite";

// The page is served by the platform itself, under a policy that allows no inline script.
const config: UserConfig = defineConfig({
  base: "/",
  plugins: [react()],
  build: {
    outDir: "../dist/console",
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { proxy: { "/api": process.env["MORNING_URL"] ?? "http://127.0.0.1:7070" } },
});
export default config;
