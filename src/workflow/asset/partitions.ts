import { coreErrors } from "../../core/errors.ts";
import { isTimeZone, offsetAt, resolveLocal } from "../../messaging/schedule/zone.ts";

/** How an asset is divided: by time, or into named parts. */
export type Partitions =
  | {
      readonly by: "hour" | "day" | "month";
      /** Key of the first one: `2026-01-01T00`, `2026-01-01`, `2026-01`. */
      readonly start: string;
      readonly timezone: string;
    }
  | { readonly by: "key"; readonly keys: readonly string[] };

/** Partitions of one asset at most: a hundred years of days. */
export const partitionsMax = 40_000;

type TimePartitions = Exclude<Partitions, { readonly by: "key" }>;

const forms: Readonly<Record<TimePartitions["by"], RegExp>> = {
  hour: /^\d{4}-\d\d-\d\dT\d\d$/,
  day: /^\d{4}-\d\d-\d\d$/,
  month: /^\d{4}-\d\d$/,
};
const keyLengths = { hour: 13, day: 10, month: 7 } as const;
const paddings = { hour: ":00:00Z", day: "T00:00:00Z", month: "-01T00:00:00Z" } as const;

/** The local time at which a partition begins, written as if it were UTC. */
const localOf = (by: TimePartitions["by"], key: string): number => Date.parse(key + paddings[by]);

function timed(by: TimePartitions["by"], start: string, timezone: string): Partitions {
  if (!forms[by].test(start) || Number.isNaN(localOf(by, start))) {
    throw coreErrors.MOR_DECLARATION(`partitions by ${by}: ${JSON.stringify(start)} is no ${by}`, {
      fix: `Write the first one like ${"2026-01-31T07".slice(0, keyLengths[by])}.`,
    });
  }
  if (!isTimeZone(timezone)) {
    throw coreErrors.MOR_DECLARATION(`partitions by ${by}: there is no time zone ${timezone}`);
  }
  return Object.freeze({ by, start, timezone });
}

/** A partition a day: `daily("2026-01-01", "Asia/Taipei")`. @throws MOR_DECLARATION */
export const daily = (start: string, timezone = "UTC"): Partitions => timed("day", start, timezone);

/** A partition an hour. @throws MOR_DECLARATION */
export const hourly = (start: string, timezone = "UTC"): Partitions =>
  timed("hour", start, timezone);

/** A partition a month. @throws MOR_DECLARATION */
export const monthly = (start: string, timezone = "UTC"): Partitions =>
  timed("month", start, timezone);

/** Named parts: `parts("tw", "jp")`. */
export const parts = (...keys: readonly string[]): Partitions => Object.freeze({ by: "key", keys });

function nextLocal(by: TimePartitions["by"], localMs: number): number {
  const at = new Date(localMs);
  if (by === "hour") return localMs + 3_600_000;
  if (by === "day") return localMs + 86_400_000;
  return Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1);
}

/**
 * The time that a partition is about: from its beginning to before its end, milliseconds since the
 * epoch.
 * @throws MOR_INVALID where there is no such partition, or its asset is not divided by time
 */
export function partitionSpan(
  partitions: Partitions,
  key: string,
): { readonly fromMs: number; readonly untilMs: number } {
  checkPartition(partitions, key);
  if (partitions.by === "key") throw coreErrors.MOR_INVALID(`partition ${key} has no time`);
  const { by, timezone } = partitions;
  const local = localOf(by, key);
  return {
    fromMs: instantOf(timezone, local),
    untilMs: instantOf(timezone, nextLocal(by, local)),
  };
}

/** The instant of a local time; of one that the clock jumped over, when it jumped. */
export function instantOf(timezone: string, localMs: number): number {
  const resolved = resolveLocal(timezone, localMs);
  if ("instantMs" in resolved) return resolved.instantMs;
  return instantOf(timezone, resolved.gapEndLocalMs);
}

const keyAt = ({ by, timezone }: TimePartitions, instantMs: number): string =>
  new Date(instantMs + offsetAt(timezone, instantMs)).toISOString().slice(0, keyLengths[by]);

/** The last partition that is over at an instant; undefined before the first one is. */
export function lastOver(partitions: Partitions, nowMs: number): string | undefined {
  if (partitions.by === "key") return undefined;
  const { by, start } = partitions;
  const current = localOf(by, keyAt(partitions, nowMs));
  const before = by === "month" ? current - 86_400_000 : current - (by === "day" ? 43_200_000 : 1);
  const key = new Date(before).toISOString().slice(0, keyLengths[by]);
  return key < start ? undefined : key;
}

/**
 * The partitions from `from` to `until`, both included; all that are over if left out.
 * @throws MOR_INVALID where there are no such partitions, or too many
 */
export function partitionsBetween(
  partitions: Partitions,
  nowMs: number,
  { from, until }: { readonly from?: string | undefined; readonly until?: string | undefined } = {},
): string[] {
  if (partitions.by === "key") return namedBetween(partitions.keys, from, until);
  const { by, start } = partitions;
  const last = until ?? lastOver(partitions, nowMs);
  if (last === undefined) return [];
  for (const key of [from ?? start, last]) checkPartition(partitions, key);
  const keys: string[] = [];
  for (let local = localOf(by, from ?? start); local <= localOf(by, last);) {
    if (keys.length === partitionsMax) {
      throw coreErrors.MOR_INVALID(`more than ${partitionsMax} partitions are asked for`);
    }
    keys.push(new Date(local).toISOString().slice(0, keyLengths[by]));
    local = nextLocal(by, local);
  }
  return keys;
}

function namedBetween(
  keys: readonly string[],
  from: string | undefined,
  until: string | undefined,
): string[] {
  const place = (key: string | undefined, other: number): number =>
    key === undefined ? other : keys.indexOf(key);
  const [first, last] = [place(from, 0), place(until, keys.length - 1)];
  if (first < 0 || last < 0) throw unknownKey((first < 0 ? from : until) ?? "");
  return keys.slice(first, last + 1);
}

const unknownKey = (key: string): Error =>
  coreErrors.MOR_INVALID(`there is no partition ${JSON.stringify(key.slice(0, 80))}`);

/** @throws MOR_INVALID where there is no such partition */
export function checkPartition(partitions: Partitions, key: string): void {
  const isOne =
    partitions.by === "key"
      ? partitions.keys.includes(key)
      : forms[partitions.by].test(key) &&
        key >= partitions.start &&
        new Date(localOf(partitions.by, key) || 0).toISOString().startsWith(key);
  if (!isOne) throw unknownKey(key);
}
