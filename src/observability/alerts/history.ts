import { coreErrors } from "../../core/errors.ts";
import { emptyValue } from "./measure.ts";
import { labelsKey } from "./state.ts";
import type { Measured, Measurer, MeasuredSeries } from "./measure.ts";

/** Keeps the history of series between evaluations, so that only what is new is read. */
export function withHistory(measurer: Measurer, seriesMax: number): Measurer {
  interface Kept {
    readonly firstMs: number;
    readonly endMs: number;
    readonly groups: Map<string, MeasuredSeries>;
  }
  const kept = new Map<string, Kept>();
  /** What arrives late changes the last steps. */
  const againSteps = 3;
  return {
    window: measurer.window,
    async series(source, fromMs, toMs, stepMs) {
      const key = JSON.stringify([source, stepMs]);
      const firstMs = Math.ceil(fromMs / stepMs) * stepMs;
      const endMs = Math.floor(toMs / stepMs) * stepMs;
      const known = kept.get(key);
      const sound = known !== undefined && known.firstMs <= firstMs && known.endMs >= firstMs;
      const againMs = sound ? Math.max(firstMs, known.endMs - againSteps * stepMs) : firstMs;
      const read = await measurer.series(source, againMs, endMs, stepMs);
      if (read.groups.length > seriesMax) {
        throw coreErrors.MOR_INVALID(`the history has over ${seriesMax} series`);
      }
      const groups: Kept["groups"] = new Map();
      const empty = (source.type === "records" ? emptyValue(source) : null) ?? Number.NaN;
      const steps = Math.max(0, Math.round((endMs - firstMs) / stepMs));
      const place = (values: Float64Array, from: number, labels: Measured["labels"]): void => {
        const id = labelsKey(labels);
        const group = groups.get(id) ?? { labels, values: new Float64Array(steps).fill(empty) };
        groups.set(id, group);
        const shift = Math.round((from - firstMs) / stepMs);
        for (let at = 0; at < values.length; at++) {
          const to = at + shift;
          if (to >= 0 && to < steps) group.values[to] = values[at] ?? Number.NaN;
        }
      };
      if (sound) {
        for (const { labels, values } of known.groups.values())
          place(values, known.firstMs, labels);
      }
      for (const { labels, values } of read.groups) place(values, againMs, labels);
      for (const [id, { values }] of groups) {
        if (values.every((value) => Number.isNaN(value) || value === 0)) groups.delete(id);
      }
      kept.set(key, { firstMs, endMs, groups });
      return { groups: [...groups.values()], leftOut: read.leftOut };
    },
  };
}
