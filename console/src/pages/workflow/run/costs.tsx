import type { ReactNode } from "react";
import { shown } from "../../../i18n/foreign.ts";
import { Money } from "../../../ui/figures.tsx";
import { useText } from "../text.ts";
import type { Entry } from "./places.ts";

type Costs = Entry["costs"];

/** What a step paid by currency, whatever for. */
export function totals(costs: Costs): readonly Omit<Costs[number], "what">[] {
  const sums = new Map<string, number>();
  for (const { currency, amount } of costs) {
    sums.set(currency, (sums.get(currency) ?? 0) + amount);
  }
  return [...sums].map(([currency, amount]) => ({ currency, amount }));
}

/** What a step paid, and for what. */
export function PaidFor({ costs }: { costs: Costs }): ReactNode {
  const { t } = useText();
  return (
    <ul className="run-costs">
      {costs.map((cost) => (
        <li key={`${cost.currency} ${cost.what}`}>
          <Money costs={[cost]} />{" "}
          <span className="none">
            {cost.what === null ? t("entry.paidOther") : <bdi>{shown(cost.what, 100)}</bdi>}
          </span>
        </li>
      ))}
    </ul>
  );
}
