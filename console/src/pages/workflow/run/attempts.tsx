import type { ReactNode } from "react";
import { shown } from "../../../i18n/foreign.ts";
import { Duration } from "../../../ui/figures.tsx";
import { HealthIcon } from "../../../ui/icons.tsx";
import { At } from "../../../ui/time.tsx";
import { useText } from "../text.ts";
import type { Entry } from "./places.ts";

/** The attempts of a step that failed: when, for how long, and why. */
export function Attempts({ entry: { attempts, attempt } }: { entry: Entry }): ReactNode {
  const { t } = useText();
  if (attempts.length === 0) return null;
  const left = (attempts[0]?.attempt ?? 1) - 1;
  return (
    <section>
      <h3>{t("attempts.title")}</h3>
      {left > 0 && <p className="hint">{t("attempts.left", { count: left, all: attempt })}</p>}
      <ol className="run-attempts">
        {attempts.map((one) => (
          <li key={one.attempt}>
            <p className="row">
              <HealthIcon health="failing" size={14} />
              <strong>{t("attempts.one", { number: one.attempt })}</strong>
              <span className="none">
                <At atMs={one.startedAtMs} />
              </span>
              <span className="none">
                <Duration ms={one.endedAtMs - one.startedAtMs} />
              </span>
            </p>
            <p className="prose">
              <bdi className="mono">
                {shown(`${one.error.code ?? one.error.name}: ${one.error.message}`, 640)}
              </bdi>
            </p>
          </li>
        ))}
      </ol>
    </section>
  );
}
