import type { ReactNode } from "react";
import { isolated, shown } from "../../i18n/foreign.ts";
import { Tag } from "../../ui/badge.tsx";
import { Facts } from "../../ui/figures.tsx";
import { follow, isRecord, typesOf, type Schema, type SchemaPart } from "../../ui/form/schema.ts";
import { JsonView } from "../../ui/viewer/view.tsx";
import type { Operation } from "./operation.ts";
import { useText } from "./text.ts";

/** What a parameter may be, in a word or two. */
function kindOf(schema: SchemaPart): string {
  if (typeof schema === "boolean") return "";
  const { enum: choices, format } = schema;
  if (choices !== undefined) return choices.map((one) => JSON.stringify(one)).join(" | ");
  return [...typesOf(schema), ...(format === undefined ? [] : [format])].join(" ");
}

/** A schema that is a reference alone, followed: what it is called says little. */
function followed(schema: SchemaPart, components: unknown): unknown {
  if (typeof schema === "boolean" || typeof schema.$ref !== "string") return schema;
  return follow({ components } as Schema, schema.$ref) ?? schema;
}

const saysSomething = (schema: SchemaPart | undefined): schema is SchemaPart =>
  schema !== undefined && (!isRecord(schema) || Object.keys(schema).length > 0);

/** What a route takes and answers, as its document says it. */
export function Shape({
  operation,
  components,
}: {
  operation: Operation;
  components: unknown;
}): ReactNode {
  const { t } = useText();
  const { parameters, body, answers } = operation;
  return (
    <div className="stack">
      {parameters.length > 0 && (
        <section>
          <h3>{t("route.parameters")}</h3>
          <Facts
            facts={parameters.map(({ name, place, required, schema }) => [
              shown(name, 80),
              <span key={name} className="row">
                <Tag>{t(place === "path" ? "route.inPath" : "route.inQuery")}</Tag>
                {required && <Tag>{t("form.required")}</Tag>}
                <bdi className="mono">{shown(kindOf(schema), 200)}</bdi>
                {typeof schema !== "boolean" && typeof schema.description === "string" && (
                  <bdi>{shown(schema.description, 300)}</bdi>
                )}
              </span>,
            ])}
          />
        </section>
      )}
      {body !== undefined && (
        <JsonView value={followed(body.schema, components)} label={t("route.body")} />
      )}
      {answers.map(({ status, description, schema }) =>
        saysSomething(schema) ? (
          <JsonView
            key={status}
            value={followed(schema, components)}
            label={t("route.answer", { status: status === "default" ? t("route.other") : status })}
            heightMax={280}
          />
        ) : (
          <p key={status} className="prose">
            {t("route.answerOpen", {
              status: status === "default" ? t("route.other") : status,
              description: isolated(description, 200),
            })}
          </p>
        ),
      )}
    </div>
  );
}
