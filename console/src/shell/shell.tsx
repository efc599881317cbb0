import { Outlet } from "@tanstack/react-router";
import { useEffect, useState, type ReactNode } from "react";
import { isolated } from "../i18n/foreign.ts";
import { useLive } from "../live.tsx";
import { usePreferences } from "../preferences.tsx";
import { Banner } from "./banner.tsx";
import { Bar } from "./bar.tsx";
import { Rail } from "./rail.tsx";

/** What stands around every page: the rail, the bar, and a word when the line is lost. */
export function Shell(): ReactNode {
  const { t } = usePreferences();
  const { scene } = useLive();
  const [railOpen, setRailOpen] = useState(false);
  const app = scene?.overview.app ?? "";
  useEffect(() => {
    document.title = [t("overview.title"), isolated(app, 60), "Morning"]
      .filter((part) => part.length > 2)
      .join(" · ");
  }, [t, app]);
  return (
    <div className="shell">
      <a className="skip" href="#content">
        {t("skip")}
      </a>
      <Rail open={railOpen} onClose={() => setRailOpen(false)} />
      <div className="column">
        <Bar onMenu={() => setRailOpen(true)} />
        <Banner />
        <main id="content" tabIndex={-1}>
          <Outlet />
        </main>
      </div>
    </div>
  );
}
