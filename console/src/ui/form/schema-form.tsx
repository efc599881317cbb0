import { useCallback, useEffect, useMemo, useRef, useState, type ReactNode } from "react";
import { shown } from "../../i18n/foreign.ts";
import { usePreferences } from "../../preferences.tsx";
import { Segments } from "../field.tsx";
import { HealthIcon } from "../icons.tsx";
import { Field } from "./fields.tsx";
import { FormContext, type FormScene } from "./frame.tsx";
import { JsonPart } from "./json-part.tsx";
import { problemsOf, type Problems } from "./problems.ts";
import type { SchemaPart } from "./schema.ts";
import { shapeOf } from "./shape.ts";
import "./form.css";

const listedMax = 5;

function ProblemList({ problems }: { problems: Problems }): ReactNode {
  const { t } = usePreferences();
  const all = [...problems];
  return (
    <ul className="form-problems" role="status">
      {all.slice(0, listedMax).map(([path, { key, values }]) => (
        <li key={path} className="form-problem">
          <HealthIcon health="failing" />
          <span>
            {path === ""
              ? t(key, values)
              : t("form.problem.at", { place: shown(path, 80), problem: t(key, values) })}
          </span>
        </li>
      ))}
      {all.length > listedMax && (
        <li className="form-hint">{t("form.problem.more", { count: all.length - listedMax })}</li>
      )}
    </ul>
  );
}

/** Whether an editor of the form holds text that is no JSON; tells the caller when that changes. */
function useUnfinished(
  onUnfinished: ((unfinished: boolean) => void) | undefined,
): readonly [unfinished: boolean, report: FormScene["report"]] {
  const [unfinished, setUnfinished] = useState(false);
  const broken = useRef(new Set<string>());
  const told = useRef(onUnfinished);
  told.current = onUnfinished;
  const report = useCallback((id: string, isBroken: boolean) => {
    if (isBroken) broken.current.add(id);
    else broken.current.delete(id);
    setUnfinished(broken.current.size > 0);
  }, []);
  useEffect(() => told.current?.(unfinished), [unfinished]);
  return [unfinished, report];
}

/**
 * A form over a JSON Schema, and the same value as JSON. The caller holds the value, starts with
 * `sampleOf(schema)` and asks `problemsOf(schema, value)` before it sends. While an editor holds
 * text that is no JSON the value stays as it was: `onUnfinished` says so, and nothing should be
 * sent until it takes it back.
 */
export function SchemaForm({
  schema,
  value,
  onChange,
  label,
  disabled = false,
  onUnfinished,
}: {
  schema: SchemaPart;
  value: unknown;
  onChange: (value: unknown) => void;
  /** Already made safe to show. */
  label: string;
  disabled?: boolean;
  onUnfinished?: (unfinished: boolean) => void;
}): ReactNode {
  const { t } = usePreferences();
  const hasForm = useMemo(() => shapeOf(schema, schema, undefined, 0).kind !== "json", [schema]);
  const [asJson, setAsJson] = useState(false);
  const [unfinished, report] = useUnfinished(onUnfinished);
  const [waits, setWaits] = useState(false);
  const problems = useMemo(() => problemsOf(schema, value), [schema, value]);
  const scene = useMemo<FormScene>(
    () => ({ root: schema, problems, disabled, report }),
    [schema, problems, disabled, report],
  );
  // What is half typed would be lost on the other side.
  const turn = (to: "form" | "json"): void => {
    setWaits(unfinished);
    if (!unfinished) setAsJson(to === "json");
  };
  const isJson = asJson || !hasForm;
  return (
    <FormContext value={scene}>
      <div className="schema-form" role="group" aria-label={label}>
        {hasForm && (
          <div className="form-head">
            <Segments
              label={t("form.view")}
              value={isJson ? "json" : "form"}
              options={[
                ["form", t("form.asForm")],
                ["json", t("form.asJson")],
              ]}
              onChange={turn}
            />
            <span className="form-hint" role="status">
              {waits && unfinished && t("form.broken")}
            </span>
          </div>
        )}
        {isJson ? (
          <>
            <JsonPart value={value} onChange={onChange} label={label} />
            <ProblemList problems={problems} />
          </>
        ) : (
          <Field
            part={schema}
            value={value}
            onChange={onChange}
            path=""
            name={label}
            level={0}
            required
          />
        )}
      </div>
    </FormContext>
  );
}
