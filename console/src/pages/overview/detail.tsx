import type { ReactNode } from "react";
import type { Link, Part } from "../../api/overview.ts";
import { isolated, shown } from "../../i18n/foreign.ts";
import * as format from "../../i18n/format.ts";
import { HealthIcon, Icon, KindIcon } from "../../ui/icons.tsx";
import type { Scene } from "../../live.tsx";
import { usePreferences } from "../../preferences.tsx";
import { kindName, verbName } from "../../ui/names.ts";
import { placeOfId } from "../../places.ts";
import { Drawer } from "../../ui/drawer.tsx";
import { Go } from "../../ui/go.tsx";
import { useOpen } from "./open.ts";
import { problemText } from "./problems.tsx";
import { Spark } from "../../ui/spark.tsx";

function Figures({ part }: { part: Part }): ReactNode {
  const { t, locale } = usePreferences();
  const count = (value: number | undefined): [string, string] | undefined =>
    value === undefined
      ? undefined
      : [format.count(value, locale), format.exactNumber(value, locale)];
  const time = (ms: number | undefined): [string, string] | undefined =>
    ms === undefined
      ? undefined
      : [format.duration(ms, locale), `${format.exactNumber(ms, locale)} ms`];
  const rate = t("rate", { rate: format.shortNumber(part.ratePerSecond) });
  const figures = [
    ["detail.rate", [rate, format.exactNumber(part.ratePerSecond, locale)]],
    ["detail.errors", [format.percent(part.errorRate), String(part.errorRate)]],
    ["detail.p95", time(part.p95Ms)],
    ["detail.depth", count(part.depth)],
    ["detail.inFlight", count(part.inFlight)],
    ["detail.oldest", time(part.oldestMs)],
    ["detail.deadLetters", count(part.deadLetters)],
  ] as const;
  return (
    <dl className="figures">
      {figures.map(
        ([key, value]) =>
          value && (
            <div key={key}>
              <dt>{t(key)}</dt>
              <dd title={value[1]}>{value[0]}</dd>
            </div>
          ),
      )}
    </dl>
  );
}

function Neighbours({
  title,
  links,
  end,
  parts,
}: {
  title: string;
  links: readonly Link[];
  end: "from" | "to";
  parts: ReadonlyMap<string, Part>;
}): ReactNode {
  const { t } = usePreferences();
  const open = useOpen();
  if (links.length === 0) return null;
  return (
    <section>
      <h3>{title}</h3>
      <ul className="neighbours">
        {links.map((link) => {
          const other = parts.get(link[end]);
          return (
            other && (
              <li key={`${link.verb} ${other.id}`}>
                <button type="button" className="part-row" onClick={() => open(other.id)}>
                  <KindIcon kind={other.kind} size={14} />
                  <bdi className="part-name">{shown(other.name, 80)}</bdi>
                  <span className="verb">{verbName(t, link.verb)}</span>
                  <span className="part-figures">
                    {link.ratePerSecond > 0 &&
                      t("rate", { rate: format.shortNumber(link.ratePerSecond) })}
                  </span>
                </button>
              </li>
            )
          );
        })}
      </ul>
    </section>
  );
}

function Body({ part, scene }: { part: Part; scene: Scene }): ReactNode {
  const preferences = usePreferences();
  const { t, locale } = preferences;
  const { overview, past } = scene;
  const parts = new Map(overview.nodes.map((one) => [one.id, one]));
  const into = overview.edges.filter(({ to }) => to === part.id);
  const out = overview.edges.filter(({ from }) => from === part.id);
  const problems = overview.problems.filter(({ subject }) => subject === part.id);
  const own = past.happenings
    .filter((one) =>
      part.kind === "event"
        ? one.type === part.name
        : part.kind === "service" && one.source === part.name,
    )
    .slice(0, 6);
  return (
    <>
      {problems.map((problem) => (
        <p key={problem.id} className={`problem ${problem.severity}`}>
          <HealthIcon health={problem.severity} size={16} />
          <span className="problem-text">
            <bdi>{problemText(preferences, problem, part)}</bdi>
          </span>
        </p>
      ))}
      <Figures part={part} />
      <section>
        <h3>{t("detail.history")}</h3>
        <Spark values={past.rates.get(part.id) ?? []} />
      </section>
      <Neighbours title={t("detail.in")} links={into} end="from" parts={parts} />
      <Neighbours title={t("detail.out")} links={out} end="to" parts={parts} />
      {into.length + out.length === 0 && <p className="nothing">{t("detail.alone")}</p>}
      {own.length > 0 && (
        <section>
          <h3>{t("detail.recent")}</h3>
          <ul className="own">
            {own.map((one) => (
              <li key={one.id}>
                <time title={format.exactTime(one.atMs)}>{format.timeOfDay(one.atMs, locale)}</time>
                <bdi className="mono" title={isolated(one.summary)}>
                  {shown(part.kind === "event" ? one.summary : one.type, 200)}
                </bdi>
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}

/** The details of one part at the right; its URL is `?node=`. */
export function Detail({ id, scene }: { id: string; scene: Scene }): ReactNode {
  const { t } = usePreferences();
  const open = useOpen();
  const part = scene.overview.nodes.find((one) => one.id === id);
  const place = placeOfId(id);
  return (
    <Drawer
      about={id}
      title={<bdi>{shown(part?.name ?? id, 160)}</bdi>}
      kicker={
        part && (
          <>
            <KindIcon kind={part.kind} size={14} />
            {kindName(t, part.kind)}
            <span className={`detail-health ${part.health}`}>
              <HealthIcon health={part.health} />
              {t(`health.${part.health}`)}
            </span>
          </>
        )
      }
      onClose={() => open(undefined)}
    >
      {part ? (
        <Body part={part} scene={scene} />
      ) : (
        <p className="nothing">{t("detail.gone", { id: isolated(id, 120) })}</p>
      )}
      {part && place !== undefined && (
        <Go to={place} className="button small">
          {t("detail.page")}
          <Icon name="arrow" size={14} />
        </Go>
      )}
    </Drawer>
  );
}
