import { Select } from "@base-ui/react/select";
import { useState, type ReactNode } from "react";
import { browserClock } from "../../clock.ts";
import { shown } from "../../i18n/foreign.ts";
import * as format from "../../i18n/format.ts";
import { usePreferences } from "../../preferences.tsx";
import { Button } from "../button.tsx";
import { Icon } from "../icons.tsx";
import { formatOf } from "./formats.ts";
import { ariaOf, useForm, type FieldIds, type FieldProps } from "./frame.tsx";
import type { Problem } from "./problems.ts";
import { equal, type Schema } from "./schema.ts";
import { numberFrom } from "./shape.ts";

interface ControlProps {
  readonly schema: Schema;
  readonly ids: FieldIds;
  readonly field: FieldProps;
  readonly problem: Problem | undefined;
}

/** Texts up to this length are written on one line. */
const lineMax = 120;

const inputModes: Readonly<Record<string, "email" | "url">> = { email: "email", uri: "url" };

/** A moment: what was typed stays as it is; the reader's own time stands beside it. */
function Moment({ text, onNow }: { text: string; onNow: () => void }): ReactNode {
  const { t, locale } = usePreferences();
  const { disabled } = useForm();
  const atMs = formatOf("date-time")?.holds(text) === true ? Date.parse(text) : Number.NaN;
  return (
    <div className="form-moment">
      <Button size="small" disabled={disabled} onClick={onNow}>
        {t("form.now")}
      </Button>
      <span>{Number.isNaN(atMs) ? "" : format.dateTime(atMs, locale)}</span>
    </div>
  );
}

/** Text on one line or several. */
export function TextControl({ schema, ids, field, problem }: ControlProps): ReactNode {
  const { disabled } = useForm();
  const text = typeof field.value === "string" ? field.value : "";
  const isLine =
    !/[\n\r]/.test(text) &&
    (schema.format !== undefined ||
      schema.pattern !== undefined ||
      (schema.maxLength ?? Infinity) <= lineMax);
  const shared = {
    id: ids.control,
    className: "form-input",
    value: text,
    disabled,
    spellCheck: false,
    autoComplete: "off",
    placeholder: formatOf(schema.format)?.example,
    ...ariaOf(ids, problem, field.required),
  };
  if (!isLine) {
    return (
      <textarea {...shared} rows={1} onChange={(event) => field.onChange(event.target.value)} />
    );
  }
  const input = (
    <input
      {...shared}
      type="text"
      inputMode={inputModes[schema.format ?? ""] ?? "text"}
      onChange={(event) => field.onChange(event.target.value)}
    />
  );
  if (schema.format !== "date-time") return input;
  return (
    <div className="form-beside">
      {input}
      <Moment
        text={text}
        onNow={() => field.onChange(new Date(browserClock.nowMs()).toISOString())}
      />
    </div>
  );
}

/** A number. What is typed and is none yet is kept, and said to be none. */
export function NumberControl({ schema, ids, field, problem }: ControlProps): ReactNode {
  const { disabled } = useForm();
  const given = typeof field.value === "string" ? field.value : (JSON.stringify(field.value) ?? "");
  const [typed, setTyped] = useState(given);
  // "1." and "1e3" are other ways to write what is held: they stay as they are typed.
  const text = Object.is(numberFrom(typed), field.value) ? typed : given;
  return (
    <input
      id={ids.control}
      className="form-input short"
      type="text"
      inputMode={schema.type === "integer" ? "numeric" : "decimal"}
      autoComplete="off"
      value={text}
      disabled={disabled}
      {...ariaOf(ids, problem, field.required)}
      onChange={(event) => {
        setTyped(event.target.value);
        field.onChange(numberFrom(event.target.value));
      }}
    />
  );
}

/** Yes or no. */
export function BooleanControl({ ids, field, problem }: ControlProps): ReactNode {
  const { t } = usePreferences();
  const { disabled } = useForm();
  return (
    <div className="form-boolean">
      <input
        id={ids.control}
        type="checkbox"
        checked={field.value === true}
        disabled={disabled}
        {...ariaOf(ids, problem, field.required)}
        onChange={(event) => field.onChange(event.target.checked)}
      />
      <span aria-hidden="true">{t(field.value === true ? "form.true" : "form.false")}</span>
    </div>
  );
}

const wordOf = (value: unknown): string =>
  shown(typeof value === "string" && value !== "" ? value : JSON.stringify(value), 80);

/** One of the values that the schema lists, of any type. */
export function ChoiceControl({ schema, ids, field, problem }: ControlProps): ReactNode {
  const { t } = usePreferences();
  const { disabled } = useForm();
  const values = schema.enum ?? [];
  const at = values.findIndex((one) => equal(one, field.value));
  const items = values.map((value, index) => ({ value: String(index), label: wordOf(value) }));
  return (
    <Select.Root
      items={items}
      value={at === -1 ? null : String(at)}
      disabled={disabled}
      onValueChange={(chosen) => field.onChange(values[Number(chosen)])}
    >
      <Select.Trigger
        id={ids.control}
        className="form-input form-choice"
        aria-labelledby={ids.label}
        {...ariaOf(ids, problem, field.required)}
      >
        <Select.Value
          placeholder={field.value === undefined ? t("form.choose") : wordOf(field.value)}
        />
        <Select.Icon className="form-choice-sign">
          <Icon name="chevron" size={14} />
        </Select.Icon>
      </Select.Trigger>
      <Select.Portal>
        <Select.Positioner className="form-popup-place" sideOffset={4} alignItemWithTrigger={false}>
          <Select.Popup className="form-popup">
            <Select.List>
              {items.map(({ value, label }) => (
                <Select.Item key={value} value={value} className="form-option">
                  <Select.ItemText>
                    <bdi>{label}</bdi>
                  </Select.ItemText>
                  <Select.ItemIndicator className="form-option-sign">
                    <Icon name="check" size={14} />
                  </Select.ItemIndicator>
                </Select.Item>
              ))}
            </Select.List>
          </Select.Popup>
        </Select.Positioner>
      </Select.Portal>
    </Select.Root>
  );
}
