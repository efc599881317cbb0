import { workflowErrors } from "./errors.ts";
import type { StepCost } from "./program.ts";

/** Codes of ISO 4217. */
const currencies: ReadonlySet<string> = new Set(Intl.supportedValuesOf("currency"));
const amountMax = 1e12;
const whatMax = 100;
/** Lines that a step keeps; what more of them say is added up by currency. */
const linesMax = 20;
/** Digits that are kept: sums of decimal fractions are not to end in 0000000004. */
const digits = 15;

/** What was said of a cost, as it is kept. @throws MOR_WORKFLOW_COST */
export function costOf(amount: number, currency = "USD", what?: string): StepCost {
  if (typeof amount !== "number" || !(amount >= 0 && amount <= amountMax)) {
    throw workflowErrors.MOR_WORKFLOW_COST(
      `a step cannot have cost ${amount}: 0 to ${amountMax} may be`,
    );
  }
  if (!currencies.has(currency)) {
    throw workflowErrors.MOR_WORKFLOW_COST(
      `${JSON.stringify(currency).slice(0, 20)} is no currency of ISO 4217`,
    );
  }
  return { currency, amount, ...(what === undefined ? {} : { what: what.slice(0, whatMax) }) };
}

/** Costs with one more: one line for each currency and thing that was paid for. */
export function withCost(costs: readonly StepCost[], cost: StepCost): readonly StepCost[] {
  const { currency, amount } = cost;
  const isLine = (what: string | undefined) => (one: StepCost) =>
    one.currency === currency && one.what === what;
  const isKnown = costs.some(isLine(cost.what));
  const what = isKnown || costs.length < linesMax ? cost.what : undefined;
  const before = costs.find(isLine(what));
  if (before === undefined) {
    return [...costs, { currency, amount, ...(what === undefined ? {} : { what }) }];
  }
  const sum = Number((before.amount + amount).toPrecision(digits));
  return costs.map((one) => (one === before ? { ...one, amount: sum } : one));
}
