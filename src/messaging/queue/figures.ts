import type { QueueFigures, ResourceFigures } from "../../core/capabilities/figures.ts";
import type { QueueDriver } from "./driver.ts";
import type { Entries, QueueEntry } from "./entries.ts";

/** How many messages lie in the dead-letter queue of a queue; undefined when it has none. */
export async function deadLettersIn(
  driver: QueueDriver,
  { spec }: QueueEntry,
): Promise<number | undefined> {
  if (spec.deadLetters === undefined) return undefined;
  const { visible, inFlight, delayed } = await driver.stats(spec.deadLetters);
  return visible + inFlight + delayed;
}

/** The queue pillar's figures for the overview: one row a queue, its dead letters with it. */
export function figuresOf(driver: QueueDriver, entries: Entries): QueueFigures {
  const figure = async (entry: QueueEntry): Promise<ResourceFigures> => {
    const { name } = entry.spec;
    const stats = await driver.stats(name);
    const deadLetters = await deadLettersIn(driver, entry);
    return {
      id: `queue/${name}`,
      depth: stats.visible + stats.delayed,
      inFlight: stats.inFlight,
      oldestMs: stats.oldestMs,
      ...(deadLetters === undefined ? {} : { deadLetters }),
    };
  };
  return {
    figures: () =>
      Promise.all(entries.list().flatMap((entry) => (entry.role === "dead" ? [] : figure(entry)))),
  };
}
