import type { ReactNode } from "react";
import { isolated } from "../../../i18n/foreign.ts";
import { useLive } from "../../../live.tsx";
import { Button } from "../../../ui/button.tsx";
import { SearchField, Select } from "../../../ui/field.tsx";
import { Panel } from "../../../ui/page.tsx";
import { Empty, Failure, Loading } from "../../../ui/states.tsx";
import { Table, type Column, type Selection } from "../../../ui/table/table.tsx";
import { useText } from "../text.ts";
import type { Message } from "./data.ts";
import { useMessageColumns } from "./message-columns.tsx";
import { MessageDrawer } from "./message-drawer.tsx";
import { stateName } from "./names.ts";
import { usePeek } from "./peek.ts";
import type { QueueScene } from "./scene.ts";
import { states, useQueueView } from "./view.ts";

/** What messages are narrowed to; it is in the URL. */
function Filters({ withState, withGroup }: { withState: boolean; withGroup: boolean }): ReactNode {
  const { t } = useText();
  const [{ state, q = "", group = "" }, set] = useQueueView();
  return (
    <>
      <SearchField
        label={t("queue.search")}
        value={q}
        onChange={(typed) => set({ q: typed === "" ? undefined : typed })}
      />
      {withGroup && (
        <SearchField
          label={t("queue.group")}
          value={group}
          onChange={(typed) => set({ group: typed === "" ? undefined : typed })}
        />
      )}
      {withState && (
        <Select
          label={t("queues.state")}
          value={state ?? "any"}
          options={[
            ["any", t("queue.anyState")],
            ...states.map((one) => [one, stateName(t, one)] as const),
          ]}
          onChange={(chosen) => set({ state: chosen === "any" ? undefined : chosen })}
        />
      )}
    </>
  );
}

/** Messages that were looked at, as a table in whatever state it is. */
export function PeekTable({
  peek,
  name,
  label,
  columns,
  selection,
  withState = false,
  empty,
}: {
  peek: ReturnType<typeof usePeek>;
  name: string;
  label: string;
  columns: readonly Column<Message>[];
  selection?: Selection | undefined;
  withState?: boolean;
  empty: ReactNode;
}): ReactNode {
  const { t } = useText();
  const [{ q, group, state, message }, set] = useQueueView();
  const { query, messages } = peek;
  const { error, hasNextPage, isFetchingNextPage } = query;
  if (messages === undefined) {
    if (error === null) return <Loading rows={8} />;
    return <Failure problem={error} onRetry={() => void query.refetch()} />;
  }
  const isFiltered = q !== undefined || group !== undefined || state !== undefined;
  const nothing = isFiltered ? (
    <Empty
      title={t("queue.noneFits")}
      // A search that ends at its bound goes on where it stopped.
      text={hasNextPage ? t("queue.searchOn") : t("queues.noneText")}
    />
  ) : (
    empty
  );
  return (
    <Table
      label={label}
      name={name}
      columns={columns}
      rows={messages}
      rowKey={({ id }) => id}
      onOpen={({ id }) => set({ message: id }, { push: true })}
      opened={message}
      selection={selection}
      filters={<Filters withState={withState} withGroup />}
      empty={nothing}
      more={
        hasNextPage
          ? { load: () => void query.fetchNextPage(), busy: isFetchingNextPage }
          : undefined
      }
    />
  );
}

/** Reads again by hand while nothing moves by itself: pages were added, or the page is held. */
export function Freshness({ peek }: { peek: ReturnType<typeof usePeek> }): ReactNode {
  const { t } = useText();
  const { connection, pausedAtMs } = useLive();
  const isMoving = connection.phase === "live" && pausedAtMs === undefined;
  if (peek.isFirst && isMoving) return <span className="hint">{t("queue.live")}</span>;
  return (
    <Button size="small" onClick={() => void peek.query.refetch()}>
      {t("queue.refresh")}
    </Button>
  );
}

function Peeked({ scene }: { scene: QueueScene }): ReactNode {
  const { t } = useText();
  const { name } = scene.queue;
  const [{ message, ...filters }, set] = useQueueView();
  const peek = usePeek(name, filters);
  const columns = useMessageColumns();
  return (
    <>
      <Panel title={t("queue.messages")} actions={<Freshness peek={peek} />} flush>
        <PeekTable
          peek={peek}
          name="messages"
          label={t("queue.messagesOf", { name: isolated(name, 80) })}
          columns={columns}
          withState
          empty={<Empty title={t("queue.nothing")} text={t("queue.nothingText")} />}
        />
      </Panel>
      {message !== undefined && (
        <MessageDrawer
          name={name}
          id={message}
          listed={peek.messages?.find(({ id }) => id === message)}
          driver={scene.driver}
          onClose={() => set({ message: undefined })}
        />
      )}
    </>
  );
}

/** What is in a queue, looked at without receiving it. */
export function Messages({ scene }: { scene: QueueScene }): ReactNode {
  const { t } = useText();
  if (scene.driver["peek"] === true) return <Peeked scene={scene} />;
  return (
    <Panel title={t("queue.messages")}>
      <Empty title={t("queue.noPeek")} text={t("queue.noPeekText")} />
    </Panel>
  );
}
