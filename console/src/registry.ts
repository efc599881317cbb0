import { catalogue } from "./pages/catalogue/index.ts";
import { messaging } from "./pages/messaging/index.ts";
import { observability } from "./pages/observability/index.ts";
import { overview } from "./pages/overview/index.ts";
import { services } from "./pages/services/index.ts";
import { settings } from "./pages/settings/index.ts";
import { state } from "./pages/state/index.ts";
import { workflows } from "./pages/workflow/index.ts";
import type { Pillar } from "./pillar.ts";

/** Every pillar of the console, one line each, in the order of the rail. */
export const pillars: readonly Pillar[] = [
  overview,
  services,
  observability,
  messaging,
  workflows,
  state,
  settings,
  catalogue,
];
