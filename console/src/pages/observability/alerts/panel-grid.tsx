import { useState, type ReactNode } from "react";
import { isolated, shown } from "../../../i18n/foreign.ts";
import { Button, IconButton } from "../../../ui/button.tsx";
import { Go } from "../../../ui/go.tsx";
import { Icon } from "../../../ui/icons.tsx";
import { Empty } from "../../../ui/states.tsx";
import type { PanelSpec } from "./dashboard-spec.ts";
import type { Span } from "./frame.ts";
import { PanelForm } from "./panel-form.tsx";
import { PanelContent } from "./panel.tsx";
import { useText } from "./text.ts";

/** Where a panel's source can be asked further. */
function openedIn({ source }: PanelSpec): { to: string; search: Record<string, string> } {
  switch (source.type) {
    case "promql":
      return { to: "/metrics", search: { q: source.expr } };
    case "sql":
      return { to: "/sql", search: { q: source.text } };
    case "records":
      return {
        to: source.signal === "logs" ? "/logs" : source.signal === "errors" ? "/errors" : "/traces",
        search: { q: source.q },
      };
  }
}

interface ToolsProps {
  readonly at: number;
  readonly panels: readonly PanelSpec[];
  readonly onChange: (panels: readonly PanelSpec[]) => void;
  readonly onEdit: () => void;
}

const widthStep = 1;

/** Moves, widens, changes and removes a panel. */
function PanelTools({ at, panels, onChange, onEdit }: ToolsProps): ReactNode {
  const { t } = useText();
  const panel = panels[at];
  if (panel === undefined) return null;
  const name = isolated(panel.title, 60);
  const moved = (to: number): void => onChange(panels.toSpliced(at, 1).toSpliced(to, 0, panel));
  const wide = (by: number): void =>
    onChange(panels.with(at, { ...panel, width: Math.max(2, Math.min(12, panel.width + by)) }));
  return (
    <div className="board-tools" role="toolbar" aria-label={t("panel.tools", { name })}>
      <IconButton
        className="tiny"
        icon="up"
        label={t("panel.before", { name })}
        disabled={at === 0}
        onClick={() => moved(at - 1)}
      />
      <IconButton
        className="tiny"
        icon="down"
        label={t("panel.after", { name })}
        disabled={at === panels.length - 1}
        onClick={() => moved(at + 1)}
      />
      <IconButton
        className="tiny"
        icon="minus"
        label={t("panel.narrower", { name })}
        disabled={panel.width <= 2}
        onClick={() => wide(-widthStep)}
      />
      <span className="board-width" title={t("panel.width")}>
        {panel.width}/12
      </span>
      <IconButton
        className="tiny"
        icon="plus"
        label={t("panel.wider", { name })}
        disabled={panel.width >= 12}
        onClick={() => wide(widthStep)}
      />
      <IconButton className="tiny" icon="edit" label={t("panel.edit", { name })} onClick={onEdit} />
      <IconButton
        className="tiny"
        icon="trash"
        label={t("panel.remove", { name })}
        onClick={() => onChange(panels.toSpliced(at, 1))}
      />
    </div>
  );
}

/** The panels of a dashboard in twelve columns; with `onChange` they can be arranged. */
export function PanelGrid({
  name,
  panels,
  span,
  onRange,
  onChange,
}: {
  name: string;
  panels: readonly PanelSpec[];
  span: Span;
  onRange: (fromMs: number, toMs: number) => void;
  onChange?: (panels: readonly PanelSpec[]) => void;
}): ReactNode {
  const { t } = useText();
  const [editing, setEditing] = useState<number>();
  const edited = editing === undefined ? undefined : panels[editing];
  return (
    <>
      <div className="board">
        {panels.map((panel, at) => (
          <section
            key={`${at} ${panel.title}`}
            className="panel board-panel"
            aria-label={isolated(panel.title, 120) || t("panel.untitled")}
            style={{ gridColumn: `span ${panel.width}` }}
          >
            <div className="panel-head">
              <h2>
                <bdi>{shown(panel.title, 120) || t("panel.untitled")}</bdi>
              </h2>
              <span className="spring" />
              {onChange === undefined ? (
                <Go
                  {...openedIn(panel)}
                  className="icon-button tiny board-open"
                  title={t("panel.open")}
                >
                  <Icon name="arrow" size={14} />
                  <span className="hidden">{t("panel.open")}</span>
                </Go>
              ) : (
                <PanelTools
                  at={at}
                  panels={panels}
                  onChange={onChange}
                  onEdit={() => setEditing(at)}
                />
              )}
            </div>
            <div className="panel-body">
              <PanelContent
                panel={panel}
                name={`panel-${at}`}
                span={span}
                onRange={onRange}
                sync={`board ${name}`}
              />
            </div>
          </section>
        ))}
      </div>
      {panels.length === 0 && (
        <Empty title={t("dashboard.empty")} text={t("dashboard.emptyText")} />
      )}
      {onChange !== undefined && (
        <div className="row">
          <Button icon="plus" onClick={() => setEditing(panels.length)}>
            {t("panel.add")}
          </Button>
        </div>
      )}
      {editing !== undefined && onChange !== undefined && (
        <PanelForm
          panel={edited}
          span={span}
          onClose={() => setEditing(undefined)}
          onTake={(panel) => {
            onChange(panels.toSpliced(editing, edited === undefined ? 0 : 1, panel));
            setEditing(undefined);
          }}
        />
      )}
    </>
  );
}
