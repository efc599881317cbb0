import type { ReactNode } from "react";
import { call, type AnswerOf } from "../../api/client.ts";
import { useApi } from "../../api/query.ts";
import { useSession } from "../../api/session.tsx";
import { isolated, shown } from "../../i18n/foreign.ts";
import { ActionButton } from "../../ui/action.tsx";
import { Tag } from "../../ui/badge.tsx";
import { Panel } from "../../ui/page.tsx";
import { Answer, Empty } from "../../ui/states.tsx";
import { Table, type Column } from "../../ui/table/table.tsx";
import { Ago } from "../../ui/time.tsx";
import { useText } from "./text.ts";

type Session = AnswerOf<"/sessions", "get">["sessions"][number];

function End({ session: { id, name, current } }: { session: Session }): ReactNode {
  const { t } = useText();
  const { signOut } = useSession();
  const values = { name: isolated(name, 80) };
  return (
    <ActionButton
      small
      label={t("sessions.endOne", values)}
      icon="leave"
      role="admin"
      confirm={{
        title: t("sessions.endTitle", values),
        text: t(current ? "sessions.endOwn" : "sessions.endText", values),
        button: t("sessions.end"),
      }}
      run={async () => {
        if (current) await signOut();
        else await call("delete", "/sessions/{id}", { path: { id } });
      }}
      done={() => t("sessions.ended", values)}
    />
  );
}

/** Who is signed in to the console. */
export function SessionsTab(): ReactNode {
  const { t } = useText();
  const query = useApi("/sessions", {}, { everyMs: 10_000 });
  const columns: readonly Column<Session>[] = [
    {
      id: "name",
      title: t("sessions.key"),
      value: ({ name }) => name,
      cell: ({ name, current }) => (
        <span className="row">
          <bdi>{shown(name, 100)}</bdi>
          {current && <Tag>{t("sessions.current")}</Tag>}
        </span>
      ),
      width: 150,
      grows: true,
      priority: 1,
    },
    {
      id: "role",
      title: t("audit.role"),
      value: ({ role }) => role,
      cell: ({ role }) => <Tag>{t(`role.${role}`)}</Tag>,
      width: 96,
      priority: 2,
    },
    {
      id: "created",
      title: t("sessions.since"),
      value: ({ createdAtMs }) => createdAtMs,
      cell: ({ createdAtMs }) => <Ago atMs={createdAtMs} />,
      width: 130,
      priority: 3,
    },
    {
      id: "expires",
      title: t("sessions.expires"),
      value: ({ expiresAtMs }) => expiresAtMs,
      cell: ({ expiresAtMs }) => <Ago atMs={expiresAtMs} />,
      width: 150,
      priority: 4,
    },
    {
      id: "end",
      title: t("sessions.end"),
      value: () => undefined,
      cell: (session) => <End session={session} />,
      width: 80,
      sorts: false,
      priority: 1,
    },
  ];
  return (
    <Panel title={t("settings.sessions")} hint={t("sessions.hint")} flush>
      <Answer of={query}>
        {({ sessions }) => (
          <Table
            label={t("settings.sessions")}
            name="sessions"
            columns={columns}
            rows={sessions}
            rowKey={({ id }) => id}
            empty={<Empty title={t("sessions.none")} text={t("sessions.noneText")} />}
          />
        )}
      </Answer>
    </Panel>
  );
}
