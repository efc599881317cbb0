import type { ReactNode } from "react";
import { useApi } from "../../../api/query.ts";
import { useMay } from "../../../api/session.tsx";
import { shown } from "../../../i18n/foreign.ts";
import { useLive } from "../../../live.tsx";
import { Id } from "../../../ui/copy.tsx";
import { Drawer } from "../../../ui/drawer.tsx";
import { Facts } from "../../../ui/figures.tsx";
import { Go, ResourceLink } from "../../../ui/go.tsx";
import { Icon, KindIcon } from "../../../ui/icons.tsx";
import { Answer } from "../../../ui/states.tsx";
import { Ago, At } from "../../../ui/time.tsx";
import { JsonView } from "../../../ui/viewer/view.tsx";
import { useText } from "../text.ts";
import { envelopeOf, isLogged, serviceOf, traceIdOf, type Logged } from "./log.ts";

/** Replaying around an event takes what happened so much before and after it. */
const aroundMs = 30_000;

/** Subscriptions that got the event, with the queues that it waits in. */
function Deliveries({ names }: { names: readonly string[] }): ReactNode {
  const { t } = useText();
  const { data } = useApi("/events", {});
  const queues = new Map(
    data?.events.flatMap(({ consumers }) =>
      consumers.map(({ subscription, queue }) => [subscription, queue] as const),
    ),
  );
  if (names.length === 0) return <p className="none">{t("event.deliveredNone")}</p>;
  return (
    <ul>
      {names.map((name) => {
        const queue = queues.get(name);
        return (
          <li key={name} className="row">
            <Icon name="arrow" size={14} />
            {queue === undefined ? (
              <bdi>{shown(name, 120)}</bdi>
            ) : (
              <ResourceLink kind="queue" name={queue} icon={false} />
            )}
          </li>
        );
      })}
    </ul>
  );
}

/** What can be asked next about an event. */
function Next({ logged }: { logged: Logged }): ReactNode {
  const { t } = useText();
  const may = useMay("operator");
  const { id, atMs } = logged;
  const traceId = traceIdOf(logged);
  const around = { range: undefined, from: atMs - aroundMs, to: atMs + aroundMs };
  const type = logged["detail-type"];
  return (
    <div className="row">
      <Go to="/events" search={{ tab: "explain", of: id }} className="button small">
        <Icon name="help" size={14} />
        {t("event.explain")}
      </Go>
      {traceId !== undefined && (
        <Go to={`/traces/${traceId}`} className="button small">
          <Icon name="overview" size={14} />
          {t("event.openTrace")}
        </Go>
      )}
      {traceId !== undefined && (
        <Go
          to="/events"
          search={{ tab: "log", trace: traceId, event: id }}
          className="button small"
        >
          <Icon name="search" size={14} />
          {t("event.sameTrace")}
        </Go>
      )}
      {may && (
        <Go to="/events" search={{ tab: "replays", type, ...around }} className="button small">
          <Icon name="undo" size={14} />
          {t("event.replayAround")}
        </Go>
      )}
    </div>
  );
}

function Body({ logged }: { logged: Logged }): ReactNode {
  const { t } = useText();
  const { scene } = useLive();
  const source = serviceOf(logged.source, scene?.overview.app ?? "");
  const isService = scene?.overview.nodes.some(({ id }) => id === `service/${source}`) ?? false;
  const traceId = traceIdOf(logged);
  const replay = logged["replay-name"];
  return (
    <>
      <Next logged={logged} />
      <Facts
        facts={[
          [t("event.at"), <At key="at" atMs={logged.atMs} />],
          logged.publishedAtMs - logged.atMs > 1000 && [
            t("event.publishedAt"),
            <At key="published" atMs={logged.publishedAtMs} />,
          ],
          [t("event.age"), <Ago key="ago" atMs={logged.atMs} />],
          [
            t("event.source"),
            isService ? (
              <ResourceLink key="source" kind="service" name={source} />
            ) : (
              <bdi key="source">{shown(logged.source, 256)}</bdi>
            ),
          ],
          [t("event.version"), String(logged.schemaVersion)],
          [t("event.id"), <Id key="id" id={logged.id} />],
          traceId !== undefined && [t("event.trace"), <Id key="trace" id={traceId} />],
          replay !== undefined && [
            t("event.replayedBy"),
            <Go key="replay" to="/events" search={{ tab: "replays", replay }} className="link">
              <bdi>{shown(replay, 64)}</bdi>
            </Go>,
          ],
          logged.resources.length > 0 && [
            t("event.resources"),
            <bdi key="resources">{shown(logged.resources.join(", "), 400)}</bdi>,
          ],
        ]}
      />
      <JsonView value={logged.detail} label={t("event.data")} heightMax={360} />
      <section>
        <h3>{t("event.deliveredTo")}</h3>
        <Deliveries names={logged.deliveredTo} />
      </section>
      <JsonView value={envelopeOf(logged)} label={t("event.envelope")} heightMax={240} />
    </>
  );
}

/** One published event at the right; its URL is `?event=`. */
export function EventDrawer({ id, onClose }: { id: string; onClose: () => void }): ReactNode {
  const { t } = useText();
  const query = useApi("/events/log/{id}", { path: { id } });
  const logged = query.data !== undefined && isLogged(query.data) ? query.data : undefined;
  return (
    <Drawer
      about={id}
      title={<bdi>{shown(logged?.["detail-type"] ?? id, 160)}</bdi>}
      kicker={
        <>
          <KindIcon kind="event" size={14} />
          {t("event.one")}
        </>
      }
      onClose={onClose}
    >
      <Answer of={query}>{() => logged !== undefined && <Body logged={logged} />}</Answer>
    </Drawer>
  );
}
