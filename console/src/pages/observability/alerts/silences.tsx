import { useState, type ReactNode } from "react";
import { call } from "../../../api/client.ts";
import type { Health } from "../../../api/overview.ts";
import { useApi } from "../../../api/query.ts";
import { useMay } from "../../../api/session.tsx";
import { isolated, shown } from "../../../i18n/foreign.ts";
import { useMadeOfNow } from "../../../now.ts";
import { ActionButton } from "../../../ui/action.tsx";
import { Badge } from "../../../ui/badge.tsx";
import { Button } from "../../../ui/button.tsx";
import { Panel } from "../../../ui/page.tsx";
import { Answer, Empty } from "../../../ui/states.tsx";
import { Table, type Column } from "../../../ui/table/table.tsx";
import { Ago } from "../../../ui/time.tsx";
import type { Silence } from "./alert-data.ts";
import { matchersOf, SilenceForm } from "./silence-form.tsx";
import { Matchers } from "./state-marks.tsx";
import { useText } from "./text.ts";

type Phase = "waiting" | "active" | "ended";

const healths: Readonly<Record<Phase, Health>> = {
  active: "warning",
  waiting: "unknown",
  ended: "ok",
};

const phaseOf = ({ fromMs, untilMs }: Silence, nowMs: number): Phase =>
  nowMs < fromMs ? "waiting" : nowMs < untilMs ? "active" : "ended";

function PhaseBadge({ silence }: { silence: Silence }): ReactNode {
  const { t } = useText();
  const phase = useMadeOfNow((nowMs) => phaseOf(silence, nowMs)) as Phase;
  return <Badge health={healths[phase]}>{t(`silence.${phase}`)}</Badge>;
}

function EndButton({ silence }: { silence: Silence }): ReactNode {
  const { t } = useText();
  const phase = useMadeOfNow((nowMs) => phaseOf(silence, nowMs));
  if (phase === "ended") return null;
  return (
    <ActionButton
      small
      icon="stop"
      label={t("silence.end")}
      run={() => call("delete", "/silences/{id}", { path: { id: silence.id } })}
      done={() => t("silence.over")}
    />
  );
}

function useColumns(): readonly Column<Silence>[] {
  const { t } = useText();
  return [
    {
      id: "phase",
      title: t("alerts.state"),
      value: ({ untilMs }) => untilMs,
      cell: (silence) => <PhaseBadge silence={silence} />,
      width: 110,
      priority: 2,
    },
    {
      id: "matchers",
      title: t("silence.matchers"),
      value: ({ matchers }) => matchers.map(({ label, op, value }) => label + op + value).join(" "),
      cell: ({ matchers }) => <Matchers matchers={matchers} />,
      width: 200,
      grows: true,
      priority: 1,
    },
    {
      id: "why",
      title: t("silence.why"),
      value: ({ why }) => why,
      cell: ({ why }) => <bdi title={isolated(why, 600)}>{shown(why, 200)}</bdi>,
      width: 180,
      grows: true,
      priority: 3,
    },
    {
      id: "until",
      title: t("silence.until"),
      value: ({ untilMs }) => untilMs,
      cell: ({ untilMs }) => <Ago atMs={untilMs} />,
      width: 130,
      priority: 2,
    },
    {
      id: "who",
      title: t("silence.who"),
      value: ({ who }) => who,
      cell: ({ who }) => <bdi>{shown(who, 60)}</bdi>,
      width: 110,
      priority: 4,
    },
    {
      id: "end",
      title: t("silence.end"),
      value: () => null,
      cell: (silence) => <EndButton silence={silence} />,
      width: 70,
      priority: 1,
      sorts: false,
    },
  ];
}

/** Silences: those that stand, and those of the last week. */
export function SilencesTab(): ReactNode {
  const { t } = useText();
  const may = useMay("operator");
  const [isNew, setNew] = useState(false);
  const columns = useColumns();
  const found = useApi("/silences", {}, { everyMs: 10_000 });
  return (
    <Panel
      title={t("silences.title")}
      hint={t("silences.hint")}
      flush
      actions={
        may && (
          <Button size="small" icon="plus" onClick={() => setNew(true)}>
            {t("silence.new")}
          </Button>
        )
      }
    >
      <Answer of={found}>
        {({ silences }) => (
          <Table
            label={t("silences.title")}
            name="silences"
            columns={columns}
            rows={silences}
            rowKey={({ id }) => id}
            empty={<Empty title={t("silences.none")} text={t("silences.noneText")} />}
          />
        )}
      </Answer>
      {isNew && <SilenceForm matchers={matchersOf("")} onClose={() => setNew(false)} />}
    </Panel>
  );
}
