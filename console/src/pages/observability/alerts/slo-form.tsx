import { useState, type FormEvent, type ReactNode } from "react";
import { call } from "../../../api/client.ts";
import { Problem } from "../../../api/problem.ts";
import { useApi } from "../../../api/query.ts";
import { Button } from "../../../ui/button.tsx";
import { Chip, Segments, Select } from "../../../ui/field.tsx";
import { useGo } from "../../../ui/go.tsx";
import { QueryField } from "../../../ui/logs/query-field.tsx";
import { Panel } from "../../../ui/page.tsx";
import { Failure } from "../../../ui/states.tsx";
import { useToast } from "../../../ui/toast.tsx";
import { nameOf } from "./dashboard-spec.ts";
import type { Span } from "./frame.ts";
import { LengthField, NumberField } from "./length-field.tsx";
import { firstSlo, objectives, shareWords, type SloSpec } from "./slo-data.ts";
import { useSpan } from "./span.ts";
import { useSuggestPromql, useSuggestRecords } from "./suggest.ts";
import { useText } from "./text.ts";

interface PartProps {
  readonly spec: SloSpec;
  readonly span: Span;
  readonly onChange: (spec: SloSpec) => void;
}

type Indicator = SloSpec["indicator"];

const blankMetrics: Indicator = { type: "metrics", good: "", total: "" };

interface IndicatorProps<I> {
  readonly indicator: I;
  readonly span: Span;
  readonly onChange: (indicator: Indicator) => void;
}

type Of<T extends Indicator["type"]> = Extract<Indicator, { readonly type: T }>;

function RecordsIndicator({ indicator, span, onChange }: IndicatorProps<Of<"records">>): ReactNode {
  const { t } = useText();
  const records = useSuggestRecords(indicator.signal, span);
  return (
    <>
      <div className="field">
        <span>{t("slo.all")}</span>
        <QueryField
          label={t("slo.all")}
          value={indicator.q}
          onSubmit={(q) => onChange({ ...indicator, q })}
          onType={(q) => onChange({ ...indicator, q })}
          suggest={records}
        />
      </div>
      <div className="field">
        <span>{t("slo.good")}</span>
        <QueryField
          label={t("slo.good")}
          value={indicator.good}
          onSubmit={(good) => onChange({ ...indicator, good })}
          onType={(good) => onChange({ ...indicator, good })}
          suggest={records}
        />
      </div>
    </>
  );
}

function MetricsIndicator({ indicator, span, onChange }: IndicatorProps<Of<"metrics">>): ReactNode {
  const { t } = useText();
  const promql = useSuggestPromql(span);
  return (
    <>
      <div className="field">
        <span>{t("slo.totalSelector")}</span>
        <QueryField
          label={t("slo.totalSelector")}
          placeholder="morning_http_requests_total"
          value={indicator.total}
          onSubmit={(total) => onChange({ ...indicator, total })}
          onType={(total) => onChange({ ...indicator, total })}
          suggest={promql}
        />
      </div>
      <div className="field">
        <span>{t("slo.goodSelector")}</span>
        <QueryField
          label={t("slo.goodSelector")}
          placeholder='morning_http_requests_total{status!~"5.."}'
          value={indicator.good}
          onSubmit={(good) => onChange({ ...indicator, good })}
          onType={(good) => onChange({ ...indicator, good })}
          suggest={promql}
        />
      </div>
    </>
  );
}

/** Which events there are, and which of them are good. */
function IndicatorFields({ spec, span, onChange }: PartProps): ReactNode {
  const { t } = useText();
  const { indicator } = spec;
  const set = (next: Indicator): void => onChange({ ...spec, indicator: next });
  return (
    <>
      <div className="row">
        <Segments
          label={t("panel.source")}
          value={indicator.type}
          options={[
            ["records", t("source.records")],
            ["metrics", t("metrics.title")],
          ]}
          onChange={(type) => set(type === "records" ? firstSlo.indicator : blankMetrics)}
        />
        {indicator.type === "records" && (
          <Segments
            label={t("source.signal")}
            value={indicator.signal}
            options={[
              ["spans", t("source.spans")],
              ["logs", t("source.logs")],
            ]}
            onChange={(signal) => set({ ...indicator, signal })}
          />
        )}
      </div>
      {indicator.type === "records" ? (
        <RecordsIndicator indicator={indicator} span={span} onChange={set} />
      ) : (
        <MetricsIndicator indicator={indicator} span={span} onChange={set} />
      )}
    </>
  );
}

function Promised({ spec, onChange }: Omit<PartProps, "span">): ReactNode {
  const { t } = useText();
  const choices = [...new Set([...objectives, spec.objective])].toSorted((a, b) => a - b);
  return (
    <div className="form-row">
      <div className="field">
        <span>{t("slos.objective")}</span>
        <Select
          label={t("slos.objective")}
          value={String(spec.objective)}
          options={choices.map((one) => [String(one), shareWords(one)] as const)}
          onChange={(next) => onChange({ ...spec, objective: Number(next) })}
        />
      </div>
      <LengthField
        label={t("slo.window")}
        value={spec.windowMs}
        min={86_400_000}
        onChange={(windowMs) => onChange({ ...spec, windowMs })}
      />
      <NumberField
        label={t("slo.eventsMin")}
        step="1"
        value={spec.eventsMin}
        hint={t("slo.eventsMinHint")}
        onChange={(eventsMin) => onChange({ ...spec, eventsMin })}
      />
      <div className="field">
        <span>{t("slo.alerting")}</span>
        <span className="row">
          <Chip
            label={t("slo.alertingOn")}
            pressed={spec.alerting}
            onChange={(alerting) => onChange({ ...spec, alerting })}
          />
        </span>
      </div>
    </div>
  );
}

/** What it is called and whose it is. */
function About({ spec, onChange }: Omit<PartProps, "span">): ReactNode {
  const { t } = useText();
  const services = useApi("/telemetry/fields/values", {
    query: { signal: "spans", field: "service", limit: 50 },
  });
  return (
    <Panel title={t("slo.what")}>
      <div className="form-row">
        <label className="field">
          <span>{t("form.title")}</span>
          <input
            className="input"
            required
            autoFocus
            maxLength={300}
            value={spec.title}
            onChange={(event) => onChange({ ...spec, title: event.target.value })}
          />
        </label>
        <label className="field">
          <span>{t("slos.service")}</span>
          <input
            className="input mono"
            maxLength={200}
            list="slo-services"
            value={spec.service}
            onChange={(event) => onChange({ ...spec, service: event.target.value })}
          />
          <datalist id="slo-services">
            {(services.data?.values ?? []).map(({ value }) => (
              <option key={value} value={value} />
            ))}
          </datalist>
        </label>
      </div>
      <label className="field">
        <span>{t("dashboards.about")}</span>
        <input
          className="input"
          maxLength={4000}
          value={spec.description}
          onChange={(event) => onChange({ ...spec, description: event.target.value })}
        />
      </label>
    </Panel>
  );
}

/** Makes an objective or changes one. */
export function SloForm({
  name,
  first = firstSlo,
  onClose,
}: {
  name?: string;
  first?: SloSpec;
  onClose: () => void;
}): ReactNode {
  const { t } = useText();
  const say = useToast();
  const go = useGo();
  const [span] = useSpan();
  const [spec, setSpec] = useState(first);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const path = { name: name ?? nameOf(spec.title, "objective") };
    setBusy(true);
    setProblem(undefined);
    try {
      await call("put", "/slos/{name}", { path, body: spec });
      say.done(t("slo.saved"));
      go(`/slos/${encodeURIComponent(path.name)}`);
      onClose();
    } catch (thrown) {
      setProblem(thrown instanceof Problem ? thrown : Problem.unreachable(thrown));
      setBusy(false);
    }
  };
  return (
    <form className="stack" onSubmit={(event) => void submit(event)}>
      <About spec={spec} onChange={setSpec} />
      <Panel title={t("slo.indicator")}>
        <IndicatorFields spec={spec} span={span} onChange={setSpec} />
      </Panel>
      <Panel title={t("slo.promise")}>
        <Promised spec={spec} onChange={setSpec} />
      </Panel>
      {problem !== undefined && <Failure problem={problem} />}
      <div className="row">
        <Button submits tone="main" busy={busy} disabled={spec.title.trim() === ""}>
          {t("slo.save")}
        </Button>
        <Button onClick={onClose}>{t("dialog.cancel")}</Button>
      </div>
    </form>
  );
}
