import type { AnyRoute } from "../core/http.ts";
import type { AnyService } from "../core/service.ts";
import type { Platform } from "./platform.ts";

/** A route's path as OpenAPI writes it: `/orders/{id}`. */
export function documentPath(path: string): string {
  return path.replace(/:([A-Za-z0-9_]+)/g, "{$1}");
}

/** The routes of a service. One that runs elsewhere still declares them: they are data. */
export function routesOf(service: AnyService, platform: Platform): readonly AnyRoute[] {
  return platform.services.get(service.name)?.routes ?? service.routes({});
}
