import type { ReactNode } from "react";
import { kinds, type Part } from "../../api/overview.ts";
import { shown } from "../../i18n/foreign.ts";
import { HealthIcon, KindIcon } from "../../ui/icons.tsx";
import { usePreferences } from "../../preferences.tsx";
import { subtitle } from "../../ui/names.ts";
import { useOpen } from "./open.ts";

const rank: Readonly<Record<Part["health"], number>> = {
  failing: 0,
  warning: 1,
  unknown: 2,
  ok: 3,
};

function Row({ part }: { part: Part }): ReactNode {
  const { t, locale } = usePreferences();
  const open = useOpen();
  return (
    <li>
      <button type="button" className="part-row" onClick={() => open(part.id)}>
        <HealthIcon health={part.health} />
        <span className="hidden">{t(`health.${part.health}`)}</span>
        <bdi className="part-name">{shown(part.name, 120)}</bdi>
        <span className="part-figures">{subtitle(t, locale, part)}</span>
      </button>
    </li>
  );
}

/** The parts by kind, within a kind the worst first. */
export function PartList({ parts }: { parts: readonly Part[] }): ReactNode {
  const { t } = usePreferences();
  return (
    <div className="part-list">
      {kinds.map((kind) => {
        const own = parts
          .filter((part) => part.kind === kind)
          .toSorted((a, b) => rank[a.health] - rank[b.health] || (a.name < b.name ? -1 : 1));
        if (own.length === 0) return null;
        return (
          <div key={kind} className="part-group">
            <h3>
              <KindIcon kind={kind} size={14} />
              {t(`kinds.${kind}`)}
              <span className="chip-count">{own.length}</span>
            </h3>
            <ul>
              {own.map((part) => (
                <Row key={part.id} part={part} />
              ))}
            </ul>
          </div>
        );
      })}
    </div>
  );
}
