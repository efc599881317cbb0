import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { LiveProvider } from "./live.tsx";
import { PreferencesProvider } from "./preferences.tsx";
import { router } from "./router.tsx";
import "./ui/tokens.css";
import "./shell/shell.css";
import "./pages/overview/overview.css";

const client = new QueryClient({
  defaultOptions: { queries: { retry: false, staleTime: Infinity, gcTime: Infinity } },
});
const root = document.querySelector("#root");
if (root !== null) {
  createRoot(root).render(
    <StrictMode>
      <PreferencesProvider>
        <QueryClientProvider client={client}>
          <LiveProvider>
            <RouterProvider router={router} />
          </LiveProvider>
        </QueryClientProvider>
      </PreferencesProvider>
    </StrictMode>,
  );
}
