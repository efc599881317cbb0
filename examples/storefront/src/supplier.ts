/** What is missing of a product. */
export interface Short {
  readonly sku: string;
  readonly quantity: number;
}

/** A supplier has too much to do just now. */
export class SupplierBusy extends Error {
  override readonly name = "SupplierBusy";
}

/** A supplier no longer makes it. */
export class Discontinued extends Error {
  override readonly name = "Discontinued";
}

const pieceMin = 40;
const pieceSpread = 200;

/** A price of its own for each product. */
const piecePence = (sku: string): number =>
  pieceMin +
  (Array.from(sku, (one) => one.charCodeAt(0)).reduce((a, b) => a * 31 + b, 7) % pieceSpread);

/**
 * What a supplier asks for a product, as the real ones answer: some at the second call only, and
 * for what begins with `OLD` never.
 * @throws SupplierBusy, Discontinued
 */
export function quote({ sku, quantity }: Short, attempt: number): { readonly pence: number } {
  if (sku.startsWith("OLD")) throw new Discontinued(`${sku} is no longer made`);
  if (attempt === 0 && piecePence(sku) % 3 === 0) throw new SupplierBusy("call again later");
  return { pence: piecePence(sku) * quantity };
}
