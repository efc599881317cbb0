import type { ComponentType } from "react";
import type { Role } from "./api/session.tsx";
import type { InEach } from "./i18n/messages.ts";
import type { IconName } from "./ui/icons.tsx";

/** A page of the console. Its component is loaded when it is first opened. */
export interface Page {
  /** `/queues`, or below one: `/queues/$name`. */
  readonly path: string;
  readonly title: InEach;
  readonly load: () => Promise<{ readonly default: ComponentType }>;
  /** In the rail; pages without one are reached from others. */
  readonly icon?: IconName;
  /** Resource kinds of which the app declares at least one; shown always if left out. */
  readonly kinds?: readonly string[];
  /** The path of the page of the rail that it belongs to, where its own does not begin with it. */
  readonly within?: string;
  /** The least that whoever opens it must be; `viewer` if left out. */
  readonly role?: Role;
}

/** What one pillar adds to the console: `src/registry.ts` lists them. */
export interface Pillar {
  readonly id: string;
  /** Heading in the rail; pages of a pillar without one stand alone. */
  readonly title?: InEach;
  readonly pages: readonly Page[];
}
