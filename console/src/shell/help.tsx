import type { ReactNode } from "react";
import { usePreferences } from "../preferences.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { letterOf, useListed } from "./pages.ts";

function Keys({ rows }: { rows: readonly (readonly [keys: string, words: string])[] }): ReactNode {
  return (
    <dl className="keys">
      {rows.map(([keys, words]) => (
        <div key={words}>
          <dt>
            {keys.split(" ").map((key) => (
              <kbd key={key}>{key}</kbd>
            ))}
          </dt>
          <dd>{words}</dd>
        </div>
      ))}
    </dl>
  );
}

/** What the keyboard does. */
export default function Help({ onClose }: { onClose: () => void }): ReactNode {
  const { t, locale } = usePreferences();
  const pages = useListed().flatMap(({ pages: own }) => own);
  return (
    <Dialog open wide title={t("help.title")} onClose={onClose}>
      <div className="help">
        <section>
          <h3>{t("help.everywhere")}</h3>
          <Keys
            rows={[
              ["Ctrl K", t("help.palette")],
              ["?", t("help.sheet")],
              ["P", t("help.pause")],
              ["Esc", t("help.close")],
            ]}
          />
          <h3>{t("help.tables")}</h3>
          <Keys
            rows={[
              ["↑ ↓ PgUp PgDn", t("help.move")],
              ["Home End", t("help.ends")],
              ["Enter", t("help.enter")],
              ["Space", t("help.select")],
              ["Shift ← →", t("help.resize")],
            ]}
          />
        </section>
        <section>
          <h3>{t("help.go")}</h3>
          <Keys
            rows={pages.map((page) => [`G ${letterOf(page).toUpperCase()}`, page.title[locale]])}
          />
        </section>
      </div>
    </Dialog>
  );
}
