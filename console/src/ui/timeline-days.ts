/** Entries of one day, in the order in which they came. */
export interface Day<Entry> {
  /** Midnight in the zone of the page; NaN for times that no calendar knows. */
  readonly startMs: number;
  readonly entries: readonly Entry[];
}

const startOf = (atMs: number): number => new Date(atMs).setHours(0, 0, 0, 0);

/** Neighbours of the same day together; the order stays as it is. */
export function byDay<Entry extends { readonly atMs: number }>(
  entries: readonly Entry[],
): Day<Entry>[] {
  const days: { startMs: number; entries: Entry[] }[] = [];
  for (const entry of entries) {
    const startMs = startOf(entry.atMs);
    const day = days.at(-1);
    if (day !== undefined && Object.is(day.startMs, startMs)) day.entries.push(entry);
    else days.push({ startMs, entries: [entry] });
  }
  return days;
}
