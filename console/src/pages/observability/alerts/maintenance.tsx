import { useState, type FormEvent, type ReactNode } from "react";
import { call } from "../../../api/client.ts";
import { Problem } from "../../../api/problem.ts";
import { useApi } from "../../../api/query.ts";
import { useMay } from "../../../api/session.tsx";
import { isolated, shown } from "../../../i18n/foreign.ts";
import { ActionButton } from "../../../ui/action.tsx";
import { Button } from "../../../ui/button.tsx";
import { Dialog } from "../../../ui/dialog.tsx";
import { Segments } from "../../../ui/field.tsx";
import { Duration } from "../../../ui/figures.tsx";
import { Panel } from "../../../ui/page.tsx";
import { Answer, Empty, Failure } from "../../../ui/states.tsx";
import { Table, type Column } from "../../../ui/table/table.tsx";
import type { Maintenance, Matcher } from "./alert-data.ts";
import { nameOf } from "./dashboard-spec.ts";
import { LengthField } from "./length-field.tsx";
import { MatcherFields } from "./matcher-fields.tsx";
import { Matchers } from "./state-marks.tsx";
import { useText } from "./text.ts";

const startsOf = ({ starts, timezone }: Maintenance): string =>
  `${"cron" in starts ? starts.cron : starts.at} ${timezone}`;

function bodyOf({ matchers, starts, timezone, durationMs, why }: Maintenance) {
  return { matchers: [...matchers], starts, timezone, durationMs, why };
}

function useColumns(): readonly Column<Maintenance>[] {
  const { t } = useText();
  return [
    {
      id: "name",
      title: t("dashboards.name"),
      value: ({ name }) => name,
      cell: ({ name }) => <bdi>{shown(name, 60)}</bdi>,
      width: 150,
      grows: true,
      priority: 1,
    },
    {
      id: "starts",
      title: t("windows.starts"),
      value: startsOf,
      cell: (window) => <bdi className="mono">{shown(startsOf(window), 100)}</bdi>,
      width: 190,
      grows: true,
      priority: 2,
    },
    {
      id: "length",
      title: t("windows.length"),
      value: ({ durationMs }) => durationMs,
      cell: ({ durationMs }) => <Duration ms={durationMs} />,
      width: 100,
      priority: 2,
    },
    {
      id: "matchers",
      title: t("silence.matchers"),
      value: ({ matchers }) => matchers.map(({ label, op, value }) => label + op + value).join(" "),
      cell: ({ matchers }) => <Matchers matchers={matchers} />,
      width: 180,
      grows: true,
      priority: 3,
    },
    {
      id: "why",
      title: t("silence.why"),
      value: ({ why }) => why,
      cell: ({ why }) => <bdi title={isolated(why, 600)}>{shown(why, 160)}</bdi>,
      width: 150,
      grows: true,
      priority: 4,
    },
    {
      id: "delete",
      title: t("dashboard.delete"),
      value: () => null,
      cell: (window) => (
        <ActionButton
          small
          icon="trash"
          label={t("dashboard.delete")}
          run={() => call("delete", "/maintenance/{name}", { path: { name: window.name } })}
          done={() => t("windows.deleted")}
          undo={() =>
            call("put", "/maintenance/{name}", {
              path: { name: window.name },
              body: bodyOf(window),
            })
          }
        />
      ),
      width: 70,
      priority: 1,
      sorts: false,
    },
  ];
}

/** When a window begins, as it is typed: both ways are kept. */
interface Start {
  readonly kind: "cron" | "at";
  readonly cron: string;
  /** A local time, to the minute. */
  readonly at: string;
  readonly timezone: string;
}

const startOf = ({ kind, cron, at }: Start): Maintenance["starts"] =>
  kind === "cron" ? { cron } : { at: at.length === 16 ? `${at}:00` : at };

function StartFields({
  start,
  onChange,
}: {
  start: Start;
  onChange: (start: Start) => void;
}): ReactNode {
  const { t } = useText();
  return (
    <>
      <div className="row">
        <Segments
          label={t("windows.starts")}
          value={start.kind}
          options={[
            ["cron", t("windows.again")],
            ["at", t("windows.once")],
          ]}
          onChange={(kind) => onChange({ ...start, kind })}
        />
      </div>
      <div className="form-row">
        <label className="field">
          <span>{start.kind === "cron" ? "Cron" : t("windows.at")}</span>
          <input
            key={start.kind}
            className="input mono"
            required
            type={start.kind === "cron" ? "text" : "datetime-local"}
            value={start[start.kind]}
            onChange={(event) => onChange({ ...start, [start.kind]: event.target.value })}
          />
        </label>
        <label className="field">
          <span>{t("windows.zone")}</span>
          <input
            className="input mono"
            required
            maxLength={64}
            value={start.timezone}
            onChange={(event) => onChange({ ...start, timezone: event.target.value })}
          />
        </label>
      </div>
    </>
  );
}

function WindowForm({ onClose }: { onClose: () => void }): ReactNode {
  const { t } = useText();
  const [start, setStart] = useState<Start>(() => ({
    kind: "cron",
    cron: "0 2 * * SUN",
    at: "",
    timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  }));
  const [title, setTitle] = useState("");
  const [why, setWhy] = useState("");
  const [durationMs, setDuration] = useState(3_600_000);
  const [matchers, setMatchers] = useState<readonly Matcher[]>([
    { label: "alert", op: "=~", value: ".*" },
  ]);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setProblem(undefined);
    try {
      await call("put", "/maintenance/{name}", {
        path: { name: nameOf(title, "maintenance") },
        body: {
          matchers: [...matchers],
          starts: startOf(start),
          timezone: start.timezone,
          durationMs,
          why: why.trim(),
        },
      });
      onClose();
    } catch (thrown) {
      setProblem(thrown instanceof Problem ? thrown : Problem.unreachable(thrown));
      setBusy(false);
    }
  };
  return (
    <Dialog open wide title={t("windows.new")} onClose={onClose}>
      <form className="stack" onSubmit={(event) => void submit(event)}>
        <div className="form-row">
          <label className="field">
            <span>{t("dashboards.name")}</span>
            <input
              className="input"
              required
              autoFocus
              maxLength={48}
              value={title}
              onChange={(event) => setTitle(event.target.value)}
            />
          </label>
          <LengthField
            label={t("windows.length")}
            value={durationMs}
            min={60_000}
            onChange={setDuration}
          />
        </div>
        <StartFields start={start} onChange={setStart} />
        <MatcherFields matchers={matchers} onChange={setMatchers} />
        <label className="field">
          <span>{t("silence.why")}</span>
          <input
            className="input"
            required
            maxLength={1000}
            value={why}
            onChange={(event) => setWhy(event.target.value)}
          />
        </label>
        {problem !== undefined && <Failure problem={problem} />}
        <div className="dialog-foot">
          <Button onClick={onClose}>{t("dialog.cancel")}</Button>
          <Button
            submits
            tone="main"
            busy={busy}
            disabled={why.trim() === "" || title.trim() === ""}
          >
            {t("dashboard.save")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

/** Times in which alerts are expected, once or again and again. */
export function MaintenanceTab(): ReactNode {
  const { t } = useText();
  const may = useMay("operator");
  const [isNew, setNew] = useState(false);
  const columns = useColumns();
  const found = useApi("/maintenance", {});
  return (
    <Panel
      title={t("windows.title")}
      hint={t("windows.hint")}
      flush
      actions={
        may && (
          <Button size="small" icon="plus" onClick={() => setNew(true)}>
            {t("windows.new")}
          </Button>
        )
      }
    >
      <Answer of={found}>
        {({ windows }) => (
          <Table
            label={t("windows.title")}
            name="windows"
            columns={columns}
            rows={windows}
            rowKey={({ name }) => name}
            empty={<Empty title={t("windows.none")} text={t("windows.noneText")} />}
          />
        )}
      </Answer>
      {isNew && <WindowForm onClose={() => setNew(false)} />}
    </Panel>
  );
}
