/**
 * Positions as keys that sort as the program goes: `3.10` comes after `3.9`. A number is preceded
 * by a letter for its length, anything else by `~`.
 */
export const keyOf = (at: string): string => at.split(".").map(keyed).join(".");

const lengths = "0abcdefghijklmnopqrstuvwxyz";

function keyed(part: string): string {
  return /^\d{1,15}$/.test(part) ? `${lengths[part.length]}${part}` : `~${part}`;
}

/** Reads what {@link keyOf} made. */
export const positionOf = (key: string): string =>
  key
    .split(".")
    .map((part) => part.slice(1))
    .join(".");
