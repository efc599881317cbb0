import type { ReactNode } from "react";
import { Button, IconButton } from "../../../ui/button.tsx";
import { Select } from "../../../ui/field.tsx";
import type { Matcher } from "./alert-data.ts";
import { useText } from "./text.ts";

const operators = ["=", "!=", "=~", "!~"] as const;

/** What the labels of an alert must be, one line each. */
export function MatcherFields({
  matchers,
  onChange,
}: {
  matchers: readonly Matcher[];
  onChange: (matchers: readonly Matcher[]) => void;
}): ReactNode {
  const { t } = useText();
  const set = (at: number, part: Partial<Matcher>): void => {
    const before = matchers[at];
    if (before !== undefined) onChange(matchers.with(at, { ...before, ...part }));
  };
  return (
    <fieldset className="matcher-fields">
      <legend>{t("silence.matchers")}</legend>
      {matchers.map(({ label, op, value }, at) => (
        <div key={at} className="matcher-row">
          <input
            className="input mono"
            aria-label={t("silence.label", { number: at + 1 })}
            maxLength={100}
            required
            value={label}
            onChange={(event) => set(at, { label: event.target.value })}
          />
          <Select
            label={t("silence.operator", { number: at + 1 })}
            value={op}
            options={operators.map((one) => [one, one] as const)}
            onChange={(next) => set(at, { op: next })}
          />
          <input
            className="input mono"
            aria-label={t("silence.value", { number: at + 1 })}
            maxLength={500}
            value={value}
            onChange={(event) => set(at, { value: event.target.value })}
          />
          <IconButton
            className="tiny"
            icon="close"
            label={t("silence.without", { number: at + 1 })}
            disabled={matchers.length === 1}
            onClick={() => onChange(matchers.toSpliced(at, 1))}
          />
        </div>
      ))}
      <Button
        size="small"
        icon="plus"
        disabled={matchers.length >= 20}
        onClick={() => onChange([...matchers, { label: "", op: "=", value: "" }])}
      >
        {t("silence.more")}
      </Button>
    </fieldset>
  );
}
