import { useMemo, type ReactNode } from "react";
import { isolated, shown } from "../../i18n/foreign.ts";
import { usePreferences } from "../../preferences.tsx";
import { oneOf, useView, type Parameters } from "../../view.ts";
import { Segments } from "../field.tsx";
import { Panel } from "../page.tsx";
import { Empty } from "../states.tsx";
import { Table, type Column } from "../table/table.tsx";
import { JsonView } from "../viewer/view.tsx";
import { schemaFields, type SchemaField } from "./schema-fields.ts";
import type { SchemaPart } from "./schema.ts";

interface SchemaView {
  readonly as: "table" | "json";
}

const schemaView: Parameters<SchemaView> = { as: oneOf(["table", "json"]) };

function useColumns(): readonly Column<SchemaField>[] {
  const { t } = usePreferences();
  return [
    {
      id: "path",
      title: t("schema.field"),
      value: ({ path }) => path,
      cell: ({ path }) => <bdi className="mono">{shown(path, 160)}</bdi>,
      width: 150,
      grows: true,
      priority: 1,
    },
    {
      id: "type",
      title: t("schema.type"),
      value: ({ type }) => type,
      cell: ({ type }) => <bdi className="mono">{shown(type, 80)}</bdi>,
      width: 120,
      priority: 1,
    },
    {
      id: "required",
      title: t("schema.needed"),
      value: ({ required }) => required,
      cell: ({ required }) =>
        required ? t("form.required") : <span className="none">{t("form.optional")}</span>,
      width: 84,
      priority: 2,
    },
    {
      id: "rules",
      title: t("schema.rules"),
      value: ({ rules }) => rules.join(", "),
      cell: ({ rules }) => (
        <span className="mono" title={isolated(rules.join(", "), 600)}>
          <bdi>{shown(rules.join(", "), 160)}</bdi>
        </span>
      ),
      width: 190,
      grows: true,
      priority: 3,
    },
    {
      id: "description",
      title: t("schema.description"),
      value: ({ description }) => description,
      cell: ({ description }) => <bdi title={isolated(description)}>{shown(description, 200)}</bdi>,
      width: 160,
      grows: true,
      priority: 4,
    },
  ];
}

/** A schema as a table of its fields; as JSON for what a table cannot say. */
export function SchemaPanel({ schema }: { schema: SchemaPart }): ReactNode {
  const { t } = usePreferences();
  const [{ as: chosen }, set] = useView(schemaView);
  const columns = useColumns();
  const fields = useMemo(() => schemaFields(schema), [schema]);
  const as = chosen ?? (fields.length > 0 ? "table" : "json");
  return (
    <Panel
      title={t("schema.title")}
      flush={as === "table"}
      actions={
        <Segments
          label={t("schema.as")}
          value={as}
          options={[
            ["table", t("schema.asTable")],
            ["json", t("form.asJson")],
          ]}
          onChange={(next) => set({ as: next })}
        />
      }
    >
      {as === "json" ? (
        <JsonView value={schema} label={t("schema.title")} />
      ) : (
        <Table
          label={t("schema.title")}
          name="fields"
          columns={columns}
          rows={fields}
          rowKey={({ path }) => path}
          empty={<Empty title={t("schema.none")} text={t("schema.noneText")} />}
        />
      )}
    </Panel>
  );
}
