import type { ReactNode } from "react";
import type { AnswerOf } from "../../../api/client.ts";
import { useApi } from "../../../api/query.ts";
import { shown } from "../../../i18n/foreign.ts";
import * as format from "../../../i18n/format.ts";
import { placeOfId } from "../../../places.ts";
import { Badge, Tag } from "../../../ui/badge.tsx";
import { Drawer } from "../../../ui/drawer.tsx";
import { Duration, Figures, Rate } from "../../../ui/figures.tsx";
import { Go } from "../../../ui/go.tsx";
import { KindIcon } from "../../../ui/icons.tsx";
import { kindName } from "../../../ui/names.ts";
import { Answer } from "../../../ui/states.tsx";
import type { AskedSpan } from "../logs/asked.ts";
import { quoted } from "../logs/lines.ts";
import { EdgeTable } from "./map-edges.tsx";
import { kindOf, nameOf, partOf, type MapNode, type ServiceMap } from "./map-shape.ts";
import { useText } from "./text.ts";

type Blast = AnswerOf<"/telemetry/map/blast", "get">;
type Reached = Blast["upstream"][number];

const listedMax = 30;

function ReachedList({
  reached,
  none,
  onOpen,
}: {
  reached: readonly Reached[];
  none: string;
  onOpen: (id: string) => void;
}): ReactNode {
  const { t } = useText();
  if (reached.length === 0) return <p className="nothing">{none}</p>;
  return (
    <ul className="blast">
      {reached.slice(0, listedMax).map(({ id, distance, share, buffered, path }) => (
        <li key={id} style={{ paddingInlineStart: (Math.min(distance, 6) - 1) * 14 }}>
          <KindIcon kind={kindOf(id)} size={14} />
          <button
            type="button"
            className="quiet-link"
            title={path
              .map(nameOf)
              .map((name) => shown(name, 40))
              .join(" → ")}
            onClick={() => onOpen(id)}
          >
            <bdi>{shown(nameOf(id), 60)}</bdi>
          </button>
          {buffered && <Tag>{t("map.buffered")}</Tag>}
          <span className="spring" />
          <span className="hint">{t("map.share", { share: format.percent(share) })}</span>
        </li>
      ))}
      {reached.length > listedMax && (
        <li className="hint">{t("failed.more", { count: reached.length - listedMax })}</li>
      )}
    </ul>
  );
}

/** A node of the map: how it fares, what is joined to it, and whom its failure reaches. */
export function NodeDrawer({
  node,
  map,
  span,
  onOpen,
  onClose,
}: {
  node: MapNode;
  map: ServiceMap;
  span: AskedSpan;
  onOpen: (id: string) => void;
  onClose: () => void;
}): ReactNode {
  const { t } = useText();
  const { id, kind, name, callsPerSecond, errorShare, p95Ms, declared } = node;
  const blast = useApi("/telemetry/map/blast", { query: { node: id, ...span } }, { keep: true });
  const { health } = partOf(node);
  const page = placeOfId(id);
  const near = map.edges.filter(({ from, to }) => from === id || to === id);
  return (
    <Drawer
      wide
      about={id}
      title={<bdi>{shown(name, 120)}</bdi>}
      kicker={
        <>
          {kindName(t, kind)} <Badge health={health}>{t(`health.${health}`)}</Badge>{" "}
          {!declared && <Tag>{t("map.notOurs")}</Tag>}
        </>
      }
      onClose={onClose}
    >
      <Figures
        figures={[
          { label: t("detail.rate"), value: <Rate perSecond={callsPerSecond} /> },
          { label: t("detail.errors"), value: format.percent(errorShare) },
          { label: t("apm.p95"), value: <Duration ms={p95Ms} /> },
        ]}
      />
      <p className="row">
        {page !== undefined && declared && (
          <Go to={page} className="link">
            {t("detail.page")}
          </Go>
        )}
        {kind === "service" && (
          <Go to="/traces" search={{ q: `service:${quoted(name)}` }} className="link">
            {t("map.traces")}
          </Go>
        )}
      </p>
      <Answer of={blast}>
        {({ upstream, downstream }) => (
          <>
            <section>
              <h3>{t("map.upstream")}</h3>
              <ReachedList reached={upstream} none={t("map.noUpstream")} onOpen={onOpen} />
            </section>
            <section>
              <h3>{t("map.downstream")}</h3>
              <ReachedList reached={downstream} none={t("map.noDownstream")} onOpen={onOpen} />
            </section>
          </>
        )}
      </Answer>
      <section>
        <h3>{t("map.edges")}</h3>
        <EdgeTable
          edges={near}
          name="near"
          label={t("map.edges")}
          onOpen={({ from, to }) => onOpen(from === id ? to : from)}
        />
      </section>
    </Drawer>
  );
}
