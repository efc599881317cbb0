/** A row of the examples. */
export interface Row {
  readonly name: string;
  readonly kind: string;
  readonly depth: number;
  readonly share: number;
  readonly text: string;
}

const kinds = ["queue", "event", "service", "table"] as const;

/** Rows for examples, the same each time: a small generator with a seed. */
export function rowsOf(count: number): readonly Row[] {
  let seed = 20_251_125;
  const next = (): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return seed / 2_147_483_648;
  };
  return Array.from({ length: count }, (_, index) => ({
    name: `part-${index + 1}`,
    kind: kinds[Math.floor(next() * kinds.length)] ?? "queue",
    depth: Math.floor(next() * next() * 100_000),
    share: next(),
    text: `訂單 ${Math.floor(next() * 1e6)} · order ${index}`,
  }));
}
