import type { ReactNode } from "react";
import { shown } from "../i18n/foreign.ts";
import { localeNames, locales, type MessageKey } from "../i18n/messages.ts";
import { Icon, Mark, type IconName } from "../ui/icons.tsx";
import { useLive, type Live } from "../live.tsx";
import { themes, usePreferences, type Theme } from "../preferences.tsx";

const themeIcons: Readonly<Record<Theme, IconName>> = {
  system: "screen",
  light: "sun",
  dark: "moon",
};

function next<T>(all: readonly T[], current: T): T {
  return all[(all.indexOf(current) + 1) % all.length] ?? current;
}

type Phase = "connecting" | "live" | "lost" | "paused";

function phaseOf({ connection, pausedAtMs }: Live): Phase {
  if (connection.phase === "lost") return "lost";
  return pausedAtMs === undefined ? connection.phase : "paused";
}

/** How fresh the page is, and the button that holds it. */
function LiveState(): ReactNode {
  const { t } = usePreferences();
  const live = useLive();
  const phase = phaseOf(live);
  const paused = live.pausedAtMs !== undefined;
  const label: MessageKey = paused ? "bar.resume" : "bar.pause";
  return (
    <div className="live">
      <span className={`live-state ${phase}`}>
        <span className="live-dot" aria-hidden="true" />
        {t(`line.${phase}`)}
      </span>
      <button
        type="button"
        className="icon-button"
        aria-label={t(label)}
        title={t(paused ? "bar.resumeHint" : "bar.pauseHint")}
        disabled={live.scene === undefined}
        onClick={() => (paused ? live.resume() : live.pause())}
      >
        <Icon name={paused ? "play" : "pause"} />
      </button>
    </div>
  );
}

/** The bar at the top of every page. */
export function Bar({ onMenu }: { onMenu: () => void }): ReactNode {
  const { t, locale, setLocale, theme, setTheme } = usePreferences();
  const environment = useLive().scene?.overview.environment ?? "";
  return (
    <header className="bar">
      <button
        type="button"
        className="icon-button bar-menu"
        aria-label={t("nav.open")}
        onClick={onMenu}
      >
        <Icon name="menu" />
      </button>
      <span className="bar-mark">
        <Mark size={20} />
      </span>
      {environment !== "" && (
        <span className="environment" title={t("bar.environment")}>
          <span className="hidden">{t("bar.environment")} </span>
          <bdi>{shown(environment, 60)}</bdi>
        </span>
      )}
      <span className="spring" />
      <LiveState />
      <button
        type="button"
        className="icon-button wide"
        aria-label={t("bar.language", { language: localeNames[locale] })}
        title={localeNames[next(locales, locale)]}
        onClick={() => setLocale(next(locales, locale))}
      >
        {localeNames[locale]}
      </button>
      <button
        type="button"
        className="icon-button"
        aria-label={t(`bar.theme.${theme}`)}
        title={t(`bar.theme.${theme}`)}
        onClick={() => setTheme(next(themes, theme))}
      >
        <Icon name={themeIcons[theme]} />
      </button>
    </header>
  );
}
