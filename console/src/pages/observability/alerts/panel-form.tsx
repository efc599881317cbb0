import { useDeferredValue, useState, type FormEvent, type ReactNode } from "react";
import { Button } from "../../../ui/button.tsx";
import { Dialog } from "../../../ui/dialog.tsx";
import { Segments, Select } from "../../../ui/field.tsx";
import { QueryField } from "../../../ui/logs/query-field.tsx";
import type { PanelSource, PanelSpec, RecordsSource } from "./dashboard-spec.ts";
import type { Span } from "./frame.ts";
import { PanelContent } from "./panel.tsx";
import { useSuggestRecords, useSuggestPromql } from "./suggest.ts";
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
const counted: ReadonlySet<string> = new Set(["count", "rate", "error-share"]);

/** Which records, what of them, and told apart by what. */
export function RecordsFields({
  source,
  span,
  onChange,
}: {
  source: RecordsSource;
  span: Span;
  onChange: (source: RecordsSource) => void;
}): ReactNode {
  const { t } = useText();
  const suggest = useSuggestRecords(source.signal, span);
  const [by, setBy] = useState(source.by.join(", "));
  const list = (text: string): string[] =>
    text
      .split(",")
      .map((one) => one.trim())
      .filter((one) => one !== "")
      .slice(0, 3);
  return (
    <>
      <div className="form-row">
        <div className="field">
          <span>{t("source.signal")}</span>
          <Select
            label={t("source.signal")}
            value={source.signal}
            options={[
              ["spans", t("source.spans")],
              ["logs", t("source.logs")],
              ["errors", t("source.errors")],
            ]}
            onChange={(signal) => onChange({ ...source, signal })}
          />
        </div>
        <div className="field">
          <span>{t("source.measure")}</span>
          <Select
            label={t("source.measure")}
            value={source.measure}
            options={measures.map((one) => [one, t(`measure.${one}`)] as const)}
            onChange={(measure) =>
              onChange({
                ...source,
                measure,
                field: counted.has(measure) ? "" : source.field || "duration",
              })
            }
          />
        </div>
        {!counted.has(source.measure) && (
          <label className="field">
            <span>{t("source.field")}</span>
            <input
              className="input mono"
              maxLength={200}
              value={source.field}
              onChange={(event) => onChange({ ...source, field: event.target.value })}
            />
          </label>
        )}
        <label className="field">
          <span>{t("source.by")}</span>
          <input
            className="input mono"
            maxLength={600}
            placeholder="service, http.route"
            value={by}
            onChange={(event) => {
              setBy(event.target.value);
              onChange({ ...source, by: list(event.target.value) });
            }}
          />
        </label>
      </div>
      <QueryField
        label={t("source.query")}
        value={source.q}
        onSubmit={(q) => onChange({ ...source, q })}
        onType={(q) => onChange({ ...source, q })}
        suggest={suggest}
      />
    </>
  );
}

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
      return <RecordsFields source={source} span={span} onChange={onChange} />;
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
        <div className="form-row">
          <label className="field">
            <span>{t("panel.title")}</span>
            <input
              className="input"
              autoFocus
              required
              maxLength={200}
              value={draft.title}
              onChange={(event) => setDraft({ ...draft, title: event.target.value })}
            />
          </label>
          <label className="field">
            <span>{t("panel.unit")}</span>
            <input
              className="input mono"
              maxLength={20}
              list="panel-units"
              value={draft.unit}
              onChange={(event) => setDraft({ ...draft, unit: event.target.value })}
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
            onChange={(type) => setDraft({ ...draft, source: blanks[type] })}
          />
          <Segments
            label={t("panel.draw")}
            value={draft.draw}
            options={(["lines", "bars", "number", "table"] as const).map(
              (one) => [one, t(`draw.${one}`)] as const,
            )}
            onChange={(draw) => setDraft({ ...draft, draw })}
          />
        </div>
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
