import { Dialog as Base } from "@base-ui/react/dialog";
import { useId, useState, type FormEvent, type ReactNode } from "react";
import { usePreferences } from "../preferences.tsx";
import { Button, IconButton } from "./button.tsx";

interface DialogProps {
  readonly open: boolean;
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
  readonly wide?: boolean;
}

function Opened({ title, onClose, children, wide = false }: DialogProps): ReactNode {
  const { t } = usePreferences();
  // Read before a field of it takes the focus at once: that would be what the focus goes back to.
  const [opener] = useState(() => document.activeElement);
  const isThere = (): boolean => opener?.isConnected === true && opener !== document.body;
  return (
    <Base.Root open onOpenChange={(next) => !next && onClose()}>
      <Base.Portal>
        <Base.Backdrop className="dialog-back" />
        <Base.Popup
          className={wide ? "dialog wide" : "dialog"}
          finalFocus={() => (opener instanceof HTMLElement && isThere() ? opener : true)}
        >
          <div className="dialog-head">
            <Base.Title className="dialog-title">{title}</Base.Title>
            <IconButton icon="close" label={t("dialog.close")} onClick={onClose} />
          </div>
          <div className="dialog-body">{children}</div>
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}

/** A window over the page. Escape and a press outside close it; the focus goes back. */
export function Dialog(props: DialogProps): ReactNode {
  return props.open ? <Opened {...props} /> : null;
}

/** What somebody is asked before something is done that changes much. */
export interface Confirmation {
  readonly title: string;
  /** What will change, and how many. */
  readonly text: ReactNode;
  /** The button: what it does, never *OK*. */
  readonly button: string;
  /** To be typed where it cannot be undone. */
  readonly word?: string;
  /** `main` for what harms nothing. */
  readonly tone?: "danger" | "main";
}

interface ConfirmProps extends Confirmation {
  readonly open: boolean;
  readonly busy?: boolean;
  readonly onClose: () => void;
  readonly onConfirm: () => void;
}

/** Asks; the typed word is compared as it stands. */
export function Confirm(props: ConfirmProps): ReactNode {
  const { open, title, text, button, word, tone = "danger", busy = false } = props;
  const { onClose, onConfirm } = props;
  const { t } = usePreferences();
  const [typed, setTyped] = useState("");
  const field = useId();
  const ready = word === undefined || typed === word;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (ready && !busy) onConfirm();
  };
  return (
    <Dialog open={open} title={title} onClose={onClose}>
      <form onSubmit={submit} className="confirm">
        <div className="confirm-text">{text}</div>
        {word !== undefined && (
          <label className="field" htmlFor={field}>
            <span>{t("confirm.type", { word })}</span>
            <input
              id={field}
              className="input mono"
              autoComplete="off"
              spellCheck={false}
              value={typed}
              onChange={(event) => setTyped(event.target.value)}
            />
          </label>
        )}
        <div className="dialog-foot">
          <Button onClick={onClose}>{t("dialog.cancel")}</Button>
          <Button submits tone={tone} busy={busy} disabled={!ready}>
            {button}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
