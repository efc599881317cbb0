import { useMemo, type ReactNode } from "react";
import { useApi } from "../../../api/query.ts";
import { isolated, shown } from "../../../i18n/foreign.ts";
import { Segments } from "../../../ui/field.tsx";
import { Tag } from "../../../ui/badge.tsx";
import type { SchemaPart } from "../../../ui/form/schema.ts";
import { Panel } from "../../../ui/page.tsx";
import { Answer, Empty } from "../../../ui/states.tsx";
import { Table, type Column } from "../../../ui/table/table.tsx";
import { Ago } from "../../../ui/time.tsx";
import { JsonView } from "../../../ui/viewer/view.tsx";
import { oneOf, useView, whole, type Parameters } from "../../../view.ts";
import { useText } from "../text.ts";
import { schemaFields, type SchemaField } from "./schema-fields.ts";

interface SchemaView {
  readonly as: "table" | "json";
  /** The revision that is shown; the latest if left out. */
  readonly revision: number;
}

const schemaView: Parameters<SchemaView> = { as: oneOf(["table", "json"]), revision: whole };

function useColumns(): readonly Column<SchemaField>[] {
  const { t } = useText();
  return [
    {
      id: "path",
      title: t("event.field"),
      value: ({ path }) => path,
      cell: ({ path }) => <bdi className="mono">{shown(path, 160)}</bdi>,
      width: 150,
      grows: true,
      priority: 1,
    },
    {
      id: "type",
      title: t("event.fieldType"),
      value: ({ type }) => type,
      cell: ({ type }) => <bdi className="mono">{shown(type, 80)}</bdi>,
      width: 120,
      priority: 1,
    },
    {
      id: "required",
      title: t("event.fieldNeeded"),
      value: ({ required }) => required,
      cell: ({ required }) =>
        required ? t("form.required") : <span className="none">{t("form.optional")}</span>,
      width: 84,
      priority: 2,
    },
    {
      id: "rules",
      title: t("event.fieldRules"),
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
      title: t("event.description"),
      value: ({ description }) => description,
      cell: ({ description }) => <bdi title={isolated(description)}>{shown(description, 200)}</bdi>,
      width: 160,
      grows: true,
      priority: 4,
    },
  ];
}

/** A schema as a table of its fields; as JSON for what a table cannot say. */
function SchemaPanel({ schema }: { schema: SchemaPart }): ReactNode {
  const { t } = useText();
  const [{ as = "table" }, set] = useView(schemaView);
  const columns = useColumns();
  const fields = useMemo(() => schemaFields(schema), [schema]);
  return (
    <Panel
      title={t("event.schema")}
      flush={as === "table"}
      actions={
        <Segments
          label={t("event.schemaAs")}
          value={as}
          options={[
            ["table", t("event.schemaTable")],
            ["json", t("form.asJson")],
          ]}
          onChange={(next) => set({ as: next })}
        />
      }
    >
      {as === "json" ? (
        <JsonView value={schema} label={t("event.schema")} />
      ) : (
        <Table
          label={t("event.schema")}
          name="fields"
          columns={columns}
          rows={fields}
          rowKey={({ path }) => path}
          empty={<Empty title={t("event.noFields")} text={t("event.noFieldsText")} />}
        />
      )}
    </Panel>
  );
}

interface Recorded {
  readonly version: number;
  readonly revision: number;
  readonly recordedAtMs: number;
}

function useVersionColumns(latest: number): readonly Column<Recorded>[] {
  const { t } = useText();
  return [
    {
      id: "version",
      title: t("event.version"),
      value: ({ version }) => version,
      width: 90,
      priority: 1,
    },
    {
      id: "revision",
      title: t("event.revision"),
      value: ({ revision }) => revision,
      cell: ({ revision }) => (
        <span className="row">
          {revision} {revision === latest && <Tag>{t("event.latest")}</Tag>}
        </span>
      ),
      width: 150,
      priority: 1,
    },
    {
      id: "recorded",
      title: t("event.recorded"),
      value: ({ recordedAtMs }) => recordedAtMs,
      cell: ({ recordedAtMs }) => <Ago atMs={recordedAtMs} />,
      width: 130,
      grows: true,
      priority: 1,
    },
  ];
}

/** What an event's data must look like, now and before. */
export function SchemaTab({ name }: { name: string }): ReactNode {
  const { t } = useText();
  const [{ revision }, set] = useView(schemaView);
  const query = useApi("/events/schemas/{name}", { path: { name } });
  const latest = Math.max(0, ...(query.data?.schemas.map((one) => one.revision) ?? []));
  const columns = useVersionColumns(latest);
  return (
    <Answer of={query}>
      {({ schemas }) => {
        const current = schemas.find((one) => one.revision === (revision ?? latest));
        return (
          <>
            {current !== undefined && <SchemaPanel schema={current.schema as SchemaPart} />}
            <Panel title={t("event.versions")} hint={t("event.versionsHint")} flush>
              <Table
                label={t("event.versions")}
                name="versions"
                columns={columns}
                rows={schemas.toSorted((a, b) => b.revision - a.revision)}
                rowKey={(one) => String(one.revision)}
                opened={current === undefined ? undefined : String(current.revision)}
                onOpen={(one) =>
                  set(
                    { revision: one.revision === latest ? undefined : one.revision },
                    { push: true },
                  )
                }
                empty={<Empty title={t("event.versionsNone")} />}
              />
            </Panel>
          </>
        );
      }}
    </Answer>
  );
}
