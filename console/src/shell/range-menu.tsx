import { lazy, Suspense, useState, type ReactNode } from "react";
import { isolated } from "../i18n/foreign.ts";
import * as format from "../i18n/format.ts";
import type { Locale, Translate } from "../i18n/messages.ts";
import { usePreferences } from "../preferences.tsx";
import { rangeNames, useRange, type Range } from "../range.ts";
import { insistent } from "../ui/loaded.ts";
import { Menu } from "../ui/menu.tsx";

const Between = lazy(() => insistent(() => import("./between.tsx")));

/** A range in words. */
export function rangeWords(t: Translate, locale: Locale, range: Range): string {
  if ("name" in range) return t(`range.${range.name}`);
  const { fromMs, toMs } = range;
  return t("range.absolute", {
    from: isolated(format.dateTime(fromMs, locale)),
    to: isolated(format.dateTime(toMs, locale)),
  });
}

/** The global time range, which charts and lists follow. */
export function RangeMenu(): ReactNode {
  const { t, locale } = usePreferences();
  const [range, setRange] = useRange();
  const [choosing, setChoosing] = useState(false);
  const words = rangeWords(t, locale, range);
  const presets = rangeNames.map((name) => ({
    id: name,
    label: t(`range.${name}`),
    checked: "name" in range && range.name === name,
    onPick: () => setRange({ name }),
  }));
  const custom = { id: "custom", label: t("range.custom"), onPick: () => setChoosing(true) };
  return (
    <>
      <Menu
        label={`${t("range.label")}: ${words}`}
        icon="clock"
        words={<span className="range-words">{words}</span>}
        groups={[presets, [custom]]}
      />
      <Suspense fallback={null}>
        {choosing && <Between range={range} onClose={() => setChoosing(false)} />}
      </Suspense>
    </>
  );
}
