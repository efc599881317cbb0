import { useMemo, useState, type ReactNode } from "react";
import { call } from "../../../api/client.ts";
import { isolated, shown } from "../../../i18n/foreign.ts";
import { useLive } from "../../../live.tsx";
import { ActionButton } from "../../../ui/action.tsx";
import { Button } from "../../../ui/button.tsx";
import { problemsOf } from "../../../ui/form/problems.ts";
import type { SchemaPart } from "../../../ui/form/schema.ts";
import { valueFrom } from "../../../ui/form/shape.ts";
import { inexactNumber } from "../../../ui/viewer/fault.ts";
import { JsonEditor } from "../../../ui/viewer/json-editor.tsx";
import { layOut } from "../../../ui/viewer/json.ts";
import { useMay } from "../../../api/session.tsx";
import { useText } from "../text.ts";
import type { Message } from "./data.ts";
import { redrive, targetOf } from "./dead-calls.ts";
import { MessageFrame } from "./message-drawer.tsx";
import { isRunning, tasksOf } from "./redrive.tsx";
import { livingOf, type QueueScene } from "./scene.ts";

interface LetterProps {
  readonly dead: string;
  readonly letter: Message;
  readonly scene: QueueScene;
  /** It was sent again or deleted meanwhile; what was written stays to be copied. */
  readonly isGone: boolean;
  readonly onClose: () => void;
}

/** What a body lacks by its queue's schema, in words; undefined when nothing speaks against it. */
function useJudgement(scene: QueueScene, text: string) {
  const { t } = useText();
  const schema = livingOf(scene)?.message as SchemaPart | undefined;
  return useMemo(() => {
    const read = valueFrom(text);
    if (read === undefined) return { read };
    const inexact = inexactNumber(text);
    if (inexact !== undefined) {
      const sent = String(Number(inexact));
      return { read, problem: t("form.inexact", { number: shown(inexact, 60), sent }) };
    }
    const [first] = schema === undefined ? [] : [...problemsOf(schema, read.value)];
    if (first === undefined) return { read };
    const [path, { key, values }] = first;
    const said = t(key, values);
    const at = { place: isolated(path, 80), problem: said };
    return { read, problem: path === "" ? said : t("form.problem.at", at) };
  }, [schema, t, text]);
}

/** The body of a letter to be mended, with what its queue would say of it, and sent again. */
function Editor({ dead, letter, scene, isGone, onClose }: LetterProps): ReactNode {
  const { t } = useText();
  const { scene: live } = useLive();
  const [text, setText] = useState(() => layOut(letter.body).text);
  const { read, problem } = useJudgement(scene, text);
  const { id } = letter;
  return (
    <section>
      <JsonEditor value={text} onChange={setText} label={t("queue.editBody")} problem={problem} />
      <div className="row">
        <ActionButton
          label={t("queue.resendEdited")}
          icon="send"
          tone="main"
          disabled={isGone || read === undefined || isRunning(tasksOf(live, dead))}
          {...(problem === undefined
            ? {}
            : {
                confirm: {
                  title: t("queue.unfitTitle"),
                  text: t("queue.unfitText", { problem }),
                  button: t("queue.resendAnyway"),
                },
              })}
          run={() =>
            redrive(scene, { ids: [id], body: read?.value, to: targetOf(scene, [letter]) })
          }
          done={() => t("queue.resent", { count: 1 })}
          then={onClose}
        />
      </div>
    </section>
  );
}

/** What can be done with one dead letter. */
function Actions(props: LetterProps): ReactNode {
  const { dead, letter, scene, isGone, onClose } = props;
  const { t } = useText();
  const { scene: live } = useLive();
  const may = useMay("operator");
  const [editing, setEditing] = useState(false);
  const { id } = letter;
  const { redriveSome, cancel } = scene.driver;
  if (!may) return null;
  return (
    <>
      {!isGone && (
        <div className="row">
          {redriveSome === true && (
            <>
              <ActionButton
                label={t("queue.resend")}
                icon="undo"
                disabled={isRunning(tasksOf(live, dead))}
                run={() => redrive(scene, { ids: [id], to: targetOf(scene, [letter]) })}
                done={() => t("queue.resent", { count: 1 })}
                then={onClose}
              />
              <Button
                size="small"
                icon="edit"
                aria-expanded={editing}
                onClick={() => setEditing(!editing)}
              >
                {t("queue.edit")}
              </Button>
            </>
          )}
          {cancel === true && (
            <ActionButton
              label={t("queue.delete")}
              icon="trash"
              tone="danger"
              confirm={{
                title: t("queue.deleteSomeTitle", { count: 1 }),
                text: t("queue.deleteSomeText", { count: 1, name: isolated(dead, 80) }),
                button: t("queue.delete"),
              }}
              run={() =>
                call("delete", "/queues/{name}/messages/{id}", { path: { name: dead, id } })
              }
              done={() => t("queue.deletedSome", { removed: 1, gone: 0 })}
              then={onClose}
            />
          )}
        </div>
      )}
      {redriveSome !== true && <p className="prose">{t("queue.noRedriveSome")}</p>}
      {editing && <Editor {...props} />}
    </>
  );
}

/** A dead letter: why it died, what it says; sent again as it is or mended, or deleted. */
export function DeadDrawer({
  dead,
  id,
  listed,
  scene,
  onClose,
}: {
  dead: string;
  id: string;
  listed: Message | undefined;
  scene: QueueScene;
  onClose: () => void;
}): ReactNode {
  return (
    <MessageFrame name={dead} id={id} listed={listed} onClose={onClose}>
      {(letter, isGone) => (
        <Actions dead={dead} letter={letter} scene={scene} isGone={isGone} onClose={onClose} />
      )}
    </MessageFrame>
  );
}
