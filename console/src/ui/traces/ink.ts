import { hueVariable, type Hue } from "../chart/hues.ts";

/** Colours of the page as a canvas needs them: read once, anew when the look changes. */
export interface Ink {
  of(name: string): string;
  hue(hue: Hue | undefined): string;
  readonly font: string;
}

/** Reads the colours that hold where an element stands. */
export function inkOf(element: HTMLElement): Ink {
  const style = getComputedStyle(element);
  const known = new Map<string, string>();
  const of = (name: string): string => {
    let value = known.get(name);
    if (value === undefined) known.set(name, (value = style.getPropertyValue(name).trim()));
    return value;
  };
  return {
    of,
    hue: (hue) => of(hue === undefined ? "--line-strong" : hueVariable(hue)),
    font: of("--font"),
  };
}

/** Pixels of a canvas at most along a side: beyond, browsers draw nothing. */
const sideMax = 8192;

/**
 * Makes a canvas as large as its place in pixels of the screen, and clears it.
 * @returns what to draw with, in pixels of the page
 */
export function cleared(
  canvas: HTMLCanvasElement,
  width: number,
  height: number,
): CanvasRenderingContext2D | null {
  const ratio = Math.min(devicePixelRatio, sideMax / Math.max(1, width, height));
  const [wide, tall] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== wide || canvas.height !== tall) {
    canvas.width = wide;
    canvas.height = tall;
  }
  const context = canvas.getContext("2d");
  context?.setTransform(ratio, 0, 0, ratio, 0, 0);
  context?.clearRect(0, 0, width, height);
  return context;
}
