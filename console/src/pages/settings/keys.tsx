import { useState, type ReactNode } from "react";
import { call, type AnswerOf } from "../../api/client.ts";
import { useApi } from "../../api/query.ts";
import { isolated, shown, typable } from "../../i18n/foreign.ts";
import { ActionButton } from "../../ui/action.tsx";
import { Badge, Tag } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { Id } from "../../ui/copy.tsx";
import { Segments } from "../../ui/field.tsx";
import { Panel } from "../../ui/page.tsx";
import { Answer, Empty } from "../../ui/states.tsx";
import { Table, type Column } from "../../ui/table/table.tsx";
import { Ago } from "../../ui/time.tsx";
import { oneOf, useView, type Parameters } from "../../view.ts";
import { NewKey } from "./new-key.tsx";
import { useText } from "./text.ts";

type Key = AnswerOf<"/keys", "get">["keys"][number];

const view: Parameters<{ readonly keys: "all" }> = { keys: oneOf(["all"]) };

function Revoke({ apiKey: { id, name, role } }: { apiKey: Key }): ReactNode {
  const { t } = useText();
  const values = { name: isolated(name, 80), role: t(`role.${role}`) };
  return (
    <ActionButton
      small
      label={t("keys.revokeOne", values)}
      icon="trash"
      role="admin"
      confirm={{
        title: t("keys.revokeTitle", values),
        text: t("keys.revokeText", values),
        button: t("keys.revoke"),
        word: typable(name) ?? t("keys.revokeWord"),
      }}
      run={() => call("delete", "/keys/{id}", { path: { id } })}
      done={() => t("keys.revoked", values)}
    />
  );
}

function useColumns(): readonly Column<Key>[] {
  const { t } = useText();
  return [
    {
      id: "name",
      title: t("keys.name"),
      value: ({ name }) => name,
      cell: ({ name }) => <bdi>{shown(name, 100)}</bdi>,
      width: 130,
      grows: true,
      priority: 1,
    },
    {
      id: "role",
      title: t("audit.role"),
      value: ({ role }) => role,
      cell: ({ role }) => <Tag>{t(`role.${role}`)}</Tag>,
      width: 96,
      priority: 1,
    },
    {
      id: "state",
      title: t("keys.state"),
      value: ({ revokedAtMs }) => revokedAtMs,
      cell: ({ revokedAtMs }) =>
        revokedAtMs === null ? (
          <Badge health="ok">{t("keys.valid")}</Badge>
        ) : (
          <span className="row">
            <Badge health="unknown">{t("keys.gone")}</Badge> <Ago atMs={revokedAtMs} />
          </span>
        ),
      width: 190,
      priority: 4,
    },
    {
      id: "used",
      title: t("keys.used"),
      value: ({ usedAtMs }) => usedAtMs,
      cell: ({ usedAtMs }) =>
        usedAtMs === null ? (
          <span className="none">{t("keys.never")}</span>
        ) : (
          <Ago atMs={usedAtMs} />
        ),
      width: 116,
      priority: 3,
    },
    {
      id: "created",
      title: t("keys.created"),
      value: ({ createdAtMs }) => createdAtMs,
      cell: ({ createdAtMs }) => <Ago atMs={createdAtMs} />,
      width: 116,
      priority: 5,
    },
    {
      id: "id",
      title: t("keys.id"),
      value: ({ id }) => id,
      cell: ({ id }) => <Id id={id} max={14} />,
      width: 170,
      priority: 6,
    },
    {
      id: "revoke",
      title: t("keys.revoke"),
      value: () => undefined,
      cell: (key) => (key.revokedAtMs === null ? <Revoke apiKey={key} /> : null),
      width: 88,
      sorts: false,
      priority: 1,
    },
  ];
}

/** The keys by which programs and people are let in. */
export function KeysTab(): ReactNode {
  const { t } = useText();
  const [{ keys: which }, set] = useView(view);
  const [making, setMaking] = useState(false);
  const columns = useColumns();
  const query = useApi("/keys", {});
  return (
    <Panel
      title={t("settings.keys")}
      hint={t("keys.hint")}
      flush
      actions={
        <Button size="small" tone="main" icon="plus" onClick={() => setMaking(true)}>
          {t("keys.make")}
        </Button>
      }
    >
      <Answer of={query}>
        {({ keys }) => (
          <Table
            label={t("settings.keys")}
            name="keys"
            columns={columns}
            rows={which === "all" ? keys : keys.filter(({ revokedAtMs }) => revokedAtMs === null)}
            rowKey={({ id }) => id}
            filters={
              keys.some(({ revokedAtMs }) => revokedAtMs !== null) && (
                <Segments
                  label={t("keys.which")}
                  value={which ?? "valid"}
                  options={[
                    ["valid", t("keys.valid")],
                    ["all", t("keys.all")],
                  ]}
                  onChange={(next) => set({ keys: next === "all" ? next : undefined })}
                />
              )
            }
            empty={<Empty title={t("keys.none")} text={t("keys.noneText")} />}
          />
        )}
      </Answer>
      {making && <NewKey onClose={() => setMaking(false)} />}
    </Panel>
  );
}
