import {
  createRootRoute,
  createRoute,
  createRouter,
  Link,
  type ErrorComponentProps,
} from "@tanstack/react-router";
import type { ReactNode } from "react";
import { OverviewPage } from "./pages/overview/page.tsx";
import { usePreferences } from "./preferences.tsx";
import { overviewSearch } from "./pages/overview/search.ts";
import { Shell } from "./shell/shell.tsx";

function NotFound(): ReactNode {
  const { t } = usePreferences();
  return (
    <div className="notice">
      <h1>{t("notFound.title")}</h1>
      <Link to="/" className="button">
        {t("notFound.back")}
      </Link>
    </div>
  );
}

function Failed({ error }: ErrorComponentProps): ReactNode {
  const { t } = usePreferences();
  return (
    <div className="notice" role="alert">
      <h1>{t("failed.title")}</h1>
      <p className="mono">{error instanceof Error ? error.message : String(error)}</p>
      <button type="button" className="button" onClick={() => location.reload()}>
        {t("failed.again")}
      </button>
    </div>
  );
}

const rootRoute = createRootRoute({ component: Shell, notFoundComponent: NotFound });
const overviewRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/",
  validateSearch: overviewSearch,
  component: OverviewPage,
});

export const router = createRouter({
  routeTree: rootRoute.addChildren([overviewRoute]),
  defaultErrorComponent: Failed,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
