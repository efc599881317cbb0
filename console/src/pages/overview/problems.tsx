import { useState, type ReactNode } from "react";
import type { Overview, Part, Problem } from "../../api/overview.ts";
import { isolated, shown } from "../../i18n/foreign.ts";
import * as format from "../../i18n/format.ts";
import { HealthIcon } from "../../ui/icons.tsx";
import { usePreferences, type Preferences } from "../../preferences.tsx";
import { useOpen } from "./open.ts";

const problemsMax = 4;

/** In the reader's language where the figures tell the whole of it, else in the server's words. */
export function problemText(
  { t, locale }: Preferences,
  { code, message }: Problem,
  part?: Part,
): string {
  if (part === undefined) return shown(message);
  const name = isolated(part.name, 80);
  if (code === "dead-letters" && part.deadLetters !== undefined) {
    return t("problem.dead-letters", { count: part.deadLetters, name });
  }
  if (code === "waiting" && part.oldestMs !== undefined) {
    return t("problem.waiting", { duration: format.duration(part.oldestMs, locale), name });
  }
  if (code === "errors")
    return t("problem.errors", { share: format.percent(part.errorRate), name });
  return shown(message);
}

/** What is wrong now, the worst first. Nothing at all when all is well. */
export function Problems({ overview }: { overview: Overview }): ReactNode {
  const preferences = usePreferences();
  const { t } = preferences;
  const open = useOpen();
  const [all, setAll] = useState(false);
  const sorted = overview.problems.toSorted((a, b) =>
    a.severity === b.severity ? 0 : a.severity === "failing" ? -1 : 1,
  );
  if (sorted.length === 0) return null;
  const visible = all ? sorted : sorted.slice(0, problemsMax);
  const more = sorted.length - visible.length;
  return (
    <section className="problems panel" aria-label={t("problems.title")}>
      <ul>
        {visible.map((problem) => {
          const part = overview.nodes.find(({ id }) => id === problem.subject);
          return (
            <li key={problem.id} className={`problem ${problem.severity}`}>
              <HealthIcon health={problem.severity} size={16} />
              <span className="hidden">{t(`health.${problem.severity}`)}: </span>
              <span className="problem-text">
                <bdi>{problemText(preferences, problem, part)}</bdi>
              </span>
              {part && (
                <button type="button" className="tag" onClick={() => open(part.id)}>
                  <bdi>{shown(part.name, 80)}</bdi>
                </button>
              )}
              <code className="problem-code">{shown(problem.code, 60)}</code>
            </li>
          );
        })}
      </ul>
      {more > 0 && (
        <button type="button" className="more" onClick={() => setAll(true)}>
          {t("problems.more", { count: more })}
        </button>
      )}
    </section>
  );
}
