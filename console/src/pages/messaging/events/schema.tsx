import type { ReactNode } from "react";
import { useApi } from "../../../api/query.ts";
import { Tag } from "../../../ui/badge.tsx";
import { SchemaPanel } from "../../../ui/form/schema-panel.tsx";
import type { SchemaPart } from "../../../ui/form/schema.ts";
import { Panel } from "../../../ui/page.tsx";
import { Answer, Empty } from "../../../ui/states.tsx";
import { Table, type Column } from "../../../ui/table/table.tsx";
import { Ago } from "../../../ui/time.tsx";
import { useView, whole, type Parameters } from "../../../view.ts";
import { useText } from "../text.ts";

interface SchemaView {
  /** The revision that is shown; the latest if left out. */
  readonly revision: number;
}

const schemaView: Parameters<SchemaView> = { revision: whole };

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
