import { useId, type ReactNode } from "react";
import { shown } from "../../i18n/foreign.ts";
import { usePreferences } from "../../preferences.tsx";
import { Button, IconButton } from "../button.tsx";
import { BooleanControl, ChoiceControl, NumberControl, TextControl } from "./controls.tsx";
import { Frame, idsOf, RemoveButton, useForm, type FieldProps } from "./frame.tsx";
import { JsonPart } from "./json-part.tsx";
import { sampleOf } from "./sample.ts";
import { isRecord, resolved, within, type Schema, type SchemaPart } from "./schema.ts";
import { shapeOf, withName, type Kind } from "./shape.ts";

/** A plausible value for a part that is added. */
function useSample(): (part: SchemaPart, name: string) => unknown {
  const { root } = useForm();
  return (part, name) => sampleOf(part, root, name);
}

function ObjectFields({ field, schema }: { field: FieldProps; schema: Schema }): ReactNode {
  const { t } = usePreferences();
  const { disabled, root } = useForm();
  const sample = useSample();
  const { properties = {}, required = [] } = schema;
  const value = isRecord(field.value) ? field.value : {};
  const names = Object.keys(properties);
  const isThere = (name: string): boolean =>
    Object.hasOwn(value, name) && value[name] !== undefined;
  const absent = names.filter((name) => !required.includes(name) && !isThere(name));
  const unknown = Object.keys(value).filter((name) => !Object.hasOwn(properties, name));
  const set = (name: string, inner: unknown): void => field.onChange(withName(value, name, inner));
  const drawn = [...names.filter((name) => !absent.includes(name)), ...unknown];
  return (
    <div className="form-fields">
      {drawn.map((name) => {
        const label = shown(name, 80);
        const isKnown = Object.hasOwn(properties, name);
        const part = isKnown ? (properties[name] ?? true) : (schema.additionalProperties ?? true);
        const isRequired = required.includes(name);
        return (
          <Field
            key={name}
            part={part}
            value={value[name]}
            onChange={(inner) => set(name, inner)}
            path={within(field.path, name)}
            name={label}
            level={field.level + 1}
            required={isRequired}
            actions={
              !isRequired && <RemoveButton name={label} onPress={() => set(name, undefined)} />
            }
          />
        );
      })}
      {absent.length > 0 && (
        <div className="form-absent" role="group" aria-label={t("form.addMore")}>
          {absent.map((name) => {
            const { title, description } = resolved(root, properties[name] ?? true);
            const words = shown(typeof title === "string" ? title : name, 80);
            return (
              <Button
                key={name}
                size="small"
                icon="plus"
                disabled={disabled}
                aria-label={t("form.add", { name: words })}
                title={description}
                onClick={() => set(name, sample(properties[name] ?? true, name))}
              >
                <bdi>{words}</bdi>
              </Button>
            );
          })}
        </div>
      )}
    </div>
  );
}

function ListFields({ field, schema }: { field: FieldProps; schema: Schema }): ReactNode {
  const { t } = usePreferences();
  const { disabled } = useForm();
  const sample = useSample();
  const values: readonly unknown[] = Array.isArray(field.value) ? field.value : [];
  const items = schema.items ?? true;
  const moved = (from: number, to: number): void => {
    const rest = values.toSpliced(from, 1);
    field.onChange(rest.toSpliced(to, 0, values[from]));
  };
  return (
    <div className="form-fields">
      {values.map((value, index) => {
        const name = t("form.item", { number: index + 1 });
        return (
          <Field
            key={index}
            part={items}
            value={value}
            onChange={(inner) => field.onChange(values.with(index, inner ?? null))}
            path={within(field.path, index)}
            name={name}
            level={field.level + 1}
            actions={
              <>
                <IconButton
                  className="form-tool"
                  icon="up"
                  label={t("form.up", { name })}
                  disabled={disabled || index === 0}
                  onClick={() => moved(index, index - 1)}
                />
                <IconButton
                  className="form-tool"
                  icon="down"
                  label={t("form.down", { name })}
                  disabled={disabled || index === values.length - 1}
                  onClick={() => moved(index, index + 1)}
                />
                <RemoveButton
                  name={name}
                  onPress={() => field.onChange(values.toSpliced(index, 1))}
                />
              </>
            }
          />
        );
      })}
      <div className="form-absent">
        <Button
          size="small"
          icon="plus"
          disabled={disabled || values.length >= (schema.maxItems ?? Infinity)}
          onClick={() => field.onChange([...values, sample(items, field.name)])}
        >
          {t("form.addItem")}
        </Button>
        <span className="form-hint">{t("form.items", { count: values.length })}</span>
      </div>
    </div>
  );
}

const groups: readonly Kind[] = ["list", "object", "json", "fixed"];

function Control({
  kind,
  schema,
  field,
  ids,
}: {
  kind: Kind;
  schema: Schema;
  field: FieldProps;
  ids: ReturnType<typeof idsOf>;
}): ReactNode {
  const { t } = usePreferences();
  const { problems } = useForm();
  const problem = problems.get(field.path);
  const props = { schema, ids, field, problem };
  switch (kind) {
    case "text":
      return <TextControl {...props} />;
    case "number":
      return <NumberControl {...props} />;
    case "boolean":
      return <BooleanControl {...props} />;
    case "choice":
      return <ChoiceControl {...props} />;
    case "list":
      return <ListFields field={field} schema={schema} />;
    case "object":
      return <ObjectFields field={field} schema={schema} />;
    case "fixed":
      return (
        <output className="form-fixed mono">
          <bdi>{shown(JSON.stringify(field.value ?? schema.const))}</bdi>
        </output>
      );
    case "json": {
      const inner = [...problems].find(([path]) => path.startsWith(`${field.path}/`));
      const said =
        inner === undefined
          ? undefined
          : t("form.problem.at", {
              place: shown(inner[0].slice(field.path.length), 80),
              problem: t(inner[1].key, inner[1].values),
            });
      return (
        <JsonPart value={field.value} onChange={field.onChange} label={field.name} problem={said} />
      );
    }
  }
}

/** A field for one part of a value. */
export function Field(field: FieldProps): ReactNode {
  const { t } = usePreferences();
  const { root, problems, disabled } = useForm();
  const ids = idsOf(useId());
  const sample = useSample();
  const { kind, schema, nullable } = shapeOf(root, field.part, field.value, field.level);
  const isNull = nullable && field.value === null;
  const isBare = field.level === 0 && kind === "object" && !isNull;
  if (isBare) return <ObjectFields field={field} schema={schema} />;
  const isGroup = isNull || groups.includes(kind);
  return (
    <div
      {...(isGroup && kind !== "fixed" ? { role: "group", "aria-labelledby": ids.label } : {})}
      className={`form-part level-${Math.min(field.level, 3)}`}
    >
      <Frame
        schema={schema}
        ids={ids}
        field={field}
        nullable={nullable && kind !== "json"}
        problem={problems.get(field.path)}
        isGroup={isGroup}
      >
        {isNull ? (
          <div className="form-absent">
            <span className="form-hint">{t("form.isNull")}</span>
            <Button
              size="small"
              disabled={disabled}
              onClick={() => field.onChange(sample(schema, field.name))}
            >
              {t("form.setValue")}
            </Button>
          </div>
        ) : (
          <Control kind={kind} schema={schema} field={field} ids={ids} />
        )}
      </Frame>
    </div>
  );
}
