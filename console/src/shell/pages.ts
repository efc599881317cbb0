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

const alphabet = "abcdefghijklmnopqrstuvwxyz";

/**
 * A letter for each page of the rail, whatever the app declares: the first of its path, or else the
 * first that is free.
 */
function lettersOf(pages: readonly Page[]): ReadonlyMap<string, string> {
  const letters = new Map([
    ["/", "o"],
    ["/settings", ","],
    ["/schedules", "c"],
  ]);
  const give = (path: string, wanted: string): void => {
    const taken = new Set(letters.values());
    const free = wanted.split("").find((letter) => alphabet.includes(letter) && !taken.has(letter));
    if (!letters.has(path) && free !== undefined) letters.set(path, free);
  };
  for (const { path } of pages) give(path, path.charAt(1));
  for (const { path } of pages) give(path, path.slice(1) + alphabet);
  return letters;
}

const letters = lettersOf(
  pillars.flatMap(({ pages }) => pages.filter(({ icon }) => icon !== undefined)),
);

/** `g` and this letter go to a page. */
export function letterOf({ path }: Page): string {
  return letters.get(path) ?? "";
}
