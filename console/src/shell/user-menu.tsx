import type { ReactNode } from "react";
import { useSession } from "../api/session.tsx";
import { isolated, shown } from "../i18n/foreign.ts";
import { usePreferences } from "../preferences.tsx";
import { Menu } from "../ui/menu.tsx";
import { useToast } from "../ui/toast.tsx";

/** Who looks, as what, and the way out. Not there where no credentials are set. */
export function UserMenu(): ReactNode {
  const { t } = usePreferences();
  const { session, signOut } = useSession();
  const say = useToast();
  if (session === undefined || session.kind === "local") return null;
  const role = t(`role.${session.role}`);
  const leave = (): void =>
    void signOut().catch((problem: unknown) => say.failed(t("user.signOut"), problem));
  return (
    <Menu
      label={t("user.menu", { name: isolated(session.name, 60), role })}
      icon="person"
      words={
        <span className="user-words">
          <bdi>{shown(session.name, 24)}</bdi> <span className="user-role">{role}</span>
        </span>
      }
      groups={[[{ id: "leave", label: t("user.signOut"), icon: "leave", onPick: leave }]]}
    />
  );
}
