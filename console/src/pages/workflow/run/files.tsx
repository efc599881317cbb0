import type { ReactNode } from "react";
import { useApi } from "../../../api/query.ts";
import { shown } from "../../../i18n/foreign.ts";
import { Icon } from "../../../ui/icons.tsx";
import type { RunDetail } from "../status.tsx";
import { useText } from "../text.ts";
import type { Entry } from "./places.ts";

const urlOf = (run: string, at: string, name: string): string =>
  `/api/v1/workflow-runs/${[run, "artefacts", at, name].map(encodeURIComponent).join("/")}`;

/** What a step left behind, to be downloaded. */
export function Files({ run: { id }, entry }: { run: RunDetail; entry: Entry }): ReactNode {
  const { t } = useText();
  const { data } = useApi("/workflow-runs/{id}/artefacts", { path: { id } });
  const files = data?.artefacts.filter(({ at }) => at === entry.at) ?? [];
  if (files.length === 0) return null;
  return (
    <section>
      <h3>{t("entry.files")}</h3>
      <p className="row">
        {files.map(({ at, name }) => (
          <a key={name} className="button small" href={urlOf(id, at, name)} download={name}>
            <Icon name="download" size={14} />
            <bdi>{shown(name, 100)}</bdi>
          </a>
        ))}
      </p>
    </section>
  );
}
