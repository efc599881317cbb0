import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  retainSearchParams,
  type AnyRouter,
} from "@tanstack/react-router";
import type { Page } from "./pillar.ts";
import { rangeParameters } from "./range.ts";
import { pillars } from "./registry.ts";
import { Failed, NotFound } from "./shell/trouble.tsx";
import { Shell } from "./shell/shell.tsx";
import { insistent } from "./ui/loaded.ts";

declare module "@tanstack/react-router" {
  interface StaticDataRouteOption {
    /** The page that a route shows. */
    page?: Page;
  }
}

const rootRoute = createRootRoute({
  component: Shell,
  notFoundComponent: NotFound,
  search: { middlewares: [retainSearchParams([...rangeParameters] as never)] },
});

const routes = pillars
  .flatMap(({ pages }) => pages)
  .map((page) =>
    createRoute({
      getParentRoute: () => rootRoute,
      path: page.path,
      component: lazyRouteComponent(() => insistent(page.load)),
      staticData: { page },
    }),
  );

/** The console's pages by their paths, out of the registry. */
export const router: AnyRouter = createRouter({
  routeTree: rootRoute.addChildren(routes),
  defaultErrorComponent: Failed,
  defaultPreload: "intent",
  scrollRestoration: true,
});
