import type { ReactNode } from "react";
import * as format from "../i18n/format.ts";
import { usePreferences } from "../preferences.tsx";

/** A count, short, with the exact one on hover; a dash where there is none. */
export function Count({ value }: { value: number | null | undefined }): ReactNode {
  const { locale } = usePreferences();
  if (value === null || value === undefined) return <span className="none">–</span>;
  return <span title={format.exactNumber(value, locale)}>{format.count(value, locale)}</span>;
}

/** A duration, short, exact on hover. */
export function Duration({ ms }: { ms: number | null | undefined }): ReactNode {
  const { locale } = usePreferences();
  if (ms === null || ms === undefined) return <span className="none">–</span>;
  return <span title={`${format.exactNumber(ms, locale)} ms`}>{format.duration(ms, locale)}</span>;
}

/** A number of bytes, short, exact on hover. */
export function Bytes({ size }: { size: number | null | undefined }): ReactNode {
  const { locale } = usePreferences();
  if (size === null || size === undefined) return <span className="none">–</span>;
  return <span title={`${format.exactNumber(size, locale)} B`}>{format.bytes(size)}</span>;
}

/** A rate a second, short, exact on hover. */
export function Rate({ perSecond }: { perSecond: number | null | undefined }): ReactNode {
  const { t, locale } = usePreferences();
  if (perSecond === null || perSecond === undefined) return <span className="none">–</span>;
  return (
    <span title={format.exactNumber(perSecond, locale)}>
      {t("rate", { rate: format.shortNumber(perSecond) })}
    </span>
  );
}

/** Amounts of money, one for each currency, exact on hover. */
export function Money({
  costs,
}: {
  costs: readonly { readonly currency: string; readonly amount: number }[];
}): ReactNode {
  const { locale } = usePreferences();
  if (costs.length === 0) return <span className="none">–</span>;
  const exact = costs.map(
    ({ amount, currency }) => `${format.exactNumber(amount, locale, 12)} ${currency}`,
  );
  const words = costs.map(({ amount, currency }) => format.money(amount, currency, locale));
  return <span title={exact.join(" + ")}>{words.join(" + ")}</span>;
}

/** One figure of a row of them. */
export interface Figure {
  readonly label: string;
  readonly value: ReactNode;
  readonly tone?: "warning" | "failing";
}

/** The figures that matter about one thing, side by side. */
export function Figures({ figures }: { figures: readonly Figure[] }): ReactNode {
  return (
    <dl className="figures">
      {figures.map(({ label, value, tone }) => (
        <div key={label} className={tone}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Names and their values, one below the other. */
export function Facts({
  facts,
}: {
  facts: readonly (readonly [name: string, value: ReactNode] | undefined | false)[];
}): ReactNode {
  return (
    <dl className="facts">
      {facts.map(
        (fact) =>
          fact && (
            <div key={fact[0]}>
              <dt>{fact[0]}</dt>
              <dd>{fact[1]}</dd>
            </div>
          ),
      )}
    </dl>
  );
}
