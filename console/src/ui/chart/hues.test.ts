import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { hueCount, huesOf } from "./hues.ts";

type Triple = readonly [number, number, number];

const css = readFileSync(new URL("./hues.css", import.meta.url), "utf8");
const tokens = readFileSync(new URL("../tokens.css", import.meta.url), "utf8");

/** The blocks that give the hues: light, dark by choice, dark by the system. */
const blocks = [...css.matchAll(/\{([^{}]*--hue-1[^{}]*)\}/g)].map(([, body = ""]) =>
  Array.from({ length: hueCount }, (_, at) => {
    const found = new RegExp(`--hue-${at + 1}: (#[0-9a-f]{6});`).exec(body);
    return found?.[1] ?? "";
  }),
);
const surfaces = [...tokens.matchAll(/--surface: (#[0-9a-f]{6});/g)].map(([, hex = ""]) => hex);

const linear = (hex: string): Triple => {
  const part = (at: number): number => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return [part(1), part(3), part(5)];
};

const luminance = ([red, green, blue]: Triple): number =>
  0.2126 * red + 0.7152 * green + 0.0722 * blue;

function contrast(one: string, other: string): number {
  const [low = 0, high = 0] = [luminance(linear(one)), luminance(linear(other))].toSorted(
    (a, b) => a - b,
  );
  return (high + 0.05) / (low + 0.05);
}

/** What each form of sight makes of linear light (Machado, Oliveira, Fernandes 2009). */
const sights: Readonly<Record<string, readonly Triple[]>> = {
  normal: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

const times = (rows: readonly Triple[], [x, y, z]: Triple): Triple =>
  rows.map(([a, b, c]) => a * x + b * y + c * z) as unknown as Triple;

/** Oklab, in which equal distances look about equally far apart. */
function perceived(light: Triple): Triple {
  const clipped = light.map((one) => Math.min(1, Math.max(0, one))) as unknown as Triple;
  const cones = times(
    [
      [0.4122214708, 0.5363325363, 0.0514459929],
      [0.2119034982, 0.6806995451, 0.1073969566],
      [0.0883024619, 0.2817188376, 0.6299787005],
    ],
    clipped,
  ).map(Math.cbrt) as unknown as Triple;
  return times(
    [
      [0.2104542553, 0.793617785, -0.0040720468],
      [1.9779984951, -2.428592205, 0.4505937099],
      [0.0259040371, 0.7827717662, -0.808675766],
    ],
    cones,
  );
}

function distance(one: string, other: string, sight: readonly Triple[]): number {
  const [a, b] = [one, other].map((hex) => perceived(times(sight, linear(hex))));
  return Math.hypot(...(a ?? [0, 0, 0]).map((value, at) => value - (b?.[at] ?? 0)));
}

describe("the hues of names", () => {
  it("are the same by the reader's choice of dark as by the system's", () => {
    expect(blocks.length).toBe(3);
    expect(blocks[1]).toEqual(blocks[2]);
    expect(surfaces.length).toBe(3);
  });

  it.for([0, 1])("stand out from the surface, in block %i", (block) => {
    const low = blocks[block]?.filter((hex) => contrast(hex, surfaces[block] ?? "") < 3);
    expect(low).toEqual([]);
  });

  it.for([0, 1])("stay apart for every form of sight, in block %i", (block) => {
    const hues = blocks[block] ?? [];
    const close = Object.entries(sights).flatMap(([name, sight]) =>
      hues.flatMap((one, at) =>
        hues
          .slice(at + 1)
          .filter((other) => distance(one, other, sight) < 0.08)
          .map((other) => `${name}: ${one} ${other}`),
      ),
    );
    expect(close).toEqual([]);
  });

  it("belong to a name wherever it stands, and no two of a few share one", () => {
    const few = ["orders", "payments", "users", "stock"];
    const hues = huesOf(few);
    expect(huesOf(few.toReversed())).toEqual(hues);
    expect(huesOf(["orders"]).get("orders")?.hollow).toBe(false);
    expect(new Set([...hues.values()].map(({ number }) => number)).size).toBe(few.length);
  });

  it("are hollow from the ninth name on, and come again from the seventeenth", () => {
    const names = Array.from({ length: 40 }, (_, at) => `service-${at}`);
    const hues = [...huesOf(names).values()];
    const forms = new Set(hues.slice(0, 16).map(({ number, hollow }) => `${number} ${hollow}`));
    expect(forms.size).toBe(16);
    expect(hues.filter(({ hollow }) => hollow).length).toBe(16);
    expect(hues.every(({ number }) => number >= 1 && number <= hueCount)).toBe(true);
  });
});
