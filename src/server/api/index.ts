import type { AnyRoute } from "../../core/http.ts";
import type { ServerParts } from "../parts.ts";
import { backupRoutes } from "./backups.ts";
import { findRoutes } from "./find.ts";
import { historyRoutes } from "./history.ts";
import { overviewRoutes } from "./overview.ts";
import { platformRoutes } from "./platform.ts";
import { serviceRoutes } from "./services.ts";

/** The routes of the platform's own API, below `/api/v1`. */
export function apiRoutes(parts: ServerParts): readonly AnyRoute[] {
  const { platform, door } = parts;
  const ofCapabilities = [...platform.capabilities.values()].flatMap(
    ({ module, runtime }) => module.routes?.(runtime, platform.host) ?? [],
  );
  return [
    ...platformRoutes(parts),
    ...serviceRoutes(parts),
    ...overviewRoutes(parts),
    ...historyRoutes(parts),
    ...findRoutes(parts),
    ...backupRoutes(parts),
    ...door.routes,
    ...ofCapabilities,
  ];
}
