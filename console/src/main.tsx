import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { openEarly } from "./api/line.ts";
import { SessionProvider } from "./api/session.tsx";
import { LiveProvider } from "./live.tsx";
import { PreferencesProvider } from "./preferences.tsx";
import { pillars } from "./registry.ts";
import { router } from "./router.tsx";
import { ToastProvider } from "./ui/toast.tsx";
import "./ui/tokens.css";
import "./ui/ui.css";
import "./shell/shell.css";

const staleMs = 5_000;
/** What no page shows any more is forgotten, so that a day of use does not fill the memory. */
const forgottenMs = 120_000;

const client = new QueryClient({
  defaultOptions: {
    queries: { retry: false, staleTime: staleMs, gcTime: forgottenMs, networkMode: "always" },
    mutations: { networkMode: "always" },
  },
});
// What is live comes while the code that draws it is still being made ready.
const line = openEarly();

// The first page's code is fetched while everything around it is made.
const first = pillars.flatMap(({ pages }) => pages).find(({ path }) => path === location.pathname);
void first?.load();

const root = document.querySelector("#root");
if (root !== null) {
  createRoot(root).render(
    <StrictMode>
      <PreferencesProvider>
        <QueryClientProvider client={client}>
          <SessionProvider>
            <LiveProvider open={line}>
              <ToastProvider>
                <RouterProvider router={router} />
              </ToastProvider>
            </LiveProvider>
          </SessionProvider>
        </QueryClientProvider>
      </PreferencesProvider>
    </StrictMode>,
  );
}
