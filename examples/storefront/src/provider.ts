/** The payment provider said no. */
export class CardDeclined extends Error {
  override readonly name = "CardDeclined";
  readonly orderId: string;

  constructor(orderId: string) {
    super(`the card for order ${orderId} was declined`);
    this.orderId = orderId;
  }
}

/** What is asked of the provider. */
export interface Charge {
  readonly orderId: string;
  /** `card-declined` is the card that every payment provider has for tests. */
  readonly card: "card" | "card-declined";
  readonly pence: number;
}

/** What the provider takes of a charge, pounds: 1.5 percent and 20 pence. */
export const feeOf = (pence: number): number => Math.round(pence * 0.015 + 20) / 100;

/**
 * Charges a card, as a payment provider would.
 * @throws CardDeclined
 */
export function charge({ orderId, card, pence }: Charge): { readonly reference: string } {
  if (card === "card-declined") throw new CardDeclined(orderId);
  return { reference: `charge-${orderId}-${pence}` };
}
