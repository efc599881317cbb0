import { useState, type ReactNode } from "react";
import { useMay, type Role } from "../api/session.tsx";
import { Button, IconButton } from "./button.tsx";
import { Confirm, type Confirmation } from "./dialog.tsx";
import type { IconName } from "./icons.tsx";
import { useToast } from "./toast.tsx";

interface ActionProps<T> {
  readonly label: string;
  readonly icon?: IconName;
  /** The least that may do it; others do not see it. */
  readonly role?: Role;
  readonly tone?: "plain" | "main" | "danger" | "quiet";
  /** An icon alone, its label as its name. */
  readonly small?: boolean;
  readonly disabled?: boolean;
  /** Asked first, where it changes much or cannot be undone. */
  readonly confirm?: Confirmation;
  readonly run: () => Promise<T>;
  /** What was done, in words. */
  readonly done?: (answer: T) => string;
  /** What takes it back. */
  readonly undo?: (answer: T) => Promise<unknown>;
  /** What to do once it is done: leave the page of what is gone. */
  readonly then?: (answer: T) => void;
}

/** A button that does something at the server: asks, runs, says what became of it, offers undo. */
export function ActionButton<T>(props: ActionProps<T>): ReactNode {
  const { label, icon, role = "operator", tone = "plain", small, confirm, disabled } = props;
  const may = useMay(role);
  const say = useToast();
  const [asking, setAsking] = useState(false);
  const [busy, setBusy] = useState(false);
  if (!may) return null;
  const undoOf = (answer: T): (() => void) | undefined =>
    props.undo === undefined
      ? undefined
      : () => void props.undo?.(answer).catch((problem: unknown) => say.failed(label, problem));
  const run = async (): Promise<void> => {
    setBusy(true);
    try {
      const answer = await props.run();
      setAsking(false);
      if (props.done !== undefined) say.done(props.done(answer), undoOf(answer));
      props.then?.(answer);
    } catch (problem) {
      say.failed(label, problem);
    } finally {
      setBusy(false);
    }
  };
  const press = (): void => (confirm === undefined ? void run() : setAsking(true));
  return (
    <>
      {small === true && icon !== undefined ? (
        <IconButton
          icon={icon}
          label={label}
          disabled={busy || disabled === true}
          onClick={press}
        />
      ) : (
        <Button
          tone={tone}
          size="small"
          busy={busy && !asking}
          disabled={disabled === true}
          {...(icon === undefined ? {} : { icon })}
          onClick={press}
        >
          {label}
        </Button>
      )}
      {confirm !== undefined && asking && (
        <Confirm
          {...confirm}
          open
          busy={busy}
          onClose={() => setAsking(false)}
          onConfirm={() => void run()}
        />
      )}
    </>
  );
}
