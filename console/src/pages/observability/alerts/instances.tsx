import { useState, type ReactNode } from "react";
import { call } from "../../../api/client.ts";
import { useMay } from "../../../api/session.tsx";
import { isolated } from "../../../i18n/foreign.ts";
import { ActionButton } from "../../../ui/action.tsx";
import { Tag } from "../../../ui/badge.tsx";
import { IconButton } from "../../../ui/button.tsx";
import { Empty } from "../../../ui/states.tsx";
import { Table, type Column } from "../../../ui/table/table.tsx";
import { Ago } from "../../../ui/time.tsx";
import { unitOfCondition, type AlertDetail, type Instance } from "./alert-data.ts";
import { reasonWords } from "./reason-words.ts";
import { matchersOf, SilenceForm } from "./silence-form.tsx";
import { Labels, StateBadge } from "./state-marks.tsx";
import { useText } from "./text.ts";
import { valueWords } from "./unit.ts";

/** Who takes care of an instance, and why nobody is told of it. */
function Care({ instance }: { instance: Instance }): ReactNode {
  const { t } = useText();
  const { muted, acknowledgedBy, flapping } = instance;
  return (
    <span className="label-list">
      {muted !== null && (
        <span title={isolated(muted.why, 300)}>
          <Tag>{t(`muted.${muted.by}`)}</Tag>
        </span>
      )}
      {acknowledgedBy !== "" && (
        <Tag>{t("instances.by", { who: isolated(acknowledgedBy, 40) })}</Tag>
      )}
      {flapping && <Tag>{t("instances.flapping")}</Tag>}
    </span>
  );
}

function Acts({ instance, onSilence }: { instance: Instance; onSilence: () => void }): ReactNode {
  const { t } = useText();
  const may = useMay("operator");
  const { state, acknowledgedBy, fingerprint } = instance;
  return (
    <span className="row">
      {state === "firing" && acknowledgedBy === "" && (
        <ActionButton
          small
          icon="check"
          label={t("instances.acknowledge")}
          run={() =>
            call("post", "/alerts/instances/{fingerprint}/acknowledge", { path: { fingerprint } })
          }
          done={() => t("instances.acknowledged")}
        />
      )}
      {may && <IconButton icon="pause" label={t("silence.new")} onClick={onSilence} />}
    </span>
  );
}

/** What an instance is in. */
function useColumns(
  unit: string,
  onSilence: (instance: Instance) => void,
): readonly Column<Instance>[] {
  const { t, locale } = useText();
  return [
    {
      id: "state",
      title: t("alerts.state"),
      value: ({ state }) => t(`state.alert.${state}`),
      cell: ({ state }) => <StateBadge state={state} />,
      width: 120,
      priority: 1,
    },
    {
      id: "labels",
      title: t("alerts.labels"),
      value: ({ labels }) => JSON.stringify(labels),
      cell: ({ labels }) => <Labels labels={labels} />,
      width: 150,
      grows: true,
      priority: 1,
    },
    {
      id: "value",
      title: t("alerts.value"),
      value: ({ value }) => value,
      cell: ({ value }) =>
        value === null ? <span className="none">–</span> : valueWords(value, unit, locale),
      width: 90,
      align: "end",
      priority: 3,
    },
    ...useMoreColumns(onSilence),
  ];
}

/** Why it is so, and what can be done. */
function useMoreColumns(onSilence: (instance: Instance) => void): readonly Column<Instance>[] {
  const text = useText();
  const { t } = text;
  const said = (one: Instance): string => reasonWords(one, text);
  return [
    {
      id: "note",
      title: t("alerts.note"),
      value: said,
      cell: (one) => <bdi title={said(one)}>{said(one)}</bdi>,
      width: 180,
      grows: true,
      priority: 5,
    },
    {
      id: "since",
      title: t("alerts.since"),
      value: ({ sinceMs }) => sinceMs,
      cell: ({ sinceMs }) => <Ago atMs={sinceMs} />,
      width: 120,
      priority: 4,
    },
    {
      id: "care",
      title: t("instances.care"),
      value: ({ acknowledgedBy }) => acknowledgedBy,
      cell: (instance) => <Care instance={instance} />,
      width: 150,
      priority: 4,
    },
    {
      id: "acts",
      title: t("instances.acts"),
      value: () => null,
      cell: (instance) => <Acts instance={instance} onSilence={() => onSilence(instance)} />,
      width: 90,
      priority: 1,
      sorts: false,
    },
  ];
}

/** What an alert watches, one line for each group of labels. */
export function Instances({ alert }: { alert: AlertDetail }): ReactNode {
  const { t } = useText();
  const [silencing, setSilencing] = useState<Instance>();
  const columns = useColumns(unitOfCondition(alert.spec.condition), setSilencing);
  return (
    <>
      <Table
        label={t("instances.title")}
        name="instances"
        columns={columns}
        rows={alert.instances}
        rowKey={({ fingerprint }) => fingerprint}
        rowsMax={10}
        empty={<Empty title={t("instances.none")} text={t("instances.noneText")} />}
      />
      {silencing !== undefined && (
        <SilenceForm
          matchers={matchersOf(alert.name, silencing.labels)}
          onClose={() => setSilencing(undefined)}
        />
      )}
    </>
  );
}
