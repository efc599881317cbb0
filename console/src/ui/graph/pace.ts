/**
 * How fast the dots on an edge run: 0 stands still, 5 is fastest; one step for each power of ten,
 * so that an animation does not start anew each time a rate changes a little.
 */
export function pace(ratePerSecond: number): 0 | 1 | 2 | 3 | 4 | 5 {
  if (!(ratePerSecond > 0)) return 0;
  if (ratePerSecond < 1) return 1;
  if (ratePerSecond < 10) return 2;
  if (ratePerSecond < 100) return 3;
  return ratePerSecond < 1000 ? 4 : 5;
}
