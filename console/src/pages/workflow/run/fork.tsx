import { useNavigate } from "@tanstack/react-router";
import { useState, type ReactNode } from "react";
import { call } from "../../../api/client.ts";
import { useMay } from "../../../api/session.tsx";
import { isolated } from "../../../i18n/foreign.ts";
import { Button } from "../../../ui/button.tsx";
import { Choices } from "../../../ui/field.tsx";
import { valueFrom } from "../../../ui/form/shape.ts";
import { useToast } from "../../../ui/toast.tsx";
import { JsonEditor } from "../../../ui/viewer/json-editor.tsx";
import { layOut } from "../../../ui/viewer/json.ts";
import { runPath, type RunDetail } from "../status.tsx";
import { useText } from "../text.ts";
import type { Entry } from "./places.ts";
import { SendDialog } from "./send-dialog.tsx";
import { entryName } from "./words.ts";

interface ForkProps {
  readonly run: RunDetail;
  /** The entry that the new run goes on from; from its beginning if left out. */
  readonly entry?: Entry | undefined;
}

/** Whether the input came whole: a longer one can't be mended here. */
const isWhole = ({ input }: RunDetail): boolean => input.json.length === input.length;

function ForkForm({ run, entry, onClose }: ForkProps & { onClose: () => void }): ReactNode {
  const { t, locale } = useText();
  const say = useToast();
  const navigate = useNavigate();
  const [changes, setChanges] = useState(false);
  const [text, setText] = useState(() => layOut(run.input.json).text);
  const input = valueFrom(text);
  const name = entry === undefined ? "" : isolated(entryName(t, locale, entry), 80);
  const send = async (): Promise<void> => {
    const { id } = await call("post", "/workflow-runs/{id}/fork", {
      path: { id: run.id },
      body: {
        ...(entry === undefined ? {} : { at: entry.at }),
        ...(changes ? { input: input?.value } : {}),
      },
    });
    say.done(t("fork.done", { id: isolated(id, 80) }));
    void navigate({ to: runPath(id) as ".", search: {} as never });
  };
  return (
    <SendDialog
      title={entry === undefined ? t("fork.titleAll") : t("fork.title", { name })}
      button={t("fork.button")}
      ready={!changes || input !== undefined}
      send={send}
      onClose={onClose}
    >
      <p className="prose">
        {entry === undefined ? t("fork.textAll") : t("fork.text", { at: entry.at })}
      </p>
      <Choices
        label={t("fork.input")}
        value={changes ? "other" : "same"}
        choices={[
          { value: "same", words: t("fork.same"), about: t("fork.sameText") },
          {
            value: "other",
            words: t("fork.other"),
            about: isWhole(run) ? t("fork.otherText") : t("fork.otherLong"),
            disabled: !isWhole(run),
          },
        ]}
        onChange={(next) => setChanges(next === "other")}
      />
      {changes && <JsonEditor value={text} onChange={setText} label={t("start.input")} />}
    </SendDialog>
  );
}

/** Begins a new run that goes on from an entry of this one, with the same input or another. */
export function ForkButton(props: ForkProps): ReactNode {
  const { t } = useText();
  const may = useMay("operator");
  const [open, setOpen] = useState(false);
  if (!may) return null;
  return (
    <>
      <Button size="small" icon="map" onClick={() => setOpen(true)}>
        {props.entry === undefined ? t("fork.all") : t("fork.here")}
      </Button>
      {open && <ForkForm {...props} onClose={() => setOpen(false)} />}
    </>
  );
}
