import { useMatches } from "@tanstack/react-router";
import { useLive } from "../live.tsx";
import type { Page, Pillar } from "../pillar.ts";
import { pillars } from "../registry.ts";

/** A pillar with those of its pages that stand in the rail. */
export interface Listed {
  readonly pillar: Pillar;
  readonly pages: readonly Page[];
}

/** The pages of the rail: of what the app declares alone. */
export function useListed(): readonly Listed[] {
  const { scene } = useLive();
  const kinds = scene && new Set(scene.overview.nodes.map(({ kind }) => kind));
  return pillars
    .map((pillar) => ({
      pillar,
      pages: pillar.pages.filter(
        ({ icon, kinds: needed }) =>
          icon !== undefined && (needed === undefined || needed.some((kind) => kinds?.has(kind))),
      ),
    }))
    .filter(({ pages }) => pages.length > 0);
}

/** The page that is shown, as its pillar declares it. */
export function usePage(): Page | undefined {
  return useMatches().at(-1)?.staticData.page;
}

/** `g` and this letter go to a page: the first of its path, but for those that share one. */
export function letterOf({ path }: Page): string {
  return path === "/"
    ? "o"
    : ({ "/settings": ",", "/services": "s", "/schedules": "c" }[path] ?? path[1] ?? "");
}
