import { useState, type FormEvent, type ReactNode } from "react";
import { Problem } from "../../../api/problem.ts";
import { Button } from "../../../ui/button.tsx";
import { Dialog } from "../../../ui/dialog.tsx";
import { Failure } from "../../../ui/states.tsx";
import { useText } from "../text.ts";

interface SendDialogProps {
  readonly title: string;
  readonly button: string;
  /** Whether what was written may be sent. */
  readonly ready: boolean;
  readonly send: () => Promise<void>;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

/** A form in a window over the page; what was typed stays when it was refused. */
export function SendDialog(props: SendDialogProps): ReactNode {
  const { title, button, ready, send, onClose, children } = props;
  const { t } = useText();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (!ready || busy) return;
    setBusy(true);
    setProblem(undefined);
    try {
      await send();
      onClose();
    } catch (thrown) {
      setProblem(thrown instanceof Problem ? thrown : Problem.unreachable(thrown));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog open wide title={title} onClose={onClose}>
      <form className="stack" onSubmit={(event) => void submit(event)}>
        {children}
        {problem !== undefined && <Failure problem={problem} />}
        <div className="dialog-foot">
          <Button onClick={onClose}>{t("dialog.cancel")}</Button>
          <Button submits tone="main" busy={busy} disabled={!ready}>
            {button}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
