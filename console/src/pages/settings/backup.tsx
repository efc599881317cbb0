import { useId, useState, type FormEvent, type ReactNode } from "react";
import { call, type AnswerOf } from "../../api/client.ts";
import { Problem } from "../../api/problem.ts";
import { shown } from "../../i18n/foreign.ts";
import { Button } from "../../ui/button.tsx";
import { Code } from "../../ui/copy.tsx";
import { Facts } from "../../ui/figures.tsx";
import { HealthIcon } from "../../ui/icons.tsx";
import { Panel } from "../../ui/page.tsx";
import { Failure } from "../../ui/states.tsx";
import { At } from "../../ui/time.tsx";
import { useText } from "./text.ts";

type Manifest = AnswerOf<"/backups", "post">;

interface Done {
  readonly folder: string;
  readonly manifest: Manifest;
}

const folderMax = 1000;

/** A folder as one word of a POSIX shell. */
const quoted = (folder: string): string => `'${folder.replaceAll("'", "'\\''")}'`;

function Written({ done: { folder, manifest } }: { done: Done }): ReactNode {
  const { t } = useText();
  return (
    <section className="stack" role="status">
      <p className="row">
        <HealthIcon health="ok" />
        <strong>{t("backup.done")}</strong>
      </p>
      <Facts
        facts={[
          [
            t("backup.folder"),
            <bdi key="folder" className="mono">
              {shown(folder, 300)}
            </bdi>,
          ],
          [t("backup.at"), <At key="at" atMs={manifest.atMs} />],
          [t("about.app"), <bdi key="app">{shown(manifest.app, 100)}</bdi>],
          [t("about.environment"), <bdi key="env">{shown(manifest.environment, 60)}</bdi>],
          [t("about.version"), <bdi key="version">{shown(manifest.version, 60)}</bdi>],
        ]}
      />
      <p className="prose">{t("backup.restore")}</p>
      <Code code={`npx morning restore ${quoted(folder)}`} />
    </section>
  );
}

/** Writes everything that the embedded engines hold to a folder, while they run. */
export function Backup(): ReactNode {
  const { t } = useText();
  const [folder, setFolder] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const [done, setDone] = useState<Done>();
  const field = useId();
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setProblem(undefined);
    setDone(undefined);
    try {
      const manifest = await call("post", "/backups", { body: { folder: folder.trim() } });
      setDone({ folder: folder.trim(), manifest });
    } catch (thrown) {
      setProblem(thrown instanceof Problem ? thrown : Problem.unreachable(thrown));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Panel title={t("settings.backup")}>
      <div className="stack">
        <p className="prose">{t("backup.about")}</p>
        <form className="stack" onSubmit={(event) => void submit(event)}>
          <label className="field" htmlFor={field}>
            <span>{t("backup.folder")}</span>
            <input
              id={field}
              className="input mono"
              required
              autoComplete="off"
              spellCheck={false}
              maxLength={folderMax}
              placeholder="/var/backups/shop-2026-01-31"
              value={folder}
              onChange={(event) => setFolder(event.target.value)}
            />
            <span className="hint">{t("backup.folderHint")}</span>
          </label>
          <div className="row">
            <Button submits tone="main" busy={busy} disabled={folder.trim() === ""}>
              {t("backup.write")}
            </Button>
            {busy && <span className="hint">{t("backup.busy")}</span>}
          </div>
        </form>
        {problem !== undefined && <Failure problem={problem} />}
        {done !== undefined && <Written done={done} />}
      </div>
    </Panel>
  );
}
