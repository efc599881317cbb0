import { useState, type ReactNode } from "react";
import type { Counter, Point } from "../../api/overview.ts";
import { isolated, shown } from "../../i18n/foreign.ts";
import * as format from "../../i18n/format.ts";
import { isMessageKey } from "../../i18n/messages.ts";
import type { Scene } from "../../live.tsx";
import { usePreferences } from "../../preferences.tsx";
import { Spark } from "../../ui/spark.tsx";

const countersMax = 6;
const inHistory = ["requests", "messages", "events", "errors"] as const;

/** The server's five minutes where it has them, else what this page has seen. */
function valuesOf(key: string, { overview, past }: Scene): readonly number[] {
  const name = inHistory.find((one) => one === key);
  if (name === undefined) return past.rates.get(`counter:${key}`) ?? [];
  return overview.history.slice(-120).map((point: Point) => point[name]);
}

function One({ counter, scene }: { counter: Counter; scene: Scene }): ReactNode {
  const { t, locale } = usePreferences();
  const { key, label, total, ratePerSecond } = counter;
  const known = `counter.${key}`;
  const bad = (key === "deadLetters" || key === "errors") && total > 0;
  return (
    <li className="counter">
      {isMessageKey(known) ? (
        <span className="counter-label">{t(known)}</span>
      ) : (
        <span className="counter-label mono" title={isolated(label)}>
          <bdi>{shown(label, 80)}</bdi>
        </span>
      )}
      <span className="counter-total" title={format.exactNumber(total, locale)}>
        {format.count(total, locale)}
      </span>
      <span className="counter-rate" title={format.exactNumber(ratePerSecond, locale)}>
        {t("rate", { rate: format.shortNumber(ratePerSecond) })}
      </span>
      <Spark values={valuesOf(key, scene)} tone={bad ? "failing" : "plain"} />
    </li>
  );
}

/** Totals with their current rates; the first six, the rest on demand. */
export function Counters({ scene }: { scene: Scene }): ReactNode {
  const { t } = usePreferences();
  const [all, setAll] = useState(false);
  const { counters } = scene.overview;
  if (counters.length === 0) return null;
  const more = counters.length - countersMax;
  const visible = all ? counters : counters.slice(0, countersMax);
  return (
    <section className="counting" aria-label={t("counters.label")}>
      <ul className="counters panel">
        {visible.map((counter) => (
          <One key={counter.key} counter={counter} scene={scene} />
        ))}
      </ul>
      {more > 0 && (
        <button type="button" className="more" aria-expanded={all} onClick={() => setAll(!all)}>
          {all ? t("counter.fewer") : t("counter.more", { count: more })}
        </button>
      )}
    </section>
  );
}
