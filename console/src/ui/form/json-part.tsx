import { useEffect, useId, useState, type ReactNode } from "react";
import { usePreferences } from "../../preferences.tsx";
import { inexactNumber } from "../viewer/fault.ts";
import { JsonEditor } from "../viewer/json-editor.tsx";
import { useForm } from "./frame.tsx";
import { equal } from "./schema.ts";
import { textFrom, valueFrom } from "./shape.ts";

/**
 * A value as JSON text. The text stays as it is typed for as long as it means the value; while it
 * means none the form is told, so that nobody sends what was there before.
 */
export function JsonPart({
  value,
  onChange,
  label,
  problem,
}: {
  value: unknown;
  onChange: (value: unknown) => void;
  label: string;
  problem?: string | undefined;
}): ReactNode {
  const { t } = usePreferences();
  const { disabled, report } = useForm();
  const id = useId();
  const [typed, setTyped] = useState(() => textFrom(value));
  const meant = valueFrom(typed);
  const isBroken = meant === undefined && !(typed.trim() === "" && value === undefined);
  const text = meant === undefined || equal(meant.value, value) ? typed : textFrom(value);
  const inexact = inexactNumber(text);
  useEffect(() => report(id, isBroken), [report, id, isBroken]);
  useEffect(() => () => report(id, false), [report, id]);
  return (
    <JsonEditor
      label={label}
      value={text}
      disabled={disabled}
      problem={
        inexact === undefined
          ? problem
          : t("form.inexact", { number: inexact.slice(0, 60), sent: String(Number(inexact)) })
      }
      onChange={(next) => {
        setTyped(next);
        const now = valueFrom(next);
        if (now !== undefined) onChange(now.value);
      }}
    />
  );
}
