// How much more one platform used than another, from slices that were played in turn.
import { seededRandom } from "../../src/core/ids.ts";
import type { Figures } from "./slices.ts";

/** A portion of more, with its 95 % interval. */
export interface Effect {
  readonly low: number;
  readonly middle: number;
  readonly high: number;
}

const resamples = 4_000;

export const quantile = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.round((values.length - 1) * share)] ?? 0;
export const median = (values: readonly number[]): number => quantile(values, 0.5);
export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** What platforms that do the same used, the mean in each turn. */
export function meanOf(platforms: readonly Figures[], figure: "cpuMs" | "mainMs"): number[] {
  const [first] = platforms as [Figures];
  return first[figure].map((_, turn) => mean(platforms.map((one) => one[figure][turn] as number)));
}

/** How much more was used in each turn than the base of the turn was: `0.05` is 5 %. */
export function moreOf(own: readonly number[], base: readonly number[]): number[] {
  return own.map((ms, turn) => ms / (base[turn] as number) - 1);
}

/**
 * The median over all launches. The interval comes from resampling launches, and turns within
 * them: two processes that do the same differ lastingly, which turns of one launch do not show.
 */
export function effectOf(launches: readonly (readonly number[])[]): Effect {
  const random = seededRandom(1);
  const pick = <T>(values: readonly T[]): T =>
    values[Math.floor(random.next() * values.length)] as T;
  const medians: number[] = [];
  for (let sample = 0; sample < resamples; sample++) {
    const drawn = launches.flatMap(() => {
      const turns = pick(launches);
      return turns.map(() => pick(turns));
    });
    medians.push(median(drawn));
  }
  const middle = median(launches.flat());
  return { low: quantile(medians, 0.025), middle, high: quantile(medians, 0.975) };
}
