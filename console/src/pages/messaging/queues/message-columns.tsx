import type { ReactNode } from "react";
import { isolated, shown } from "../../../i18n/foreign.ts";
import { Tag } from "../../../ui/badge.tsx";
import { Id } from "../../../ui/copy.tsx";
import { Count } from "../../../ui/figures.tsx";
import { ResourceLink } from "../../../ui/go.tsx";
import type { Column } from "../../../ui/table/table.tsx";
import { Ago } from "../../../ui/time.tsx";
import { useText } from "../text.ts";
import type { Message } from "./data.ts";
import { stateName } from "./names.ts";

const previewMax = 240;

function Preview({ text, mono }: { text: string; mono: boolean }): ReactNode {
  return (
    <bdi className={mono ? "mono" : ""} title={isolated(text, 400)}>
      {shown(text, previewMax)}
    </bdi>
  );
}

/** The columns that messages and dead letters share. */
function useShared() {
  const { t } = useText();
  const id: Column<Message> = {
    id: "id",
    title: t("queue.id"),
    value: (message) => message.id,
    cell: (message) => <Id id={message.id} max={16} />,
    width: 168,
    priority: 5,
  };
  const body: Column<Message> = {
    id: "body",
    title: t("queue.body"),
    value: (message) => message.body,
    cell: (message) => <Preview text={message.body} mono />,
    width: 160,
    grows: true,
    priority: 1,
    sorts: false,
  };
  const group: Column<Message> = {
    id: "group",
    title: t("queue.group"),
    value: (message) => message.group,
    cell: (message) => (message.group === undefined ? "–" : <bdi>{shown(message.group, 60)}</bdi>),
    width: 110,
    priority: 4,
  };
  const receives: Column<Message> = {
    id: "receives",
    title: t("queue.receives"),
    value: (message) => message.receiveCount,
    cell: (message) => <Count value={message.receiveCount} />,
    width: 96,
    align: "end",
    priority: 3,
  };
  const sent: Column<Message> = {
    id: "sent",
    title: t("queue.sent"),
    value: (message) => message.sentAtMs,
    cell: (message) => <Ago atMs={message.sentAtMs} />,
    width: 112,
    priority: 1,
  };
  return { t, id, body, group, receives, sent };
}

/** The columns of messages that wait or are in flight. */
export function useMessageColumns(): readonly Column<Message>[] {
  const { t, id, body, group, receives, sent } = useShared();
  return [
    id,
    {
      id: "state",
      title: t("queues.state"),
      value: (message) => message.state,
      cell: (message) => <Tag>{stateName(t, message.state)}</Tag>,
      width: 96,
      priority: 2,
    },
    body,
    group,
    receives,
    sent,
    {
      id: "visible",
      title: t("queue.next"),
      value: (message) => (message.state === "visible" ? null : message.visibleAtMs),
      cell: (message) => (
        <Ago atMs={message.state === "visible" ? undefined : message.visibleAtMs} />
      ),
      width: 112,
      priority: 4,
    },
    {
      id: "priority",
      title: t("queue.priority"),
      value: (message) => message.priority,
      width: 84,
      align: "end",
      priority: 9,
    },
  ];
}

/** An error without its code and the names of what it is about: the reason is worth the room. */
function briefOf(error: string, { id, source }: Message): string {
  const names = `queue ${source}: message ${id}: `;
  const at = error.indexOf(names);
  return at === -1 ? error : error.slice(at + names.length);
}

/** The columns of dead letters. */
export function useDeadColumns(): readonly Column<Message>[] {
  const { t, id, body, group, receives, sent } = useShared();
  return [
    id,
    {
      id: "error",
      title: t("queue.lastError"),
      value: (message) => message.lastError,
      cell: (message) =>
        message.lastError === undefined ? (
          <span className="none">{t("queue.noError")}</span>
        ) : (
          <Preview text={briefOf(message.lastError, message)} mono={false} />
        ),
      width: 200,
      grows: true,
      priority: 1,
    },
    { ...body, priority: 2 },
    group,
    // Counted anew in the dead-letter queue: how often somebody has taken it out there.
    { ...receives, priority: 9 },
    sent,
    {
      id: "source",
      title: t("queue.source"),
      value: (message) => message.source,
      cell: (message) =>
        message.source === undefined ? "–" : <ResourceLink kind="queue" name={message.source} />,
      width: 150,
      priority: 9,
    },
  ];
}
