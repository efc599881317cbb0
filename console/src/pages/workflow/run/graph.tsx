import { useMemo, type ReactNode } from "react";
import { isolated, shown } from "../../../i18n/foreign.ts";
import * as format from "../../../i18n/format.ts";
import { Button } from "../../../ui/button.tsx";
import "../../../ui/graph/graph.css";
import { HealthIcon, Icon } from "../../../ui/icons.tsx";
import { Panel } from "../../../ui/page.tsx";
import { hasEnded, healthOfRun, statusName, type RunDetail } from "../status.tsx";
import { useText } from "../text.ts";
import type { History } from "./entries.ts";
import { itemsOf, type Item } from "./graph-shape.ts";
import { entryIcon, healthOfPlace } from "./kinds.ts";
import type { Place } from "./places.ts";
import { kindName, placeName } from "./words.ts";

interface GraphActs {
  readonly selected: string | undefined;
  readonly onSelect: (at: string) => void;
  /** Goes to where everything is drawn. */
  readonly onAll: () => void;
}

/** One entry as a card; a real button, so that the keyboard reaches it and reads its state. */
function EntryCard({ place, selected, onSelect }: { place: Place } & GraphActs): ReactNode {
  const { t, locale } = useText();
  const { at, kind, fromMs, toMs, entry } = place;
  const health = healthOfPlace(place);
  const name = placeName(t, locale, place);
  const length = format.duration(toMs - fromMs, locale);
  const attempts = entry?.attempt ?? 1;
  const words = [
    kindName(t, kind),
    length,
    ...(attempts > 1 ? [t("entry.attempts", { count: attempts })] : []),
  ];
  return (
    <button
      type="button"
      className={`card ${health === "failing" ? "failing" : ""}`}
      aria-expanded={at === selected}
      title={isolated(name, 200)}
      onClick={() => onSelect(at)}
    >
      <span className="card-kind">
        <Icon name={entryIcon(kind)} />
        <span className="card-health">
          <HealthIcon health={health} size={14} />
        </span>
      </span>
      <span className="card-text">
        <bdi className="card-name">{shown(name, 120)}</bdi>
        <span className="card-figures">{words.join(" · ")}</span>
        <span className="hidden">{t(`entry.is.${entry?.status ?? "done"}`)}</span>
      </span>
    </button>
  );
}

/** Branches side by side, each a sequence. */
function Branches({ item, acts }: { item: Item & { form: "branches" }; acts: GraphActs }) {
  const { t, locale } = useText();
  const { place, lanes } = item;
  const left = place.children.length - lanes.length;
  return (
    <div className="run-branches" role="group" aria-label={placeName(t, locale, place)}>
      <p className="run-branches-head">
        <HealthIcon health={healthOfPlace(place)} size={13} />
        <span>{placeName(t, locale, place)}</span>
        {left > 0 && (
          <Button size="small" tone="quiet" onClick={acts.onAll}>
            {t("graph.leftBranches", { count: left })}
          </Button>
        )}
      </p>
      <div className="run-lanes">
        {lanes.map(({ place: branch, items }) => (
          <div key={branch.at} className="run-lane">
            {branch.kind === "branch" && (
              <p className="run-lane-name">{placeName(t, locale, branch)}</p>
            )}
            <Sequence items={items} acts={acts} />
          </div>
        ))}
      </div>
    </div>
  );
}

function Sequence({ items, acts }: { items: readonly Item[]; acts: GraphActs }): ReactNode {
  const { t } = useText();
  return (
    <ol className="run-sequence">
      {items.map((item) =>
        item.form === "left" ? (
          <li key={`left ${item.at}`}>
            <Button size="small" onClick={acts.onAll}>
              {t("graph.left", { count: item.count })}
            </Button>
          </li>
        ) : (
          <li key={item.place.at} className={item.form === "branches" ? "wide" : ""}>
            {item.form === "entry" ? (
              <EntryCard place={item.place} {...acts} />
            ) : (
              <Branches item={item} acts={acts} />
            )}
          </li>
        ),
      )}
    </ol>
  );
}

/** What a run did, as a drawing: one after the other, branches side by side. */
export function Graph({
  run,
  history,
  ...acts
}: { run: RunDetail; history: History } & GraphActs): ReactNode {
  const { t } = useText();
  const { places } = history;
  const items = useMemo(() => itemsOf(places.filter(({ depth }) => depth === 0)), [places]);
  return (
    <Panel title={t("graph.title")} hint={t("graph.hint")}>
      <div className="run-graph">
        <p className="run-end">
          <Icon name="play" size={13} />
          {t("graph.start")}
        </p>
        {items.length === 0 ? (
          <p className="nothing">{t("gantt.none")}</p>
        ) : (
          <Sequence items={items} acts={acts} />
        )}
        {hasEnded(run) && (
          <p className="run-end">
            <HealthIcon health={healthOfRun(run.status)} size={13} />
            {statusName(t, run.status)}
          </p>
        )}
      </div>
    </Panel>
  );
}
