import { useDeferredValue, useState, type FormEvent, type ReactNode } from "react";
import { Button } from "../../../ui/button.tsx";
import { Dialog } from "../../../ui/dialog.tsx";
import { Segments } from "../../../ui/field.tsx";
import { QueryField } from "../../../ui/logs/query-field.tsx";
import type { PanelSource, PanelSpec } from "./dashboard-spec.ts";
import type { Span } from "./frame.ts";
import { PanelContent } from "./panel.tsx";
import { RecordsFields } from "./source-fields.tsx";
import { useSuggestPromql } from "./suggest.ts";
import { SqlEditor } from "./sql-lazy.tsx";
import { useText } from "./text.ts";
import { unitNames } from "./unit.ts";

const blank: PanelSpec = {
  title: "",
  source: { type: "records", signal: "spans", q: "", measure: "rate", field: "", by: [] },
  draw: "lines",
  unit: "",
  width: 6,
};

const blanks: Readonly<Record<PanelSource["type"], PanelSource>> = {
  records: blank.source,
  promql: { type: "promql", expr: "" },
  sql: { type: "sql", text: "" },
};

const measures = ["count", "rate", "error-share", "avg", "p50", "p95", "p99"] as const;
const signals = ["spans", "logs", "errors"] as const;

function SourceFields({
  source,
  span,
  onChange,
}: {
  source: PanelSource;
  span: Span;
  onChange: (source: PanelSource) => void;
}): ReactNode {
  const { t } = useText();
  const suggest = useSuggestPromql(span);
  switch (source.type) {
    case "records":
      return (
        <RecordsFields
          source={source}
          span={span}
          signals={signals}
          measures={measures}
          onChange={(next) => onChange({ type: "records", ...next })}
        />
      );
    case "promql":
      return (
        <QueryField
          label="PromQL"
          value={source.expr}
          onSubmit={(expr) => onChange({ ...source, expr })}
          onType={(expr) => onChange({ ...source, expr })}
          suggest={suggest}
        />
      );
    case "sql":
      return (
        <SqlEditor
          label={t("sql.statement")}
          text={source.text}
          onChange={(text) => onChange({ ...source, text })}
        />
      );
  }
}

const isAsked = (source: PanelSource): boolean =>
  source.type === "records" || (source.type === "promql" ? source.expr : source.text).trim() !== "";

/** What it is called, where it comes from and how it is drawn. */
function Looks({
  panel: draft,
  onChange,
}: {
  panel: PanelSpec;
  onChange: (panel: PanelSpec) => void;
}): ReactNode {
  const { t } = useText();
  return (
    <>
      <div className="form-row">
        <label className="field">
          <span>{t("panel.title")}</span>
          <input
            className="input"
            autoFocus
            required
            maxLength={200}
            value={draft.title}
            onChange={(event) => onChange({ ...draft, title: event.target.value })}
          />
        </label>
        <label className="field">
          <span>{t("panel.unit")}</span>
          <input
            className="input mono"
            maxLength={20}
            list="panel-units"
            value={draft.unit}
            onChange={(event) => onChange({ ...draft, unit: event.target.value })}
          />
          <datalist id="panel-units">
            {unitNames.map((one) => (
              <option key={one} value={one} />
            ))}
          </datalist>
        </label>
      </div>
      <div className="row">
        <Segments
          label={t("panel.source")}
          value={draft.source.type}
          options={[
            ["records", t("source.records")],
            ["promql", "PromQL"],
            ["sql", "SQL"],
          ]}
          onChange={(type) => onChange({ ...draft, source: blanks[type] })}
        />
        <Segments
          label={t("panel.draw")}
          value={draft.draw}
          options={(["lines", "bars", "number", "table"] as const).map(
            (one) => [one, t(`draw.${one}`)] as const,
          )}
          onChange={(draw) => onChange({ ...draft, draw })}
        />
      </div>
    </>
  );
}

/** One panel, changed with what it shows below it. */
export function PanelForm({
  panel,
  span,
  onTake,
  onClose,
}: {
  /** A new one if left out. */
  panel: PanelSpec | undefined;
  span: Span;
  onTake: (panel: PanelSpec) => void;
  onClose: () => void;
}): ReactNode {
  const { t } = useText();
  const [draft, setDraft] = useState(panel ?? blank);
  const settled = useDeferredValue(draft);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    onTake({ ...draft, title: draft.title.trim() });
  };
  return (
    <Dialog
      open
      wide
      title={panel === undefined ? t("panel.add") : t("panel.change")}
      onClose={onClose}
    >
      <form className="stack" onSubmit={submit}>
        <Looks panel={draft} onChange={setDraft} />
        <SourceFields
          key={draft.source.type}
          source={draft.source}
          span={span}
          onChange={(source) => setDraft({ ...draft, source })}
        />
        <div className="panel-preview">
          {isAsked(settled.source) ? (
            <PanelContent panel={settled} name="preview" span={span} />
          ) : (
            <p className="hint">{t("panel.nothingAsked")}</p>
          )}
        </div>
        <div className="dialog-foot">
          <Button onClick={onClose}>{t("dialog.cancel")}</Button>
          <Button submits tone="main" disabled={draft.title.trim() === ""}>
            {t("panel.take")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
