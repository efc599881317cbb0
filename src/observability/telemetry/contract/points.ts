import { expect } from "vitest";
import type { Filter } from "../../signals/filter.ts";
import { everything } from "../../signals/filter.ts";
import type { MetricPoint } from "../../signals/records.ts";
import type { MetricSeries } from "../../signals/store.ts";
import { memoryReader } from "../../testing/memory-reader.ts";
import { codeOf, originOf } from "./world.ts";
import type { Case, World } from "./world.ts";

/** Points of gauges, counters and histograms of two services, a minute apart. */
function pointsOf({ at, point }: World): MetricPoint[] {
  return Array.from({ length: 10 }, (_, minute) => {
    const timeNs = at(minute * 60_000);
    return ["orders", "payments"].flatMap((service): MetricPoint[] => {
      const origin = originOf(service);
      return [
        point({ origin, timeNs, value: minute, attributes: { queue: "mail" } }),
        point({ origin, timeNs, value: minute * 2, attributes: { queue: "付款", kind: 1 } }),
        point({
          origin,
          timeNs,
          name: "http.server.requests",
          unit: "{request}",
          description: "requests",
          kind: 1,
          temporality: "cumulative",
          monotonic: true,
          value: minute * 100,
          attributes: { "http.route": "/orders", "http.response.status_code": 200 },
        }),
        point({
          origin,
          timeNs,
          name: "http.server.request.duration",
          unit: "s",
          description: "durations",
          kind: 2,
          temporality: "delta",
          value: minute / 10,
          count: 3n,
          distribution: {
            type: "explicit",
            bounds: [0.1, 1],
            counts: [1, minute, 2],
            min: 0.01,
            max: 2.5,
          },
        }),
      ];
    });
  }).flat();
}

const labelText = ({ labels }: MetricSeries): string =>
  Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .toSorted()
    .join();

const comparable = (list: readonly MetricSeries[]): unknown[] =>
  list
    .map((one) => ({
      ...one,
      labels: labelText(one),
      timesMs: [...one.timesMs],
      values: [...one.values],
      counts: [...(one.counts ?? [])],
      distributions: one.distributions ?? [],
    }))
    .toSorted((a, b) => (a.name + a.labels < b.name + b.labels ? -1 : 1));

/** Metric points. */
export const points: readonly Case[] = [
  {
    name: "metrics are listed with how they are counted, and with their series",
    needs: "points",
    async run(world) {
      const { range, store, write } = world;
      await write({ points: pointsOf(world) });
      const found = await store.metrics(range);
      const sorted = found.toSorted((a, b) => (a.name < b.name ? -1 : 1));
      expect(sorted).toEqual([
        {
          name: "http.server.request.duration",
          unit: "s",
          description: "durations",
          kind: 2,
          temporality: "delta",
          monotonic: false,
          series: 2,
        },
        {
          name: "http.server.requests",
          unit: "{request}",
          description: "requests",
          kind: 1,
          temporality: "cumulative",
          monotonic: true,
          series: 2,
        },
        {
          name: "queue.depth",
          unit: "1",
          description: "messages that wait",
          kind: 0,
          temporality: "none",
          monotonic: false,
          series: 4,
        },
      ]);
    },
  },
  {
    name: "series are read by name, by expression and by filter, wherever their points lie",
    needs: "points",
    async run(world) {
      const { at, range, store, write } = world;
      const all = pointsOf(world);
      await write({ points: all.slice(0, 33) });
      await write({ points: all.slice(33) });
      const memory = memoryReader({ points: all });
      const payments: Filter = { op: "eq", field: "service", value: "payments" };
      for (const more of [
        { filter: everything },
        { filter: payments, name: { value: "queue.depth", regex: false } },
        { filter: everything, name: { value: "http\\.server\\..*", regex: true } },
        { filter: everything, name: { value: "http", regex: true } },
        { filter: { op: "eq", field: "queue", value: "付款" } as const },
        { filter: { op: "gt", field: "value", value: 8 } as const },
        { filter: everything, fromNs: at(60_000), toNs: at(120_000) },
      ]) {
        const query = { ...range, seriesMax: 100, ...more };
        const [found, wanted] = [await store.series(query), await memory.series(query)];
        expect({ more, series: comparable(found) }).toEqual({ more, series: comparable(wanted) });
      }
    },
  },
  {
    name: "more series than are wanted are an error of the asker",
    needs: "points",
    async run(world) {
      const { range, store, write } = world;
      await write({ points: pointsOf(world) });
      const query = { ...range, filter: everything };
      expect(await codeOf(store.series({ ...query, seriesMax: 7 }))).toBe(
        "MOR_TELEMETRY_QUERY_TOO_LARGE",
      );
      expect(await store.series({ ...query, seriesMax: 8 })).toHaveLength(8);
      const name = { value: "(", regex: true };
      expect(await codeOf(store.series({ ...query, seriesMax: 8, name }))).toMatch(
        /^MOR_(?:TELEMETRY_QUERY|INVALID)$/,
      );
    },
  },
];
