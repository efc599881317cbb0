import type { ReactNode } from "react";
import { useApi } from "../../../api/query.ts";
import { Chip, Segments, Select } from "../../../ui/field.tsx";
import { QueryField } from "../../../ui/logs/query-field.tsx";
import { firstCondition, type AlertSource, type Condition } from "./alert-data.ts";
import type { Span } from "./frame.ts";
import { LengthField, NumberField } from "./length-field.tsx";
import { SourceEditor } from "./source-fields.tsx";
import { useSuggestRecords } from "./suggest.ts";
import { useText } from "./text.ts";

const types = [
  "threshold",
  "absence",
  "change",
  "anomaly",
  "new-pattern",
  "error-group",
  "burn-rate",
] as const;

type Of<T extends Condition["type"]> = Extract<Condition, { readonly type: T }>;

interface FieldsProps<C> {
  readonly condition: C;
  readonly onChange: (condition: Condition) => void;
  readonly span: Span;
}

function Bound({
  op,
  value,
  hint,
  onOp,
  onValue,
}: {
  op: Of<"threshold">["op"];
  value: number;
  hint?: string | undefined;
  onOp: (op: Of<"threshold">["op"]) => void;
  onValue: (value: number) => void;
}): ReactNode {
  const { t } = useText();
  return (
    <>
      <div className="field">
        <span>{t("form.when")}</span>
        <Select
          label={t("form.when")}
          value={op}
          options={([">", ">=", "<", "<="] as const).map((one) => [one, t(`op.${one}`)] as const)}
          onChange={onOp}
        />
      </div>
      <NumberField label={t("form.bound")} value={value} hint={hint} onChange={onValue} />
    </>
  );
}

function Threshold({ condition, onChange }: FieldsProps<Of<"threshold">>): ReactNode {
  const { t } = useText();
  const { source } = condition;
  const isShare = source.type === "records" && source.measure === "error-share";
  return (
    <div className="form-row">
      <Bound
        op={condition.op}
        value={condition.value}
        hint={isShare ? t("form.shareHint") : undefined}
        onOp={(op) => onChange({ ...condition, op })}
        onValue={(value) => onChange({ ...condition, value })}
      />
      <LengthField
        label={t("form.window")}
        value={condition.windowMs}
        min={10_000}
        onChange={(windowMs) => onChange({ ...condition, windowMs })}
      />
    </div>
  );
}

function Absence({ condition, onChange }: FieldsProps<Of<"absence">>): ReactNode {
  const { t } = useText();
  return (
    <div className="form-row">
      <LengthField
        label={t("form.nothingFor")}
        value={condition.windowMs}
        min={10_000}
        onChange={(windowMs) => onChange({ ...condition, windowMs })}
      />
      <LengthField
        label={t("form.lookback")}
        value={condition.lookbackMs}
        min={10_000}
        hint={t("form.lookbackHint")}
        onChange={(lookbackMs) => onChange({ ...condition, lookbackMs })}
      />
    </div>
  );
}

function Change({ condition, onChange }: FieldsProps<Of<"change">>): ReactNode {
  const { t } = useText();
  return (
    <>
      <div className="form-row">
        <Bound
          op={condition.op}
          value={condition.value}
          hint={condition.as === "percent" ? t("form.percentHint") : undefined}
          onOp={(op) => onChange({ ...condition, op })}
          onValue={(value) => onChange({ ...condition, value })}
        />
        <div className="field">
          <span>{t("form.as")}</span>
          <Segments
            label={t("form.as")}
            value={condition.as}
            options={[
              ["percent", "%"],
              ["absolute", t("form.absolute")],
            ]}
            onChange={(as) => onChange({ ...condition, as })}
          />
        </div>
      </div>
      <div className="form-row">
        <LengthField
          label={t("form.window")}
          value={condition.windowMs}
          min={10_000}
          onChange={(windowMs) => onChange({ ...condition, windowMs })}
        />
        <LengthField
          label={t("form.offset")}
          value={condition.offsetMs}
          hint={t("form.offsetHint")}
          onChange={(offsetMs) => onChange({ ...condition, offsetMs })}
        />
        <NumberField
          label={t("form.least")}
          value={condition.least}
          hint={t("form.leastHint")}
          onChange={(least) => onChange({ ...condition, least })}
        />
      </div>
    </>
  );
}

function Anomaly({ condition, onChange }: FieldsProps<Of<"anomaly">>): ReactNode {
  const { t } = useText();
  return (
    <>
      <div className="form-row">
        <div className="field">
          <span>{t("form.direction")}</span>
          <Select
            label={t("form.direction")}
            value={condition.direction}
            options={(["both", "above", "below"] as const).map(
              (one) => [one, t(`direction.${one}`)] as const,
            )}
            onChange={(direction) => onChange({ ...condition, direction })}
          />
        </div>
        <div className="field">
          <span>{t("form.season")}</span>
          <Select
            label={t("form.season")}
            value={condition.season}
            options={(["auto", "week", "day", "none"] as const).map(
              (one) => [one, t(`season.${one}`)] as const,
            )}
            onChange={(season) => onChange({ ...condition, season })}
          />
        </div>
        <NumberField
          label={t("form.deviations")}
          value={condition.deviations}
          onChange={(deviations) => onChange({ ...condition, deviations })}
        />
      </div>
      <div className="form-row">
        <LengthField
          label={t("form.step")}
          value={condition.stepMs}
          min={60_000}
          onChange={(stepMs) => onChange({ ...condition, stepMs })}
        />
        <LengthField
          label={t("form.history")}
          value={condition.historyMs}
          min={3_600_000}
          onChange={(historyMs) => onChange({ ...condition, historyMs })}
        />
        <NumberField
          label={t("form.leastDifference")}
          value={condition.leastDifference}
          onChange={(leastDifference) => onChange({ ...condition, leastDifference })}
        />
      </div>
    </>
  );
}

function NewPattern({ condition, onChange, span }: FieldsProps<Of<"new-pattern">>): ReactNode {
  const { t } = useText();
  const suggest = useSuggestRecords("logs", span);
  return (
    <>
      <QueryField
        label={t("source.query")}
        value={condition.q}
        onSubmit={(q) => onChange({ ...condition, q })}
        onType={(q) => onChange({ ...condition, q })}
        suggest={suggest}
      />
      <div className="form-row">
        <LengthField
          label={t("form.window")}
          value={condition.windowMs}
          min={10_000}
          onChange={(windowMs) => onChange({ ...condition, windowMs })}
        />
      </div>
    </>
  );
}

function ErrorGroup({ condition, onChange }: FieldsProps<Of<"error-group">>): ReactNode {
  const { t } = useText();
  const turn = (one: "new" | "regressed", on: boolean): void => {
    const next = on
      ? [...new Set([...condition.on, one])]
      : condition.on.filter((each) => each !== one);
    if (next.length > 0) onChange({ ...condition, on: next });
  };
  return (
    <div className="form-row">
      <div className="field">
        <span>{t("form.errorsThat")}</span>
        <span className="row">
          {(["new", "regressed"] as const).map((one) => (
            <Chip
              key={one}
              label={t(`errors.${one}`)}
              pressed={condition.on.includes(one)}
              onChange={(on) => turn(one, on)}
            />
          ))}
        </span>
      </div>
      <label className="field">
        <span>{t("form.service")}</span>
        <input
          className="input mono"
          maxLength={200}
          value={condition.service}
          onChange={(event) => onChange({ ...condition, service: event.target.value })}
        />
      </label>
    </div>
  );
}

function BurnRate({ condition, onChange }: FieldsProps<Of<"burn-rate">>): ReactNode {
  const { t } = useText();
  const found = useApi("/slos", {});
  const names = (found.data?.slos ?? []).map(({ name }) => name);
  return (
    <>
      <div className="form-row">
        <div className="field">
          <span>{t("slos.one")}</span>
          <Select
            label={t("slos.one")}
            value={condition.slo}
            options={[["", t("form.choose")], ...names.map((one) => [one, one] as const)]}
            onChange={(slo) => onChange({ ...condition, slo })}
          />
        </div>
      </div>
      {condition.windows.map((window, at) => {
        const set = (part: Partial<typeof window>): void =>
          onChange({ ...condition, windows: condition.windows.with(at, { ...window, ...part }) });
        return (
          <div key={at} className="form-row">
            <NumberField
              label={t("slo.rate")}
              value={window.rate}
              onChange={(rate) => set({ rate })}
            />
            <LengthField
              label={t("slo.long")}
              value={window.longMs}
              min={60_000}
              onChange={(longMs) => set({ longMs })}
            />
            <LengthField
              label={t("slo.short")}
              value={window.shortMs}
              min={60_000}
              onChange={(shortMs) => set({ shortMs })}
            />
          </div>
        );
      })}
    </>
  );
}

function Particular(props: FieldsProps<Condition>): ReactNode {
  const { condition, ...rest } = props;
  switch (condition.type) {
    case "threshold":
      return <Threshold condition={condition} {...rest} />;
    case "absence":
      return <Absence condition={condition} {...rest} />;
    case "change":
      return <Change condition={condition} {...rest} />;
    case "anomaly":
      return <Anomaly condition={condition} {...rest} />;
    case "new-pattern":
      return <NewPattern condition={condition} {...rest} />;
    case "error-group":
      return <ErrorGroup condition={condition} {...rest} />;
    case "burn-rate":
      return <BurnRate condition={condition} {...rest} />;
  }
}

/** The condition with another source; an absence has records only. */
function withSource(condition: Condition, source: AlertSource): Condition {
  if (!("source" in condition)) return condition;
  if (condition.type !== "absence") return { ...condition, source };
  return source.type === "records" ? { ...condition, source } : condition;
}

/** When an alert fires: its kind, what it looks at, and its bounds. */
export function ConditionFields(props: FieldsProps<Condition>): ReactNode {
  const { condition, onChange, span } = props;
  const { t } = useText();
  return (
    <>
      <div className="form-row">
        <div className="field">
          <span>{t("form.type")}</span>
          <Select
            label={t("form.type")}
            value={condition.type}
            options={types.map((one) => [one, t(`type.${one}`)] as const)}
            onChange={(type) => onChange(firstCondition(type))}
          />
          <span className="hint">{t(`typeHint.${condition.type}`)}</span>
        </div>
      </div>
      {"source" in condition && (
        <SourceEditor
          key={condition.type}
          source={condition.source}
          span={span}
          isRecordsOnly={condition.type === "absence"}
          onChange={(source) => onChange(withSource(condition, source))}
        />
      )}
      <Particular key={`fields ${condition.type}`} {...props} />
    </>
  );
}
