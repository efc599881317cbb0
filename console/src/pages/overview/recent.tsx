import { Fragment, memo, useState, type ReactNode } from "react";
import type { Happening } from "../../api/overview.ts";
import { isolated, shown } from "../../i18n/foreign.ts";
import * as format from "../../i18n/format.ts";
import { Icon } from "../../ui/icons.tsx";
import type { Scene } from "../../live.tsx";
import { usePreferences } from "../../preferences.tsx";
import { useView } from "../../view.ts";
import { overviewView } from "./view.ts";
import { fieldsOf } from "./summary.ts";
import { useOpen } from "./open.ts";
import { Go } from "../../ui/go.tsx";

const rowsMax = 60;

interface RowProps {
  readonly one: Happening;
  /** Whether its type and its source are parts of the app, whose details can be opened. */
  readonly typeLinked: boolean;
  readonly sourceLinked: boolean;
}

/** Drawn once: what has happened does not change. */
const Row = memo(function Row({ one, typeLinked, sourceLinked }: RowProps): ReactNode {
  const { t, locale } = usePreferences();
  const open = useOpen();
  const name = (id: string, text: string, linked: boolean): ReactNode =>
    linked ? (
      <button type="button" className="quiet-link" onClick={() => open(id)}>
        <bdi>{shown(text, 80)}</bdi>
      </button>
    ) : (
      <bdi>{shown(text, 80)}</bdi>
    );
  return (
    <li className="happening">
      {one.traceId === undefined ? (
        <time title={format.exactTime(one.atMs)}>{format.timeOfDay(one.atMs, locale)}</time>
      ) : (
        <Go to={`/traces/${one.traceId}`} className="quiet-link" title={t("recent.trace")}>
          <time dateTime={format.exactTime(one.atMs)}>{format.timeOfDay(one.atMs, locale)}</time>
        </Go>
      )}
      <span className="happening-type mono">{name(`event/${one.type}`, one.type, typeLinked)}</span>
      <span className="happening-source">
        {name(`service/${one.source}`, one.source, sourceLinked)}
      </span>
      <span className="happening-summary mono" title={isolated(one.summary)}>
        <Summary text={one.summary} />
      </span>
    </li>
  );
});

/** An object as its fields side by side; what is no object, or was cut, as it is. */
function Summary({ text }: { text: string }): ReactNode {
  const fields = fieldsOf(text);
  if (fields === undefined) return <bdi>{shown(text, 240)}</bdi>;
  return fields.map(([name, value]) => (
    <Fragment key={name}>
      <span className="happening-field">
        <bdi>{shown(name, 40)}</bdi>
      </span>{" "}
      <bdi>{shown(value, 120)}</bdi>
    </Fragment>
  ));
}

function TypeFilter({ types }: { types: readonly string[] }): ReactNode {
  const { t } = usePreferences();
  const [{ type }, set] = useView(overviewView);
  const choose = (value: string): void => set({ type: value === "" ? undefined : value });
  return (
    <label className="select">
      <span className="hidden">{t("recent.filter")}</span>
      <select value={type ?? ""} onChange={(event) => choose(event.target.value)}>
        <option value="">{t("recent.all")}</option>
        {types.map((one) => (
          <option key={one} value={one}>
            {shown(one, 80)}
          </option>
        ))}
      </select>
    </label>
  );
}

/** The events as they flow, the newest first: the last 60 of the chosen type. */
export function Recent({ scene }: { scene: Scene }): ReactNode {
  const { t } = usePreferences();
  const [{ type }] = useView(overviewView);
  const [held, setHeld] = useState<readonly Happening[]>();
  const all = scene.past.happenings;
  const source = held ?? all;
  const rows = source.filter((one) => type === undefined || one.type === type).slice(0, rowsMax);
  const newest = held?.[0]?.id;
  const fresh = held === undefined ? 0 : all.findIndex(({ id }) => id === newest);
  const linked = new Set(scene.overview.nodes.map(({ id }) => id));
  const declared = scene.overview.nodes
    .filter(({ kind }) => kind === "event")
    .map(({ name }) => name);
  const seen = all.map((one) => one.type);
  const types = [...new Set([...declared, ...seen, ...(type === undefined ? [] : [type])])].sort();
  const empty =
    type === undefined
      ? t("recent.none")
      : t("recent.noneOf", { type: isolated(type, 80), count: source.length });
  return (
    <section className="panel recent" aria-labelledby="recent-title">
      <div className="panel-head">
        <h2 id="recent-title">{t("recent.title")}</h2>
        {held !== undefined && fresh !== 0 && (
          <span className="held">
            {t("recent.held", { count: fresh < 0 ? all.length : fresh })}
          </span>
        )}
        <span className="spring" />
        <TypeFilter types={types} />
        <button
          type="button"
          className="icon-button"
          aria-label={t(held ? "recent.resume" : "recent.pause")}
          title={t(held ? "recent.resume" : "recent.pause")}
          onClick={() => setHeld(held ? undefined : all)}
        >
          <Icon name={held ? "play" : "pause"} />
        </button>
      </div>
      {rows.length === 0 ? (
        <p className="nothing">{empty}</p>
      ) : (
        <div className="happenings" role="group" aria-labelledby="recent-title" tabIndex={0}>
          <ul>
            {rows.map((one) => (
              <Row
                key={one.id}
                one={one}
                typeLinked={linked.has(`event/${one.type}`)}
                sourceLinked={linked.has(`service/${one.source}`)}
              />
            ))}
          </ul>
        </div>
      )}
    </section>
  );
}
