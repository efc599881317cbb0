import { createContext, use, type ReactNode } from "react";
import { shown } from "../../i18n/foreign.ts";
import { usePreferences } from "../../preferences.tsx";
import { IconButton } from "../button.tsx";
import { HealthIcon } from "../icons.tsx";
import type { Problem, Problems } from "./problems.ts";
import type { Schema, SchemaPart } from "./schema.ts";

/** What all fields of one form share. */
export interface FormScene {
  readonly root: SchemaPart;
  readonly problems: Problems;
  readonly disabled: boolean;
  /** An editor within the form holds text that is no JSON, or no longer does. */
  readonly report: (id: string, broken: boolean) => void;
}

export const FormContext = createContext<FormScene | undefined>(undefined);

export function useForm(): FormScene {
  const scene = use(FormContext);
  if (scene === undefined) throw new Error("a field stands outside its form");
  return scene;
}

/** One field: where it stands, what it holds, what may be done with it. */
export interface FieldProps {
  readonly part: SchemaPart;
  readonly value: unknown;
  /** `undefined` leaves it out. */
  readonly onChange: (value: unknown) => void;
  /** A JSON Pointer into the whole value. */
  readonly path: string;
  /** Already made safe to show. */
  readonly name: string;
  readonly level: number;
  /** Left out for what is neither: an item of a list. */
  readonly required?: boolean;
  /** Buttons at the end of the field's first line. */
  readonly actions?: ReactNode;
}

/** What the parts of one field refer to each other by. */
export interface FieldIds {
  readonly control: string;
  readonly label: string;
  readonly about: string;
}

export const idsOf = (id: string): FieldIds => ({
  control: `${id}control`,
  label: `${id}label`,
  about: `${id}about`,
});

/** What a screen reader is told of a control. */
export const ariaOf = (
  ids: FieldIds,
  problem: Problem | undefined,
  required: boolean | undefined,
): Readonly<Record<string, string | boolean>> => ({
  "aria-describedby": ids.about,
  "aria-invalid": problem !== undefined,
  "aria-required": required === true,
});

/** Which numbers or lengths are allowed, and what comes by default. */
function useHint(schema: Schema): string[] {
  const { t } = usePreferences();
  const low = schema.minimum ?? schema.exclusiveMinimum;
  const high = schema.maximum ?? schema.exclusiveMaximum;
  const isNatural = (limit: number | undefined): limit is number =>
    limit !== undefined && Math.abs(limit) < Number.MAX_SAFE_INTEGER;
  const hints: string[] = [];
  if (isNatural(low) && isNatural(high)) {
    hints.push(t("form.allowed.range", { low: String(low), high: String(high) }));
  } else if (isNatural(low)) hints.push(t("form.allowed.least", { low: String(low) }));
  else if (isNatural(high)) hints.push(t("form.allowed.most", { high: String(high) }));
  if (schema.default !== undefined) {
    hints.push(t("form.allowed.default", { value: shown(JSON.stringify(schema.default), 60) }));
  }
  return hints;
}

interface FrameProps {
  readonly schema: Schema;
  readonly ids: FieldIds;
  readonly field: FieldProps;
  readonly nullable: boolean;
  readonly problem: Problem | undefined;
  readonly isGroup?: boolean;
}

/** The first line of a field: its name, what is allowed, what may be done with it. */
function Label({ schema, ids, field, nullable, isGroup = false }: FrameProps): ReactNode {
  const { t } = usePreferences();
  const { disabled } = useForm();
  const hints = useHint(schema);
  const { name, required, value, onChange, actions } = field;
  const title = typeof schema.title === "string" ? shown(schema.title, 80) : name;
  const words = (
    <>
      <bdi>{title}</bdi>
      {title !== name && <bdi className="form-name mono">{name}</bdi>}
    </>
  );
  const setNull = t("form.setNull", { name });
  return (
    <div className="form-label">
      {isGroup ? (
        <span id={ids.label}>{words}</span>
      ) : (
        <label id={ids.label} htmlFor={ids.control}>
          {words}
        </label>
      )}
      {required !== undefined && (
        <span className="form-need">{t(required ? "form.required" : "form.optional")}</span>
      )}
      {hints.map((hint) => (
        <span className="form-hint" key={hint}>
          {hint}
        </span>
      ))}
      <span className="spring" />
      {nullable && value !== null && (
        <button
          type="button"
          className="form-null mono"
          disabled={disabled}
          aria-label={setNull}
          title={setNull}
          onClick={() => onChange(null)}
        >
          {t("form.null")}
        </button>
      )}
      {actions}
    </div>
  );
}

/** The frame of a field: its name above it, what it is for and what is wrong below. */
export function Frame({ children, ...props }: FrameProps & { children: ReactNode }): ReactNode {
  const { t } = usePreferences();
  const { schema, ids, problem, isGroup = false } = props;
  return (
    <div
      className={`form-field ${isGroup ? "group" : ""} ${problem === undefined ? "" : "faulty"}`}
    >
      <Label {...props} />
      {children}
      <div className="form-about" id={ids.about}>
        {typeof schema.description === "string" && <p>{shown(schema.description, 500)}</p>}
        {problem !== undefined && (
          <p className="form-problem" role="status">
            <HealthIcon health="failing" />
            {t(problem.key, problem.values)}
          </p>
        )}
      </div>
    </div>
  );
}

/** Takes an optional field or an item out. */
export function RemoveButton({ name, onPress }: { name: string; onPress: () => void }): ReactNode {
  const { t } = usePreferences();
  const { disabled } = useForm();
  return (
    <IconButton
      className="form-tool"
      icon="close"
      label={t("form.remove", { name })}
      disabled={disabled}
      onClick={onPress}
    />
  );
}
