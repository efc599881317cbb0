import { z } from "zod";
import { coreErrors } from "../../core/errors.ts";
import { get } from "../../core/http.ts";
import type { AnyRoute } from "../../core/http.ts";
import type { Schema } from "../../core/schema.ts";
import { nodeMetrics, platformMetrics } from "../overview/history.ts";
import type { HistoryAnswer, HistoryQuery, SeriesKey } from "../overview/history.ts";
import type { ServerParts } from "../parts.ts";

/** Series that one call may ask for. */
const seriesMax = 50;
const rangeMsDefault = 600_000;
const metricNames: readonly string[] = [...nodeMetrics, ...platformMetrics];

const instant = z.coerce.number().int().min(0).max(8.64e15);
const HistoryAsked = z.object({
  ids: z
    .string()
    .min(1)
    .max(10_000)
    .describe("Nodes (queue/welcome-email) and platform, separated by commas."),
  metrics: z
    .string()
    .min(1)
    .max(1_000)
    .describe(`Of ${metricNames.join(", ")}, separated by commas.`),
  fromMs: instant.optional().describe("Ten minutes before toMs if left out."),
  toMs: instant.optional().describe("Now if left out."),
  pointsMax: z.coerce.number().int().min(1).max(2_000).default(300),
});

const historyAnswer: Schema<unknown, HistoryAnswer> = z.object({
  fromMs: z.number().int(),
  toMs: z.number().int(),
  stepMs: z.number().int(),
  sinceMs: z.number().int().describe("When the oldest data that is kept was taken."),
  atMs: z.array(z.number().int()).describe("The beginnings of the steps."),
  series: z.array(
    z.object({
      id: z.string(),
      metric: z.string(),
      values: z.array(z.number().nullable()).describe("null where nothing was measured."),
    }),
  ),
});

function listOf(text: string): string[] {
  return [...new Set(text.split(",").map((one) => one.trim()))].filter((one) => one !== "");
}

/** The series that are meant: `platform` has metrics of its own, nodes have theirs. */
function seriesOf(ids: readonly string[], metrics: readonly string[]): SeriesKey[] {
  const unknown = metrics.find((metric) => !metricNames.includes(metric));
  if (unknown !== undefined) {
    throw coreErrors.MOR_INVALID(`there is no metric ${JSON.stringify(unknown)}`, {
      fix: `Use ${metricNames.join(", ")}.`,
    });
  }
  const has = (id: string, metric: string): boolean =>
    (id === "platform" ? platformMetrics : nodeMetrics).some((one) => one === metric);
  const series = ids.flatMap((id) =>
    metrics.filter((metric) => has(id, metric)).map((metric) => ({ id, metric })),
  );
  if (series.length <= seriesMax) return series;
  throw coreErrors.MOR_INVALID(`${series.length} series were asked for, at most ${seriesMax}`, {
    fix: `Ask for at most ${seriesMax} at once: ids times metrics.`,
  });
}

/** Without its past a figure is still a figure: the charts begin where this process does. */
async function fillPast({ platform, past }: ServerParts, asked: HistoryQuery): Promise<void> {
  try {
    await past?.fill(asked);
  } catch (error) {
    platform.host.log.warn("what was measured before cannot be read", { cause: String(error) });
  }
}

/** What was measured, over time. */
export function historyRoutes(parts: ServerParts): readonly AnyRoute[] {
  const { platform, history } = parts;
  return [
    get(
      "/history",
      {
        role: "viewer",
        query: HistoryAsked,
        answer: historyAnswer,
        summary: "What was measured within the last day",
      },
      async ({ query }) => {
        const toMs = query.toMs ?? platform.host.clock.now();
        const fromMs = query.fromMs ?? Math.max(0, toMs - rangeMsDefault);
        if (fromMs >= toMs) {
          throw coreErrors.MOR_INVALID(`fromMs ${fromMs} is not before toMs ${toMs}`);
        }
        const series = seriesOf(listOf(query.ids), listOf(query.metrics));
        const asked = { series, fromMs, toMs, pointsMax: query.pointsMax };
        await fillPast(parts, asked);
        return history.read(asked);
      },
    ),
  ];
}
