import { useState, type ReactNode } from "react";
import { useMay } from "../../../api/session.tsx";
import { isolated } from "../../../i18n/foreign.ts";
import { useLive } from "../../../live.tsx";
import { ActionButton } from "../../../ui/action.tsx";
import { Panel } from "../../../ui/page.tsx";
import { Empty } from "../../../ui/states.tsx";
import { useText } from "../text.ts";
import { DeadDrawer } from "./dead-drawer.tsx";
import { redrive, removeAll, targetOf } from "./dead-calls.ts";
import { useDeadColumns } from "./message-columns.tsx";
import { Freshness, PeekTable } from "./messages.tsx";
import type { Message } from "./data.ts";
import { usePeek } from "./peek.ts";
import { isRunning, RedriveAll, Redrives, tasksOf } from "./redrive.tsx";
import { deadNameOf, type QueueScene } from "./scene.ts";
import { useQueueView } from "./view.ts";

const sample = `export const welcomeEmail = queue("welcome-email", {
  message: z.object({ userId: z.string() }),
  receivesMax: 5,
});`;

/** One call takes so many. */
const idsMax = 1000;

/** What can be done with the letters that are selected. */
function Chosen({
  dead,
  scene,
  letters,
  onDone,
}: {
  dead: string;
  scene: QueueScene;
  letters: readonly Message[];
  onDone: () => void;
}): ReactNode {
  const { t } = useText();
  const { scene: live } = useLive();
  const { driver } = scene;
  const count = letters.length;
  if (count === 0) return null;
  const ids = letters.map(({ id }) => id).slice(0, idsMax);
  return (
    <>
      {driver["redriveSome"] === true && (
        <ActionButton
          label={t("queue.resendSome", { count: ids.length })}
          icon="undo"
          disabled={isRunning(tasksOf(live, dead))}
          run={() => redrive(scene, { ids, to: targetOf(scene, letters) })}
          done={() => t("queue.resent", { count: ids.length })}
          then={onDone}
        />
      )}
      {driver["cancel"] === true && (
        <ActionButton
          label={t("queue.deleteSome", { count })}
          icon="trash"
          tone="danger"
          confirm={{
            title: t("queue.deleteSomeTitle", { count }),
            text: t("queue.deleteSomeText", { count, name: isolated(dead, 80) }),
            button: t("queue.deleteSome", { count }),
          }}
          run={() => removeAll(dead, letters)}
          done={({ removed, gone }) => t("queue.deletedSome", { removed, gone })}
          then={onDone}
        />
      )}
    </>
  );
}

function Letters({ dead, scene }: { dead: string; scene: QueueScene }): ReactNode {
  const { t } = useText();
  const may = useMay("operator");
  const [{ message, state: _, ...filters }, set] = useQueueView();
  const [keys, setKeys] = useState<ReadonlySet<string>>(new Set());
  const peek = usePeek(dead, filters);
  const columns = useDeadColumns();
  const chosen = (peek.messages ?? []).filter(({ id }) => keys.has(id));
  const { driver } = scene;
  const hasActions = may && (driver["redriveSome"] === true || driver["cancel"] === true);
  const clear = (): void => setKeys(new Set());
  return (
    <>
      <Panel
        title={t("queues.deadLetters")}
        actions={
          chosen.length > 0 ? (
            <Chosen dead={dead} scene={scene} letters={chosen} onDone={clear} />
          ) : (
            <Freshness peek={peek} />
          )
        }
        flush
      >
        <PeekTable
          peek={peek}
          name="letters"
          label={t("queue.deadOf", { name: isolated(dead, 80) })}
          columns={columns}
          selection={hasActions ? { keys, onChange: setKeys } : undefined}
          empty={<Empty title={t("queue.noDead")} text={t("queue.noDeadText")} />}
        />
      </Panel>
      {message !== undefined && (
        <DeadDrawer
          key={message}
          dead={dead}
          id={message}
          listed={peek.messages?.find(({ id }) => id === message)}
          scene={scene}
          onClose={() => set({ message: undefined })}
        />
      )}
    </>
  );
}

/** The dead letters of a queue: looked at, edited, sent again, deleted, redriven. */
export function DeadLetters({ scene }: { scene: QueueScene }): ReactNode {
  const { t } = useText();
  const dead = deadNameOf(scene.queue);
  if (dead === undefined) {
    return (
      <Panel title={t("queues.deadLetters")}>
        <Empty title={t("queue.noDeadQueue")} text={t("queue.noDeadQueueText")} code={sample} />
      </Panel>
    );
  }
  return (
    <>
      <RedriveAll dead={dead} scene={scene} />
      {scene.driver["peek"] === true ? (
        <Letters dead={dead} scene={scene} />
      ) : (
        <Panel title={t("queues.deadLetters")}>
          <Empty title={t("queue.noPeek")} text={t("queue.noPeekText")} />
        </Panel>
      )}
      <Redrives name={scene.queue.name} />
    </>
  );
}
