import { useId, useState, type ReactNode } from "react";
import { readLength, writeLength } from "./alert-data.ts";
import { useText } from "./text.ts";

/** A length of time, written as people do: `5m`, `1h30m`. Tells what can be read. */
export function LengthField({
  label,
  value,
  onChange,
  min = 0,
  hint,
}: {
  label: string;
  /** Milliseconds. */
  value: number;
  onChange: (ms: number) => void;
  /** The least that is taken, milliseconds. */
  min?: number;
  hint?: string;
}): ReactNode {
  const { t } = useText();
  const id = useId();
  const [typed, setTyped] = useState(() => writeLength(value));
  const read = readLength(typed);
  const isWrong = read === undefined || read < min;
  return (
    <label className="field">
      <span>{label}</span>
      <input
        className="input mono"
        value={typed}
        maxLength={20}
        spellCheck={false}
        autoComplete="off"
        aria-invalid={isWrong}
        aria-describedby={isWrong ? id : undefined}
        onChange={(event) => {
          setTyped(event.target.value);
          const next = readLength(event.target.value);
          if (next !== undefined && next >= min) onChange(next);
        }}
      />
      {isWrong ? (
        <span className="field-problem" id={id}>
          {read === undefined ? t("length.wrong") : t("length.least", { least: writeLength(min) })}
        </span>
      ) : (
        hint !== undefined && <span className="hint">{hint}</span>
      )}
    </label>
  );
}

/** A number; what cannot be read as one is not told. */
export function NumberField({
  label,
  value,
  onChange,
  hint,
  step = "any",
}: {
  label: string;
  value: number;
  onChange: (value: number) => void;
  hint?: string | undefined;
  step?: string;
}): ReactNode {
  const [typed, setTyped] = useState(() => String(value));
  return (
    <label className="field">
      <span>{label}</span>
      <input
        className="input mono"
        type="number"
        step={step}
        value={typed}
        required
        onChange={(event) => {
          setTyped(event.target.value);
          const next = event.target.valueAsNumber;
          if (Number.isFinite(next)) onChange(next);
        }}
      />
      {hint !== undefined && <span className="hint">{hint}</span>}
    </label>
  );
}
