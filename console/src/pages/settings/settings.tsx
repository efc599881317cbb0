import type { ReactNode } from "react";
import { Page } from "../../ui/page.tsx";
import { Needs } from "../../ui/states.tsx";
import { Tabs } from "../../ui/tabs.tsx";
import { oneOf, useView, type Parameters } from "../../view.ts";
import { About } from "./about.tsx";
import { Backup } from "./backup.tsx";
import { Drivers } from "./drivers.tsx";
import { KeysTab } from "./keys.tsx";
import { Limits } from "./limits.tsx";
import { SessionsTab } from "./sessions.tsx";
import { useText } from "./text.ts";

const names = ["about", "keys", "sessions", "limits", "drivers", "backup"] as const;
type TabName = (typeof names)[number];
const view: Parameters<{ readonly tab: TabName }> = { tab: oneOf(names) };

const forAdmins = (content: ReactNode): ReactNode => <Needs role="admin">{content}</Needs>;

/** What runs here, who may do what, and what it lets through. */
export default function SettingsPage(): ReactNode {
  const { t } = useText();
  const [{ tab = "about" }, set] = useView(view);
  return (
    <Page title={t("settings.title")} sentence={t("settings.sentence")}>
      <Tabs
        label={t("settings.title")}
        value={tab}
        onChange={(name) => set({ tab: name === "about" ? undefined : name }, { push: true })}
        tabs={[
          { name: "about", label: t("settings.about"), content: () => <About /> },
          { name: "keys", label: t("settings.keys"), content: () => forAdmins(<KeysTab />) },
          {
            name: "sessions",
            label: t("settings.sessions"),
            content: () => forAdmins(<SessionsTab />),
          },
          { name: "limits", label: t("settings.limits"), content: () => <Limits /> },
          { name: "drivers", label: t("settings.drivers"), content: () => <Drivers /> },
          { name: "backup", label: t("settings.backup"), content: () => forAdmins(<Backup />) },
        ]}
      />
    </Page>
  );
}
