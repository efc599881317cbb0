import { useState, type ReactNode } from "react";
import { Segments, Select } from "../../../ui/field.tsx";
import { QueryField } from "../../../ui/logs/query-field.tsx";
import type { AlertSource } from "./alert-data.ts";
import type { Span } from "./frame.ts";
import { useSuggestPromql, useSuggestRecords } from "./suggest.ts";
import { useText } from "./text.ts";

type Records = Extract<AlertSource, { readonly type: "records" }>;

const measures = [
  "count",
  "rate",
  "error-share",
  "sum",
  "avg",
  "min",
  "max",
  "distinct",
  "p50",
  "p90",
  "p95",
  "p99",
] as const;
const counted: ReadonlySet<string> = new Set(["count", "rate", "error-share"]);
const signals = ["spans", "logs", "points", "errors"] as const;
const groupsMax = 3;

const listed = (text: string): string[] =>
  text
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "")
    .slice(0, groupsMax);

interface FieldsProps<S extends string, M extends string> {
  readonly source: {
    readonly signal: S;
    readonly measure: M;
    readonly field: string;
    readonly q: string;
    readonly by: readonly string[];
  };
  readonly span: Span;
  readonly signals: readonly S[];
  readonly measures: readonly M[];
  readonly onChange: (source: {
    signal: S;
    measure: M;
    field: string;
    q: string;
    by: string[];
  }) => void;
}

/** Which records, what of them, and told apart by what. */
export function RecordsFields<
  S extends (typeof signals)[number],
  M extends (typeof measures)[number],
>(props: FieldsProps<S, M>): ReactNode {
  const { source, span, onChange } = props;
  const { t } = useText();
  const suggest = useSuggestRecords(source.signal, span);
  const [by, setBy] = useState(source.by.join(", "));
  const set = (part: Partial<typeof source>): void => {
    const next = { ...source, ...part };
    onChange({ ...next, by: [...next.by] });
  };
  return (
    <>
      <div className="form-row">
        <div className="field">
          <span>{t("source.signal")}</span>
          <Select
            label={t("source.signal")}
            value={source.signal}
            options={props.signals.map((one) => [one, t(`source.${one}`)] as const)}
            onChange={(signal) => set({ signal })}
          />
        </div>
        <div className="field">
          <span>{t("source.measure")}</span>
          <Select
            label={t("source.measure")}
            value={source.measure}
            options={props.measures.map((one) => [one, t(`measure.${one}`)] as const)}
            onChange={(measure) =>
              set({ measure, field: counted.has(measure) ? "" : source.field || "duration" })
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
              onChange={(event) => set({ field: event.target.value })}
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
              set({ by: listed(event.target.value) });
            }}
          />
        </label>
      </div>
      <QueryField
        label={t("source.query")}
        value={source.q}
        onSubmit={(q) => set({ q })}
        onType={(q) => set({ q })}
        suggest={suggest}
      />
    </>
  );
}

const blank: Records = {
  type: "records",
  signal: "spans",
  q: "",
  measure: "count",
  field: "",
  by: [],
};

/** What an alert looks at: records, or the value of a PromQL expression. */
export function SourceEditor({
  source,
  span,
  isRecordsOnly,
  onChange,
}: {
  source: AlertSource;
  span: Span;
  isRecordsOnly: boolean;
  onChange: (source: AlertSource) => void;
}): ReactNode {
  const { t } = useText();
  const suggest = useSuggestPromql(span);
  return (
    <>
      {!isRecordsOnly && (
        <div className="row">
          <Segments
            label={t("panel.source")}
            value={source.type}
            options={[
              ["records", t("source.records")],
              ["promql", "PromQL"],
            ]}
            onChange={(type) => onChange(type === "records" ? blank : { type: "promql", expr: "" })}
          />
        </div>
      )}
      {source.type === "records" ? (
        <RecordsFields
          source={source}
          span={span}
          signals={signals}
          measures={measures}
          onChange={(next) => onChange({ type: "records", ...next })}
        />
      ) : (
        <QueryField
          label="PromQL"
          value={source.expr}
          onSubmit={(expr) => onChange({ ...source, expr })}
          onType={(expr) => onChange({ ...source, expr })}
          suggest={suggest}
        />
      )}
    </>
  );
}
