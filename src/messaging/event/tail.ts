import type { EventTail, RecentEvent } from "../../core/capabilities/figures.ts";
import type { Metrics } from "../../core/metrics.ts";
import { parseTraceparent } from "../../core/context.ts";
import type { EventDriver, LoggedEvent } from "./driver.ts";
import { openDetail } from "./envelope.ts";

const recentMax = 200;

function recentOf({ envelope, publishedAtMs }: LoggedEvent, prefix: string): RecentEvent {
  const { data, reserved } = openDetail(envelope.detail);
  const { source } = envelope;
  const traceId = parseTraceparent(reserved.traceparent)?.traceId;
  return {
    id: envelope.id,
    atMs: publishedAtMs,
    type: envelope["detail-type"],
    source: source.startsWith(prefix) ? source.slice(prefix.length) : source,
    data: JSON.stringify(data),
    ...(traceId === undefined ? {} : { traceId }),
  };
}

/** Events of a driver without a log: what this process itself published. */
function countedTotals(metrics: Metrics): Record<string, number> {
  const totals: Record<string, number> = {};
  for (const { name, labels, value } of metrics.snapshot()) {
    const type = labels["event"];
    if (name !== "morning_event_published_total" || type === undefined) continue;
    totals[type] = (totals[type] ?? 0) + value;
  }
  return totals;
}

/** The latest events, for the overview. */
export function eventTailOf(driver: EventDriver, app: string, metrics: Metrics): EventTail {
  if (!driver.features.log) {
    return { recent: async () => [], totals: async () => countedTotals(metrics) };
  }
  return {
    async recent(limit) {
      const { events } = await driver.log({ limit: Math.min(limit, recentMax) });
      return events.map((event) => recentOf(event, `${app}.`));
    },
    totals: () => driver.totals(),
  };
}
