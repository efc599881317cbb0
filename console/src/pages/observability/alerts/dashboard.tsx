import { useState, type ReactNode } from "react";
import { call } from "../../../api/client.ts";
import { useApi } from "../../../api/query.ts";
import { useMay } from "../../../api/session.tsx";
import { isolated, shown } from "../../../i18n/foreign.ts";
import { ActionButton } from "../../../ui/action.tsx";
import { Tag } from "../../../ui/badge.tsx";
import { Button } from "../../../ui/button.tsx";
import { Go, useGo, useName } from "../../../ui/go.tsx";
import { Page } from "../../../ui/page.tsx";
import { Answer, Empty } from "../../../ui/states.tsx";
import { oneOf, useView, type Parameters } from "../../../view.ts";
import { DashboardCode } from "./dashboard-code.tsx";
import { nameOf, type DashboardSpec, type DashboardView } from "./dashboard-spec.ts";
import { PanelGrid } from "./panel-grid.tsx";
import { useSpan } from "./span.ts";
import { useText } from "./text.ts";
import "./alerts.css";

const modes = ["edit", "code"] as const;

interface BoardView {
  readonly mode: (typeof modes)[number];
}

const view: Parameters<BoardView> = { mode: oneOf(modes) };

const save = (name: string, spec: DashboardSpec): Promise<unknown> =>
  call("put", "/telemetry/dashboards/{name}", { path: { name }, body: spec });

/** Title and description, which are edited in place. */
function Heading({
  spec,
  onChange,
}: {
  spec: DashboardSpec;
  onChange: (spec: DashboardSpec) => void;
}): ReactNode {
  const { t } = useText();
  return (
    <div className="board-heading">
      <label className="field">
        <span>{t("dashboards.name")}</span>
        <input
          className="input"
          maxLength={200}
          value={spec.title}
          onChange={(event) => onChange({ ...spec, title: event.target.value })}
        />
      </label>
      <label className="field">
        <span>{t("dashboards.about")}</span>
        <input
          className="input"
          maxLength={2000}
          value={spec.description}
          onChange={(event) => onChange({ ...spec, description: event.target.value })}
        />
      </label>
    </div>
  );
}

interface ActsProps {
  readonly board: DashboardView;
  readonly draft: DashboardSpec;
  readonly isChanged: boolean;
  readonly mode: BoardView["mode"] | undefined;
  readonly onMode: (mode: BoardView["mode"] | undefined) => void;
  readonly onReset: () => void;
}

/** What can be done while a dashboard is changed or read as code. */
function EditActs({ board, draft, isChanged, mode, onMode, onReset }: ActsProps): ReactNode {
  const { t } = useText();
  const may = useMay("operator");
  const { name, declared } = board;
  return (
    <>
      <Button
        size="small"
        onClick={() => {
          onReset();
          onMode(undefined);
        }}
      >
        {isChanged ? t("dashboard.discard") : t("dashboard.done")}
      </Button>
      {mode === "edit" && (
        <Button size="small" onClick={() => onMode("code")}>
          {t("dashboard.code")}
        </Button>
      )}
      {mode === "code" && !declared && may && (
        <Button size="small" onClick={() => onMode("edit")}>
          {t("dashboard.panels")}
        </Button>
      )}
      {!declared && (
        <ActionButton
          label={t("dashboard.save")}
          tone="main"
          disabled={!isChanged}
          run={() => save(name, draft)}
          done={() => t("dashboard.saved")}
          then={() => onMode(undefined)}
        />
      )}
    </>
  );
}

/** What can be done with a dashboard: those of code are copied, not changed. */
function Acts(props: ActsProps): ReactNode {
  const { board, mode, onMode } = props;
  const { t } = useText();
  const go = useGo();
  const may = useMay("operator");
  const { name, declared } = board;
  const copyName = nameOf(`${name}-copy`, "copy");
  if (mode !== undefined) return <EditActs {...props} />;
  return (
    <>
      <Button size="small" onClick={() => onMode("code")}>
        {t("dashboard.code")}
      </Button>
      {!declared && may && (
        <Button size="small" icon="edit" onClick={() => onMode("edit")}>
          {t("dashboard.edit")}
        </Button>
      )}
      <ActionButton
        label={t("dashboard.copy")}
        icon="copy"
        run={() =>
          save(copyName, {
            ...board.spec,
            title: t("dashboard.copyOf", { title: board.spec.title || name }),
          })
        }
        done={() => t("dashboard.saved")}
        then={() => go(`/dashboards/${copyName}`)}
      />
      {!declared && (
        <ActionButton
          label={t("dashboard.delete")}
          icon="trash"
          confirm={{
            title: t("dashboard.delete"),
            text: t("dashboard.deleteText", {
              title: isolated(board.spec.title || name, 80),
              count: board.spec.panels.length,
            }),
            button: t("dashboard.delete"),
          }}
          run={() => call("delete", "/telemetry/dashboards/{name}", { path: { name } })}
          done={() => t("dashboard.deleted")}
          undo={() => save(name, board.spec)}
          then={() => go("/dashboards")}
        />
      )}
    </>
  );
}

function Board({ board }: { board: DashboardView }): ReactNode {
  const { t } = useText();
  const [{ mode: asked }, set] = useView(view);
  const [draft, setDraft] = useState<DashboardSpec>();
  const [span, setRange] = useSpan();
  const may = useMay("operator");
  const { name, declared } = board;
  const isEditing = asked === "edit" && !declared && may;
  const mode = asked === "edit" && !isEditing ? undefined : asked;
  const spec = mode === undefined ? board.spec : (draft ?? board.spec);
  return (
    <Page
      title={shown(spec.title || name, 200)}
      above={<Go to="/dashboards">{t("dashboards.title")}</Go>}
      mark={declared ? <Tag>{t("origin.code")}</Tag> : undefined}
      {...(spec.description === "" ? {} : { sentence: <bdi>{shown(spec.description, 600)}</bdi> })}
      actions={
        <Acts
          board={board}
          draft={spec}
          isChanged={draft !== undefined}
          mode={mode}
          onMode={(next) => set({ mode: next }, { push: true })}
          onReset={() => setDraft(undefined)}
        />
      }
    >
      {isEditing && <Heading spec={spec} onChange={setDraft} />}
      {mode === "code" ? (
        <DashboardCode
          name={name}
          spec={spec}
          {...(declared || !may ? {} : { onChange: setDraft })}
        />
      ) : (
        <PanelGrid
          name={name}
          panels={spec.panels}
          span={span}
          onRange={(fromMs, toMs) => setRange({ fromMs, toMs })}
          {...(isEditing
            ? { onChange: (panels) => setDraft({ ...spec, panels: [...panels] }) }
            : {})}
        />
      )}
    </Page>
  );
}

/** One dashboard: its panels over the console's time range, edited in place, and as code. */
export default function DashboardPage(): ReactNode {
  const { t } = useText();
  const name = useName();
  const found = useApi("/telemetry/dashboards", {});
  const title = shown(name, 80);
  const above = <Go to="/dashboards">{t("dashboards.title")}</Go>;
  const board = found.data?.dashboards.find((one) => one.name === name);
  if (board !== undefined) return <Board key={name} board={board} />;
  return (
    <Page title={title} above={above}>
      <Answer of={found}>
        {() => <Empty title={t("dashboard.none")} text={t("dashboard.noneText")} />}
      </Answer>
    </Page>
  );
}
