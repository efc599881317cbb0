import { useState, type ReactNode } from "react";
import { call } from "../../api/client.ts";
import { isolated } from "../../i18n/foreign.ts";
import { ActionButton } from "../../ui/action.tsx";
import { useText } from "./text.ts";

/** What waits for somebody: a callback of a run. */
export interface Waiting {
  readonly run: string;
  readonly at: string;
  readonly name: string;
}

const commentMax = 2000;

function Comment({
  about,
  comment,
  onChange,
}: {
  about: string;
  comment: string;
  onChange: (comment: string) => void;
}): ReactNode {
  const { t } = useText();
  return (
    <div className="stack">
      <p>{about}</p>
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
export function Answer({
  waiting: { run, at, name },
  onDone,
}: {
  waiting: Waiting;
  onDone?: () => void;
}): ReactNode {
  const { t } = useText();
  const [comment, setComment] = useState("");
  const values = { name: isolated(name, 80), run: isolated(run, 80) };
  const answer = (approved: boolean): Promise<unknown> =>
    call("post", "/workflow-runs/{id}/answers", {
      path: { id: run },
      body: { at, value: { approved, comment: comment.trim() } },
    });
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
          text: (
            <Comment about={t("answer.about", values)} comment={comment} onChange={setComment} />
          ),
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
          text: (
            <Comment about={t("answer.about", values)} comment={comment} onChange={setComment} />
          ),
          button: t("answer.reject"),
        }}
        run={() => answer(false)}
        done={() => t("answer.rejected", values)}
        then={then}
      />
    </span>
  );
}
