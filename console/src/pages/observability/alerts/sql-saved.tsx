import { useState, type FormEvent, type ReactNode } from "react";
import { call } from "../../../api/client.ts";
import { useApi } from "../../../api/query.ts";
import { useMay } from "../../../api/session.tsx";
import { shown } from "../../../i18n/foreign.ts";
import { Button } from "../../../ui/button.tsx";
import { Dialog } from "../../../ui/dialog.tsx";
import { Select } from "../../../ui/field.tsx";
import { useToast } from "../../../ui/toast.tsx";
import { queriesName, type DashboardSpec, type PanelSpec } from "./dashboard-spec.ts";
import { useText } from "./text.ts";

/** Statements of all dashboards; those that were saved here are panels of one of them. */
export function SavedQueries({ onOpen }: { onOpen: (text: string) => void }): ReactNode {
  const { t } = useText();
  const found = useApi("/telemetry/dashboards", {});
  const saved = (found.data?.dashboards ?? []).flatMap(({ name, spec }) =>
    spec.panels.flatMap(({ title, source }) =>
      source.type === "sql"
        ? [{ text: source.text, words: name === queriesName ? title : `${spec.title} · ${title}` }]
        : [],
    ),
  );
  if (saved.length === 0) return null;
  return (
    <Select
      label={t("sql.saved")}
      value=""
      options={[
        ["", t("sql.saved")],
        ...saved.map(({ words }, at) => [String(at), shown(words, 60)] as const),
      ]}
      onChange={(at) => {
        const one = saved[Number(at)];
        if (at !== "" && one !== undefined) onOpen(one.text);
      }}
    />
  );
}

/** Puts a panel into a dashboard: one that there is, or that of saved statements. */
export function SaveToDashboard({
  panel,
  label,
}: {
  panel: Omit<PanelSpec, "title">;
  label: string;
}): ReactNode {
  const { t } = useText();
  const may = useMay("operator");
  const say = useToast();
  const found = useApi("/telemetry/dashboards", {});
  const [isOpen, setOpen] = useState(false);
  const [title, setTitle] = useState("");
  const [into, setInto] = useState(queriesName);
  const [busy, setBusy] = useState(false);
  if (!may) return null;
  const own = (found.data?.dashboards ?? []).filter(({ declared }) => !declared);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    const before: DashboardSpec = own.find(({ name }) => name === into)?.spec ?? {
      title: t("sql.savedTitle"),
      description: t("sql.savedAbout"),
      panels: [],
    };
    const body = { ...before, panels: [...before.panels, { ...panel, title: title.trim() }] };
    try {
      await call("put", "/telemetry/dashboards/{name}", { path: { name: into }, body });
      say.done(t("dashboard.saved"));
      setOpen(false);
      setTitle("");
    } catch (problem) {
      say.failed(label, problem);
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <Button size="small" icon="plus" onClick={() => setOpen(true)}>
        {label}
      </Button>
      <Dialog open={isOpen} title={label} onClose={() => setOpen(false)}>
        <form className="stack" onSubmit={(event) => void submit(event)}>
          <label className="field">
            <span>{t("panel.title")}</span>
            <input
              className="input"
              required
              autoFocus
              maxLength={200}
              value={title}
              onChange={(event) => setTitle(event.target.value)}
            />
          </label>
          <div className="field">
            <span>{t("sql.into")}</span>
            <Select
              label={t("sql.into")}
              value={into}
              options={[
                [queriesName, t("sql.savedTitle")],
                ...own
                  .filter(({ name }) => name !== queriesName)
                  .map(({ name, spec }) => [name, shown(spec.title || name, 60)] as const),
              ]}
              onChange={setInto}
            />
          </div>
          <div className="dialog-foot">
            <Button onClick={() => setOpen(false)}>{t("dialog.cancel")}</Button>
            <Button submits tone="main" busy={busy} disabled={title.trim() === ""}>
              {t("dashboard.save")}
            </Button>
          </div>
        </form>
      </Dialog>
    </>
  );
}

/** Saves a statement as a panel that shows it as it is shown now. */
export function SaveQuery({ text, look }: { text: string; look: PanelSpec["draw"] }): ReactNode {
  const { t } = useText();
  if (text.trim() === "") return null;
  const panel = { source: { type: "sql" as const, text }, draw: look, unit: "", width: 6 };
  return <SaveToDashboard panel={panel} label={t("sql.save")} />;
}
