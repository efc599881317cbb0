import type { AnswerOf } from "../../../api/client.ts";

/** An asset, as the API gives it. */
export type Asset = AnswerOf<"/assets/{name}", "get">;
export type AssetSummary = AnswerOf<"/assets", "get">["assets"][number];
export type Part = Asset["parts"][number];

/** Partitions that belong together: the hours of a day, the days of a month. */
export interface GridRow {
  /** `2026-11-26`, `2026-11`, `2026`; empty where partitions are named. */
  readonly label: string;
  readonly cells: readonly GridCell[];
}

export interface GridCell {
  readonly key: string;
  /** What tells it from others of its row: the hour, the day. */
  readonly short: string;
  readonly isMade: boolean;
}

/** Keys of hours, days and months, and where the part that a row shares ends. */
const forms: readonly (readonly [form: RegExp, shared: number])[] = [
  [/^\d{4}-\d\d-\d\dT\d\d$/, 10],
  [/^\d{4}-\d\d-\d\d$/, 7],
  [/^\d{4}-\d\d$/, 4],
];

function cellOf({ partition, atMs }: Part): GridCell & { readonly label: string } {
  const key = partition ?? "";
  const shared = forms.find(([form]) => form.test(key))?.[1] ?? 0;
  const short = shared === 0 ? key : key.slice(shared + 1);
  return { key, short, isMade: atMs !== null, label: key.slice(0, shared) };
}

/** Partitions in rows, the newest row first, each in the order of its time. */
export function gridOf(parts: readonly Part[]): readonly GridRow[] {
  const rows = Map.groupBy(parts.map(cellOf), ({ label }) => label);
  return [...rows].map(([label, cells]) => ({
    label,
    cells: (label === "" ? cells : cells.toReversed()).map(({ key, short, isMade }) => ({
      key,
      short,
      isMade,
    })),
  }));
}
