import { useEffect, useState, type ReactNode } from "react";
import { browserClock } from "../clock.ts";
import { shown } from "../i18n/foreign.ts";
import { usePreferences } from "../preferences.tsx";
import { Button, IconButton } from "./button.tsx";

const saidMs = 2000;

/** Copies a text, and for two seconds knows that it has. */
export function useCopy(): readonly [copied: boolean, copy: (text: string) => void] {
  const [copied, setCopied] = useState(false);
  useEffect(
    () => (copied ? browserClock.after(saidMs, () => setCopied(false)) : undefined),
    [copied],
  );
  return [
    copied,
    (text) =>
      void navigator.clipboard.writeText(text).then(
        () => setCopied(true),
        () => {},
      ),
  ];
}

/** A small button that copies a text. */
export function CopyButton({ text, label }: { text: string; label?: string }): ReactNode {
  const { t } = usePreferences();
  const [copied, copy] = useCopy();
  return (
    <IconButton
      className="tiny"
      icon={copied ? "check" : "copy"}
      label={copied ? t("copy.done") : (label ?? t("copy.copy"))}
      onClick={(event) => {
        event.stopPropagation();
        copy(text);
      }}
    />
  );
}

/** An identifier: in full on hover, copied by its button. */
export function Id({ id, max = 40 }: { id: string; max?: number }): ReactNode {
  return (
    <span className="id">
      <bdi className="mono" title={shown(id)}>
        {shown(id, max)}
      </bdi>
      <CopyButton text={id} />
    </span>
  );
}

/** Code that people take along. */
export function Code({ code, label }: { code: string; label?: string }): ReactNode {
  const { t } = usePreferences();
  const [copied, copy] = useCopy();
  return (
    <div className="sample">
      <pre className="code" tabIndex={0} aria-label={label ?? t("code.label")}>
        {code}
      </pre>
      <Button size="small" icon={copied ? "check" : "copy"} onClick={() => copy(code)}>
        <span aria-live="polite">{t(copied ? "copy.done" : "copy.copy")}</span>
      </Button>
    </div>
  );
}
