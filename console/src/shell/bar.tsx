import type { ReactNode } from "react";
import { shown } from "../i18n/foreign.ts";
import { localeNames, locales, type MessageKey } from "../i18n/messages.ts";
import { IconButton } from "../ui/button.tsx";
import { Icon, type IconName } from "../ui/icons.tsx";
import { useLive, type Live } from "../live.tsx";
import { themes, usePreferences, type Theme } from "../preferences.tsx";
import { RangeMenu } from "./range-menu.tsx";
import { useShell } from "./shell-state.ts";
import { UserMenu } from "./user-menu.tsx";

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

/** What opens the palette: a field where there is room, an icon where there is not. */
function PaletteButton(): ReactNode {
  const { t } = usePreferences();
  const { openPalette } = useShell();
  return (
    <button
      type="button"
      className="bar-search"
      aria-keyshortcuts="Control+K"
      onClick={openPalette}
    >
      <Icon name="search" size={14} />
      <span className="bar-search-words">{t("palette.open")}</span>
      <kbd aria-hidden="true">Ctrl K</kbd>
    </button>
  );
}

function ThemeAndLanguage(): ReactNode {
  const { t, locale, setLocale, theme, setTheme } = usePreferences();
  return (
    <>
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
        className="icon-button bar-theme"
        aria-label={t(`bar.theme.${theme}`)}
        title={t(`bar.theme.${theme}`)}
        onClick={() => setTheme(next(themes, theme))}
      >
        <Icon name={themeIcons[theme]} />
      </button>
    </>
  );
}

/** The bar at the top of every page. */
export function Bar({ onMenu }: { onMenu: () => void }): ReactNode {
  const { t } = usePreferences();
  const { openHelp } = useShell();
  const environment = useLive().scene?.overview.environment ?? "";
  return (
    <header className="bar">
      <IconButton className="bar-menu" icon="menu" label={t("nav.open")} onClick={onMenu} />
      {environment !== "" && (
        <span className="environment" title={t("bar.environment")}>
          <span className="hidden">{t("bar.environment")} </span>
          <bdi>{shown(environment, 60)}</bdi>
        </span>
      )}
      <PaletteButton />
      <span className="spring" />
      <RangeMenu />
      <LiveState />
      <ThemeAndLanguage />
      <IconButton className="bar-help" icon="help" label={t("help.open")} onClick={openHelp} />
      <UserMenu />
    </header>
  );
}
