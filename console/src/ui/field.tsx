import { useEffect, useId, useState, type ReactNode } from "react";
import { browserClock } from "../clock.ts";
import { usePreferences } from "../preferences.tsx";
import { IconButton } from "./button.tsx";
import { Count } from "./figures.tsx";
import { Icon } from "./icons.tsx";

/** A choice among a few, named for those who cannot see it. */
export function Select<Value extends string>({
  label,
  value,
  options,
  onChange,
}: {
  label: string;
  value: Value;
  options: readonly (readonly [value: Value, words: string])[];
  onChange: (value: Value) => void;
}): ReactNode {
  return (
    <label className="select">
      <span className="hidden">{label}</span>
      <select
        value={value}
        title={label}
        onChange={(event) => {
          const found = options.find(([one]) => one === event.target.value);
          if (found !== undefined) onChange(found[0]);
        }}
      >
        {options.map(([one, words]) => (
          <option key={one} value={one}>
            {words}
          </option>
        ))}
      </select>
    </label>
  );
}

const settledMs = 250;

/** A text to look for; tells once the reader stops typing, or presses Enter. */
export function SearchField({
  label,
  value,
  onChange,
}: {
  label: string;
  value: string;
  onChange: (text: string) => void;
}): ReactNode {
  const { t } = usePreferences();
  const [typed, setTyped] = useState(value);
  const [told, setTold] = useState(value);
  const id = useId();
  // Changed from elsewhere: the back button, a cleared filter.
  if (value !== told) {
    setTold(value);
    if (value !== typed) setTyped(value);
  }
  const tell = (text: string): void => {
    setTold(text);
    if (text !== value) onChange(text);
  };
  useEffect(
    () => (typed === value ? undefined : browserClock.after(settledMs, () => tell(typed))),
    [typed],
  );
  return (
    <div className="search">
      <Icon name="search" size={14} />
      <input
        id={id}
        type="search"
        aria-label={label}
        placeholder={label}
        value={typed}
        spellCheck={false}
        autoComplete="off"
        onChange={(event) => setTyped(event.target.value)}
        onKeyDown={(event) => event.key === "Enter" && tell(typed)}
      />
      {typed !== "" && (
        <IconButton
          className="tiny"
          icon="close"
          label={t("search.clear")}
          onClick={() => {
            setTyped("");
            tell("");
          }}
        />
      )}
    </div>
  );
}

/** A few choices side by side, one of them pressed. */
export function Segments<Value extends string>({
  label,
  value,
  options,
  onChange,
}: {
  label: string;
  value: Value;
  options: readonly (readonly [value: Value, words: string])[];
  onChange: (value: Value) => void;
}): ReactNode {
  return (
    <div className="segments" role="group" aria-label={label}>
      {options.map(([one, words]) => (
        <button key={one} type="button" aria-pressed={one === value} onClick={() => onChange(one)}>
          {words}
        </button>
      ))}
    </div>
  );
}

/** Something that is shown or left out, with how many it is about. */
export function Chip({
  label,
  hint,
  count,
  pressed,
  onChange,
}: {
  label: string;
  /** What it stands for, at more length. */
  hint?: string;
  count?: number;
  pressed: boolean;
  onChange: (pressed: boolean) => void;
}): ReactNode {
  return (
    <button
      type="button"
      className="chip"
      title={hint}
      aria-pressed={pressed}
      onClick={() => onChange(!pressed)}
    >
      {label}
      {count !== undefined && (
        <span className="chip-count">
          <Count value={count} />
        </span>
      )}
    </button>
  );
}

/** A share of work that is done, with how far and how many. */
export function Progress({
  label,
  done,
  total,
}: {
  label: string;
  done: number;
  total: number | null;
}): ReactNode {
  const share = total === null || total === 0 ? undefined : Math.min(1, done / total);
  return (
    <div
      className="progress"
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={total ?? undefined}
      aria-valuenow={total === null ? undefined : Math.min(done, total)}
    >
      <span
        style={{ width: `${(share ?? 1) * 100}%` }}
        className={share === undefined ? "open" : ""}
      />
    </div>
  );
}

/** A choice of a form, with what it means. */
export interface Choice<Value extends string> {
  readonly value: Value;
  readonly words: string;
  readonly about: string;
  readonly disabled?: boolean;
}

/** One of a few that need more than a word each. */
export function Choices<Value extends string>({
  label,
  value,
  choices,
  onChange,
}: {
  label: string;
  value: Value;
  choices: readonly Choice<Value>[];
  onChange: (value: Value) => void;
}): ReactNode {
  const name = useId();
  return (
    <fieldset className="choices">
      <legend>{label}</legend>
      {choices.map(({ value: one, words, about, disabled = false }) => (
        <label key={one} className="choice">
          <input
            type="radio"
            name={name}
            checked={one === value}
            disabled={disabled}
            onChange={() => onChange(one)}
          />
          <span>
            <span className="choice-words">{words}</span> <span className="hint">{about}</span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}
