import { useDeferredValue, useState, type FormEvent, type ReactNode } from "react";
import { call } from "../../../api/client.ts";
import { Problem } from "../../../api/problem.ts";
import { useApi } from "../../../api/query.ts";
import { Button } from "../../../ui/button.tsx";
import { Chip, Segments, Select } from "../../../ui/field.tsx";
import { useGo } from "../../../ui/go.tsx";
import { Panel } from "../../../ui/page.tsx";
import { Answer, Failure } from "../../../ui/states.tsx";
import { useToast } from "../../../ui/toast.tsx";
import { JsonEditor } from "../../../ui/viewer/json-editor.tsx";
import { firstSpec, type AlertSpec } from "./alert-data.ts";
import { BacktestResult, useBacktest } from "./backtest.tsx";
import { ConditionFields } from "./condition-fields.tsx";
import { conditionWords } from "./condition-words.ts";
import { nameOf } from "./dashboard-spec.ts";
import type { Span } from "./frame.ts";
import { LengthField, NumberField } from "./length-field.tsx";
import { useSpan } from "./span.ts";
import { useText } from "./text.ts";

interface PartProps {
  readonly spec: AlertSpec;
  readonly onChange: (spec: AlertSpec) => void;
}

/** What it is called, what it says, and how much it matters. */
function About({ spec, onChange }: PartProps): ReactNode {
  const { t } = useText();
  return (
    <>
      <label className="field">
        <span>{t("form.title")}</span>
        <input
          className="input"
          required
          autoFocus
          maxLength={300}
          value={spec.title}
          placeholder="{{service}}: {{value}}"
          onChange={(event) => onChange({ ...spec, title: event.target.value })}
        />
        <span className="hint">{t("form.titleHint")}</span>
      </label>
      <div className="row">
        <Segments
          label={t("alerts.severity")}
          value={spec.severity}
          options={(["page", "ticket", "info"] as const).map(
            (one) => [one, t(`severity.${one}`)] as const,
          )}
          onChange={(severity) => onChange({ ...spec, severity })}
        />
        <span className="hint">{t(`severityHint.${spec.severity}`)}</span>
      </div>
      <div className="form-row">
        <label className="field">
          <span>{t("dashboards.about")}</span>
          <input
            className="input"
            maxLength={4000}
            value={spec.description}
            onChange={(event) => onChange({ ...spec, description: event.target.value })}
          />
        </label>
        <label className="field">
          <span>{t("form.runbook")}</span>
          <input
            className="input"
            maxLength={1000}
            placeholder="https://"
            value={spec.runbook}
            onChange={(event) => onChange({ ...spec, runbook: event.target.value })}
          />
        </label>
      </div>
    </>
  );
}

/** How patient it is. */
function Patience({ spec, onChange }: PartProps): ReactNode {
  const { t } = useText();
  return (
    <>
      <div className="form-row">
        <LengthField
          label={t("form.every")}
          value={spec.everyMs}
          min={10_000}
          onChange={(everyMs) => onChange({ ...spec, everyMs })}
        />
        <LengthField
          label={t("form.for")}
          value={spec.forMs}
          hint={t("form.forHint")}
          onChange={(forMs) => onChange({ ...spec, forMs })}
        />
        <LengthField
          label={t("form.keep")}
          value={spec.keepFiringMs}
          hint={t("form.keepHint")}
          onChange={(keepFiringMs) => onChange({ ...spec, keepFiringMs })}
        />
      </div>
      <div className="form-row">
        <NumberField
          label={t("form.breaches")}
          step="1"
          value={spec.breaches.least}
          onChange={(least) =>
            onChange({ ...spec, breaches: { least, of: Math.max(least, spec.breaches.of) } })
          }
        />
        <NumberField
          label={t("form.breachesOf")}
          step="1"
          value={spec.breaches.of}
          onChange={(of) => onChange({ ...spec, breaches: { ...spec.breaches, of } })}
        />
        <div className="field">
          <span>{t("form.noData")}</span>
          <Select
            label={t("form.noData")}
            value={spec.noData}
            options={(["ok", "keep", "firing"] as const).map(
              (one) => [one, t(`noData.${one}`)] as const,
            )}
            onChange={(noData) => onChange({ ...spec, noData })}
          />
        </div>
      </div>
    </>
  );
}

/** Who is told, and how often. */
function Telling({ spec, onChange }: PartProps): ReactNode {
  const { t } = useText();
  const found = useApi("/alerts", {});
  const names = new Set([...(found.data?.notifiers ?? []), ...spec.notify]);
  return (
    <>
      <div className="field">
        <span>{t("form.notify")}</span>
        <span className="row">
          {[...names].map((name) => (
            <Chip
              key={name}
              label={name}
              pressed={spec.notify.includes(name)}
              onChange={(on) =>
                onChange({
                  ...spec,
                  notify: on ? [...spec.notify, name] : spec.notify.filter((one) => one !== name),
                })
              }
            />
          ))}
        </span>
      </div>
      <div className="form-row">
        <LengthField
          label={t("form.groupWait")}
          value={spec.groupWaitMs}
          hint={t("form.groupWaitHint")}
          onChange={(groupWaitMs) => onChange({ ...spec, groupWaitMs })}
        />
        <LengthField
          label={t("form.repeat")}
          value={spec.repeatMs}
          min={60_000}
          hint={t("form.repeatHint")}
          onChange={(repeatMs) => onChange({ ...spec, repeatMs })}
        />
      </div>
    </>
  );
}

/** The alert as it is typed, over the console's time range. */
function Tried({ spec, span }: { spec: AlertSpec; span: Span }): ReactNode {
  const { t } = useText();
  const [asked, setAsked] = useState<{ spec: AlertSpec; of: AlertSpec; span: Span }>();
  const result = useBacktest(asked?.spec ?? spec, asked?.span ?? span, asked !== undefined);
  const isOld = asked !== undefined && asked.of !== spec;
  return (
    <Panel
      title={t("backtest.title")}
      hint={t("backtest.hint")}
      actions={
        <Button
          size="small"
          icon="play"
          busy={result.isFetching}
          onClick={() => setAsked({ spec: named(spec), of: spec, span })}
        >
          {t("backtest.run")}
        </Button>
      }
    >
      {asked === undefined ? (
        <p className="hint">{t("backtest.before")}</p>
      ) : (
        <>
          {isOld && <p className="hint">{t("backtest.old")}</p>}
          <Answer of={result} rows={4}>
            {(answer) => <BacktestResult spec={asked.spec} result={answer} />}
          </Answer>
        </>
      )}
    </Panel>
  );
}

/** A back-test needs no title yet. */
const named = (spec: AlertSpec): AlertSpec =>
  spec.title.trim() === "" ? { ...spec, title: "back-test" } : spec;

function AsJson({ spec, onChange }: PartProps): ReactNode {
  const [text, setText] = useState(() => JSON.stringify(spec, null, 2));
  return (
    <JsonEditor
      label="JSON"
      value={text}
      heightMax={560}
      onChange={(next) => {
        setText(next);
        try {
          const read: unknown = JSON.parse(next);
          if (typeof read === "object" && read !== null && "condition" in read) {
            onChange({ ...firstSpec, ...(read as AlertSpec) });
          }
        } catch {
          // Half typed: the last text that could be read counts.
        }
      }}
    />
  );
}

/** When it fires and who is told. */
function Sections({ spec, span, onChange }: PartProps & { span: Span }): ReactNode {
  const { t } = useText();
  return (
    <>
      <Panel title={t("form.condition")}>
        <ConditionFields
          condition={spec.condition}
          span={span}
          onChange={(condition) => onChange({ ...spec, condition })}
        />
      </Panel>
      <div className="columns">
        <Panel title={t("form.patience")}>
          <Patience spec={spec} onChange={onChange} />
        </Panel>
        <Panel title={t("form.telling")}>
          <Telling spec={spec} onChange={onChange} />
        </Panel>
      </div>
    </>
  );
}

/** Makes an alert or changes one, tried on the past before it is saved. */
export function AlertForm({
  name,
  first = firstSpec,
  onClose,
}: {
  /** A new one if left out. */
  name?: string;
  first?: AlertSpec;
  onClose: () => void;
}): ReactNode {
  const text = useText();
  const { t } = text;
  const say = useToast();
  const go = useGo();
  const [spec, setSpec] = useState(first);
  const [as, setAs] = useState<"form" | "json">("form");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const [span] = useSpan();
  const settled = useDeferredValue(spec);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const path = { name: name ?? nameOf(spec.title.replaceAll(/\{\{[^}]*\}\}/g, ""), "alert") };
    setBusy(true);
    setProblem(undefined);
    try {
      await call("put", "/alerts/{name}", { path, body: spec });
      say.done(t("alert.saved"));
      go(`/alerts/${encodeURIComponent(path.name)}`);
      onClose();
    } catch (thrown) {
      setProblem(thrown instanceof Problem ? thrown : Problem.unreachable(thrown));
      setBusy(false);
    }
  };
  return (
    <form className="stack" onSubmit={(event) => void submit(event)}>
      <Panel
        title={t("form.what")}
        hint={conditionWords(settled.condition, text)}
        actions={
          <Segments
            label={t("form.view")}
            value={as}
            options={[
              ["form", t("form.asForm")],
              ["json", t("form.asJson")],
            ]}
            onChange={setAs}
          />
        }
      >
        {as === "json" ? (
          <AsJson spec={spec} onChange={setSpec} />
        ) : (
          <About spec={spec} onChange={setSpec} />
        )}
      </Panel>
      {as === "form" && <Sections spec={spec} span={span} onChange={setSpec} />}
      <Tried spec={settled} span={span} />
      {problem !== undefined && <Failure problem={problem} />}
      <div className="row">
        <Button submits tone="main" busy={busy} disabled={spec.title.trim() === ""}>
          {t("alert.save")}
        </Button>
        <Button onClick={onClose}>{t("dialog.cancel")}</Button>
      </div>
    </form>
  );
}
