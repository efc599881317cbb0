import { useNavigate } from "@tanstack/react-router";
import { useState, type ReactNode } from "react";
import { call } from "../../../api/client.ts";
import { useMay } from "../../../api/session.tsx";
import { isolated } from "../../../i18n/foreign.ts";
import { Button } from "../../../ui/button.tsx";
import { useToast } from "../../../ui/toast.tsx";
import { SendDialog } from "../run/send-dialog.tsx";
import { runPath } from "../status.tsx";
import { useText } from "../text.ts";

const keyMax = 200;
const concurrencyMax = 100;
const concurrencyUsual = 4;

interface BackfillProps {
  readonly workflow: string;
  /** The oldest and the newest partition that is not made. */
  readonly from: string;
  readonly until: string;
}

function Key({
  label,
  value,
  onChange,
}: {
  label: string;
  value: string;
  onChange: (value: string) => void;
}): ReactNode {
  return (
    <label className="field">
      <span>{label}</span>
      <input
        className="input mono"
        spellCheck={false}
        autoComplete="off"
        maxLength={keyMax}
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
    </label>
  );
}

function Form({ workflow, onClose, ...range }: BackfillProps & { onClose: () => void }) {
  const { t } = useText();
  const say = useToast();
  const navigate = useNavigate();
  const [from, setFrom] = useState(range.from);
  const [until, setUntil] = useState(range.until);
  const [atOnce, setAtOnce] = useState(String(concurrencyUsual));
  const [force, setForce] = useState(false);
  const concurrency = Number(atOnce);
  const isReady =
    Number.isInteger(concurrency) && concurrency >= 1 && concurrency <= concurrencyMax;
  const send = async (): Promise<void> => {
    const { id } = await call("post", "/workflows/{name}/backfills", {
      path: { name: workflow },
      body: {
        concurrency,
        force,
        ...(from.trim() === "" ? {} : { from: from.trim() }),
        ...(until.trim() === "" ? {} : { until: until.trim() }),
      },
    });
    say.done(t("backfill.done", { id: isolated(id, 80) }));
    void navigate({ to: runPath(id) as ".", search: {} as never });
  };
  return (
    <SendDialog
      title={t("backfill.title", { name: isolated(workflow, 80) })}
      button={t("backfill.button")}
      ready={isReady}
      send={send}
      onClose={onClose}
    >
      <p className="prose">{t("backfill.text")}</p>
      <div className="columns small">
        <Key label={t("backfill.from")} value={from} onChange={setFrom} />
        <Key label={t("backfill.until")} value={until} onChange={setUntil} />
        <label className="field">
          <span>{t("backfill.atOnce", { most: concurrencyMax })}</span>
          <input
            className="input"
            type="number"
            min={1}
            max={concurrencyMax}
            value={atOnce}
            onChange={(event) => setAtOnce(event.target.value)}
          />
        </label>
      </div>
      <label className="choice">
        <input
          type="checkbox"
          checked={force}
          onChange={(event) => setForce(event.target.checked)}
        />
        <span>{t("backfill.force")}</span>
      </label>
    </SendDialog>
  );
}

/** Makes the partitions of a range by a workflow, each by a run. */
export function BackfillButton(props: BackfillProps): ReactNode {
  const { t } = useText();
  const may = useMay("operator");
  const [open, setOpen] = useState(false);
  if (!may) return null;
  return (
    <>
      <Button size="small" tone="main" icon="play" onClick={() => setOpen(true)}>
        {t("backfill.button")}
      </Button>
      {open && <Form {...props} onClose={() => setOpen(false)} />}
    </>
  );
}
