import type { ReactNode } from "react";
import { call, type AnswerOf } from "../../../api/client.ts";
import { isolated } from "../../../i18n/foreign.ts";
import { ActionButton } from "../../../ui/action.tsx";
import { useText } from "../text.ts";
import { allOf, type QueueData } from "./data.ts";

/** Drops every message of a queue. */
export const purge = (name: string): Promise<AnswerOf<"/queues/{name}/messages", "delete">> =>
  call("delete", "/queues/{name}/messages", { path: { name } });

/** Drops every message of a queue once its name was typed. */
export function PurgeButton({ queue }: { queue: QueueData }): ReactNode {
  const { t } = useText();
  const { name, stats } = queue;
  const count = allOf(queue);
  return (
    <ActionButton
      label={t("queue.purge")}
      icon="trash"
      tone="danger"
      disabled={count === 0}
      confirm={{
        title: t("queue.purgeTitle", { name: isolated(name, 80) }),
        text: t("queue.purgeText", { count, inFlight: stats.inFlight }),
        button: t("queue.purgeButton", { count }),
        word: name,
      }}
      run={() => purge(name)}
      done={({ dropped }) => t("queue.purged", { count: dropped ?? count })}
    />
  );
}
