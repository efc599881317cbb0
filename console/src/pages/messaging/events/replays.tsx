import type { ReactNode } from "react";
import { call } from "../../../api/client.ts";
import { useApi } from "../../../api/query.ts";
import { isolated, shown } from "../../../i18n/foreign.ts";
import * as format from "../../../i18n/format.ts";
import { useMay } from "../../../api/session.tsx";
import type { Health } from "../../../api/overview.ts";
import { ActionButton } from "../../../ui/action.tsx";
import { Badge } from "../../../ui/badge.tsx";
import { Drawer } from "../../../ui/drawer.tsx";
import { Progress } from "../../../ui/field.tsx";
import { Count, Facts } from "../../../ui/figures.tsx";
import { Go } from "../../../ui/go.tsx";
import { Icon } from "../../../ui/icons.tsx";
import { Panel } from "../../../ui/page.tsx";
import { Answer, Empty } from "../../../ui/states.tsx";
import { Table, type Column } from "../../../ui/table/table.tsx";
import { Ago, At } from "../../../ui/time.tsx";
import { useView } from "../../../view.ts";
import { useText } from "../text.ts";
import type { Catalogue } from "./log.ts";
import { Delivered, ReplayForm, type Replay } from "./replay-form.tsx";
import { eventsView } from "./view.ts";

const everyMs = 1000;

const healthOf: Readonly<Record<Replay["state"], Health>> = {
  running: "unknown",
  done: "ok",
  cancelled: "warning",
  failed: "failing",
};

function State({ state }: { state: Replay["state"] }): ReactNode {
  const { t } = useText();
  const words = {
    running: t("events.replayRunning"),
    done: t("events.replayDone"),
    cancelled: t("events.replayStopped"),
    failed: t("events.replayFailed"),
  };
  return <Badge health={healthOf[state]}>{words[state]}</Badge>;
}

/** How far a replay is, as a bar and in numbers. */
function Far({ replay }: { replay: Replay }): ReactNode {
  const { t, locale } = useText();
  const { name, read, total } = replay;
  return (
    <span
      className="row"
      title={t("events.replayFar", {
        read,
        total,
        share: format.percent(total === 0 ? 1 : read / total),
      })}
    >
      <Progress
        label={t("events.replayProgress", { name: isolated(name, 64) })}
        done={total === 0 ? 1 : read}
        total={total === 0 ? 1 : total}
      />
      <span className="none">
        {format.count(read, locale)} / {format.count(total, locale)}
      </span>
    </span>
  );
}

function Stop({ replay, small = false }: { replay: Replay; small?: boolean }): ReactNode {
  const { t } = useText();
  const { name, state } = replay;
  if (state !== "running") return null;
  return (
    <ActionButton
      label={t("events.replayStop")}
      icon="stop"
      small={small}
      tone="danger"
      run={() => call("delete", "/events/replays/{name}", { path: { name } })}
      done={() => t("events.replayStopDone", { name: isolated(name, 64) })}
    />
  );
}

function useColumns(): readonly Column<Replay>[] {
  const { t } = useText();
  return [
    {
      id: "name",
      title: t("events.replayName"),
      value: ({ name }) => name,
      cell: ({ name }) => <bdi className="mono">{shown(name, 64)}</bdi>,
      width: 150,
      grows: true,
      priority: 1,
    },
    {
      id: "state",
      title: t("events.replayState"),
      value: ({ state }) => state,
      cell: ({ state }) => <State state={state} />,
      width: 110,
      priority: 1,
    },
    {
      id: "far",
      title: t("events.replayRead"),
      value: ({ read }) => read,
      cell: (replay) => <Far replay={replay} />,
      width: 240,
      priority: 3,
    },
    {
      id: "delivered",
      title: t("events.replayDelivered"),
      value: ({ delivered }) => Object.values(delivered).reduce((sum, one) => sum + one, 0),
      cell: ({ delivered }) => (
        <Count value={Object.values(delivered).reduce((sum, one) => sum + one, 0)} />
      ),
      width: 110,
      align: "end",
      priority: 2,
    },
    {
      id: "started",
      title: t("events.replayBegan"),
      value: ({ startedAtMs }) => startedAtMs,
      cell: ({ startedAtMs }) => <Ago atMs={startedAtMs} />,
      width: 120,
      priority: 3,
    },
    {
      id: "stop",
      title: t("events.replayActions"),
      value: () => undefined,
      cell: (replay) => (
        <span onClick={(press) => press.stopPropagation()}>
          <Stop replay={replay} small />
        </span>
      ),
      width: 80,
      sorts: false,
      priority: 2,
    },
  ];
}

function Details({ replay, onClose }: { replay: Replay; onClose: () => void }): ReactNode {
  const { t } = useText();
  return (
    <Drawer
      about={replay.name}
      title={<bdi>{shown(replay.name, 64)}</bdi>}
      kicker={
        <>
          <Icon name="undo" size={14} />
          {t("events.replayOne")}
        </>
      }
      actions={<Stop replay={replay} />}
      onClose={onClose}
    >
      <div className="row">
        <State state={replay.state} />
        <Far replay={replay} />
      </div>
      {replay.error !== undefined && <p className="field-problem">{shown(replay.error, 600)}</p>}
      <Facts facts={[[t("events.replayBegan"), <At key="began" atMs={replay.startedAtMs} />]]} />
      <section>
        <h3>{t("events.replayDelivered")}</h3>
        <Delivered replay={replay} />
      </section>
      <Go to="/queues" className="link">
        {t("events.replayQueues")}
      </Go>
    </Drawer>
  );
}

/** Delivering published events again: a form, what runs, and what ran. */
export function Replays({ catalogue }: { catalogue: Catalogue }): ReactNode {
  const { t } = useText();
  const [{ replay: opened, type }, set] = useView(eventsView);
  const query = useApi("/events/replays", {}, { everyMs });
  const may = useMay("operator");
  const columns = useColumns();
  if (catalogue.driver["replay"] !== true) {
    return <Empty title={t("events.noReplay")} text={t("events.noReplayText")} />;
  }
  const found = query.data?.replays.find(({ name }) => name === opened);
  return (
    <>
      {may && <ReplayForm key={type ?? ""} catalogue={catalogue} />}
      <Panel title={t("events.replays")} flush>
        <Answer of={query}>
          {({ replays }) => (
            <Table
              label={t("events.replays")}
              name="replays"
              columns={columns}
              rows={replays}
              rowKey={({ name }) => name}
              opened={opened}
              onOpen={({ name }) => set({ replay: name }, { push: true })}
              empty={<Empty title={t("events.replaysNone")} text={t("events.replaysNoneText")} />}
            />
          )}
        </Answer>
      </Panel>
      {found !== undefined && <Details replay={found} onClose={() => set({ replay: undefined })} />}
    </>
  );
}
