import type { ReactNode } from "react";
import { Go } from "../../ui/go.tsx";
import { Page, Panel } from "../../ui/page.tsx";
import { parts } from "./parts.ts";
import { useText } from "./text.ts";

/** The design system: its parts by name. */
export default function CataloguePage(): ReactNode {
  const { t, locale } = useText();
  return (
    <Page title={t("ui.title")} sentence={t("ui.sentence")}>
      <Panel title={t("ui.parts")}>
        <ul className="stack">
          {parts.map(({ id, title }) => (
            <li key={id}>
              <Go to={`/console/ui/${id}`} className="link">
                {title[locale]}
              </Go>
            </li>
          ))}
        </ul>
      </Panel>
    </Page>
  );
}
