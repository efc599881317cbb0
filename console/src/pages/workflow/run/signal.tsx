import { useState, type ReactNode } from "react";
import { call } from "../../../api/client.ts";
import { useMay } from "../../../api/session.tsx";
import { isolated } from "../../../i18n/foreign.ts";
import { Button } from "../../../ui/button.tsx";
import { valueFrom } from "../../../ui/form/shape.ts";
import { useToast } from "../../../ui/toast.tsx";
import { JsonEditor } from "../../../ui/viewer/json-editor.tsx";
import type { RunDetail } from "../status.tsx";
import { useText } from "../text.ts";
import { SendDialog } from "./send-dialog.tsx";

const nameMax = 256;

function SignalForm({
  run,
  waited,
  onClose,
}: {
  run: RunDetail;
  waited: readonly string[];
  onClose: () => void;
}): ReactNode {
  const { t } = useText();
  const say = useToast();
  const [name, setName] = useState(waited[0] ?? "");
  const [text, setText] = useState("");
  const value = text.trim() === "" ? undefined : valueFrom(text);
  const isReady = name.trim() !== "" && (text.trim() === "" || value !== undefined);
  const send = async (): Promise<void> => {
    await call("post", "/workflow-runs/{id}/signals", {
      path: { id: run.id },
      body: { name: name.trim(), ...(value === undefined ? {} : { value: value.value }) },
    });
    say.done(t("signal.done", { name: isolated(name.trim(), 80) }));
  };
  return (
    <SendDialog
      title={t("signal.title")}
      button={t("signal.button")}
      ready={isReady}
      send={send}
      onClose={onClose}
    >
      <p className="prose">
        {waited.length === 0
          ? t("signal.text")
          : t("signal.waited", { count: waited.length, names: isolated(waited.join(", "), 200) })}
      </p>
      <label className="field">
        <span>{t("signal.name")}</span>
        <input
          className="input"
          required
          autoFocus
          autoComplete="off"
          spellCheck={false}
          maxLength={nameMax}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
      </label>
      <JsonEditor value={text} onChange={setText} label={t("signal.value")} />
    </SendDialog>
  );
}

/** Sends a run a signal; it is kept until the run waits for it. */
export function SignalButton({
  run,
  waited,
}: {
  run: RunDetail;
  /** Names of the signals that it waits for. */
  waited: readonly string[];
}): ReactNode {
  const { t } = useText();
  const may = useMay("operator");
  const [open, setOpen] = useState(false);
  if (!may) return null;
  return (
    <>
      <Button size="small" icon="bell" onClick={() => setOpen(true)}>
        {t("signal.button")}
      </Button>
      {open && <SignalForm run={run} waited={waited} onClose={() => setOpen(false)} />}
    </>
  );
}
