import type { ReactNode } from "react";
import { call } from "../../../api/client.ts";
import { shown } from "../../../i18n/foreign.ts";
import { ActionButton } from "../../../ui/action.tsx";
import { Drawer } from "../../../ui/drawer.tsx";
import { HealthIcon, KindIcon } from "../../../ui/icons.tsx";
import { Failure, Loading } from "../../../ui/states.tsx";
import { useText } from "../text.ts";
import type { Driver, Message } from "./data.ts";
import { MessageBody } from "./message-facts.tsx";
import { stateName } from "./names.ts";
import { useMessage } from "./peek.ts";

/** A message in a drawer, kept on the page also when it is handled meanwhile. */
export function MessageFrame({
  name,
  id,
  listed,
  onClose,
  children,
}: {
  name: string;
  id: string;
  /** As the list beside it has it. */
  listed: Message | undefined;
  onClose: () => void;
  /** What can be done with it. */
  children: (message: Message, isGone: boolean) => ReactNode;
}): ReactNode {
  const { t } = useText();
  const { query, message, isGone } = useMessage(name, id, listed);
  const kicker = (
    <>
      <KindIcon kind="queue" size={14} />
      <bdi>{shown(name, 60)}</bdi>
      {message !== undefined && !isGone && (
        <span className="detail-health">{stateName(t, message.state)}</span>
      )}
    </>
  );
  return (
    <Drawer
      about={id}
      title={<bdi className="mono">{shown(id, 60)}</bdi>}
      kicker={kicker}
      onClose={onClose}
    >
      {isGone && (
        <p className="sentence" role="status">
          <HealthIcon health="unknown" />
          <span>{message === undefined ? t("queue.unknown") : t("queue.gone")}</span>
        </p>
      )}
      {message === undefined && !isGone && query.error !== null && (
        <Failure problem={query.error} onRetry={() => void query.refetch()} />
      )}
      {message === undefined && !isGone && query.error === null && <Loading />}
      {message !== undefined && (
        <>
          {children(message, isGone)}
          <MessageBody message={message} />
        </>
      )}
    </Drawer>
  );
}

/** A message that waits or is in flight. One that nobody has received can be taken back. */
export function MessageDrawer({
  name,
  id,
  listed,
  driver,
  onClose,
}: {
  name: string;
  id: string;
  listed: Message | undefined;
  driver: Driver;
  onClose: () => void;
}): ReactNode {
  const { t } = useText();
  return (
    <MessageFrame key={id} name={name} id={id} listed={listed} onClose={onClose}>
      {({ receiveCount }, isGone) =>
        !isGone &&
        driver["cancel"] === true &&
        receiveCount === 0 && (
          <div className="row">
            <ActionButton
              label={t("queue.takeBack")}
              icon="trash"
              tone="danger"
              confirm={{
                title: t("queue.takeBackTitle"),
                text: t("queue.takeBackText"),
                button: t("queue.takeBack"),
              }}
              run={() => call("delete", "/queues/{name}/messages/{id}", { path: { name, id } })}
              done={() => t("queue.takenBack")}
              then={onClose}
            />
          </div>
        )
      }
    </MessageFrame>
  );
}
