import { useState, type ReactNode } from "react";
import { call } from "../../api/client.ts";
import { isolated, shown } from "../../i18n/foreign.ts";
import { ActionButton } from "../../ui/action.tsx";
import { Facts } from "../../ui/figures.tsx";
import { useText } from "./text.ts";
import { Value, type ShownJson } from "./value.tsx";

/** What waits for somebody: a callback of a run. */
export interface Waiting {
  readonly run: string;
  readonly at: string;
  readonly name: string;
  /** What its run is found by. */
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  /** What its run was started with. */
  readonly input: ShownJson | null;
  /** What it says of itself. */
  readonly about: ShownJson | null;
}

/** What somebody decides about: attributes of the run, what is asked and, folded, the input. */
function Matter({ waiting }: { waiting: Waiting }): ReactNode {
  const { t } = useText();
  const { attributes, input, about } = waiting;
  const found = Object.entries(attributes);
  const hasInput = input !== null && input.json !== "";
  return (
    <>
      {found.length > 0 && (
        <Facts
          facts={found.map(([name, value]) => [
            shown(name, 80),
            <bdi>{shown(`${value}`, 260)}</bdi>,
          ])}
        />
      )}
      {about !== null && <Value value={about} label={t("answer.what")} />}
      {hasInput && (
        <details className="run-input">
          <summary>{t("answer.input")}</summary>
          <Value value={input} label={t("start.input")} />
        </details>
      )}
    </>
  );
}

const commentMax = 2000;

function Comment({
  waiting,
  about,
  comment,
  onChange,
}: {
  waiting: Waiting;
  about: string;
  comment: string;
  onChange: (comment: string) => void;
}): ReactNode {
  const { t } = useText();
  return (
    <div className="stack">
      <Matter waiting={waiting} />
      <p className="hint">{about}</p>
      <label className="field">
        <span>{t("answer.comment")}</span>
        <textarea
          className="input run-comment"
          rows={3}
          autoFocus
          maxLength={commentMax}
          value={comment}
          onChange={(event) => onChange(event.target.value)}
        />
      </label>
    </div>
  );
}

/** Approves or rejects what a run waits for; the run gets `{ approved, comment }`. */
export function Answer({ waiting, onDone }: { waiting: Waiting; onDone?: () => void }): ReactNode {
  const { t } = useText();
  const { run, at, name } = waiting;
  const [comment, setComment] = useState("");
  const values = { name: isolated(name, 80), run: isolated(run, 80) };
  const answer = (approved: boolean): Promise<unknown> =>
    call("post", "/workflow-runs/{id}/answers", {
      path: { id: run },
      body: { at, value: { approved, comment: comment.trim() } },
    });
  const question = (
    <Comment
      waiting={waiting}
      about={t("answer.about", values)}
      comment={comment}
      onChange={setComment}
    />
  );
  const then = (): void => {
    setComment("");
    onDone?.();
  };
  return (
    <span className="run-answer" onClick={(event) => event.stopPropagation()}>
      <ActionButton
        label={t("answer.approve")}
        icon="check"
        tone="main"
        confirm={{
          title: t("answer.approveTitle", values),
          text: question,
          button: t("answer.approve"),
          tone: "main",
        }}
        run={() => answer(true)}
        done={() => t("answer.approved", values)}
        then={then}
      />
      <ActionButton
        label={t("answer.reject")}
        icon="close"
        tone="danger"
        confirm={{
          title: t("answer.rejectTitle", values),
          text: question,
          button: t("answer.reject"),
        }}
        run={() => answer(false)}
        done={() => t("answer.rejected", values)}
        then={then}
      />
    </span>
  );
}
