import { useNavigate } from "@tanstack/react-router";
import { useSession } from "../api/session.tsx";
import { shown } from "../i18n/foreign.ts";
import { isMessageKey, localeNames, locales } from "../i18n/messages.ts";
import { useLive } from "../live.tsx";
import { placeOfId } from "../places.ts";
import { themes, usePreferences } from "../preferences.tsx";
import { rangeNames, useRange } from "../range.ts";
import type { IconName } from "../ui/icons.tsx";
import { kindIcon } from "../ui/icons.tsx";
import { useListed } from "./pages.ts";
import { useShell } from "./shell-state.ts";

/** Something that the palette does. */
export interface Command {
  readonly id: string;
  readonly words: string;
  readonly hint?: string;
  readonly icon: IconName;
  readonly run: () => void;
}

/** Commands under one heading. */
export interface CommandGroup {
  readonly label: string;
  readonly items: readonly Command[];
}

function usePages(go: (to: string) => void): readonly Command[] {
  const { locale } = usePreferences();
  return useListed().flatMap(({ pages }) =>
    pages.map(({ path, title, icon = "other" }) => ({
      id: `page ${path}`,
      words: title[locale],
      icon,
      run: () => go(path),
    })),
  );
}

function useParts(go: (to: string) => void): readonly Command[] {
  const { t } = usePreferences();
  const nodes = useLive().scene?.overview.nodes ?? [];
  return nodes.flatMap(({ id, kind, name }) => {
    const place = placeOfId(id);
    if (place === undefined) return [];
    const key = `kind.${kind}`;
    const hint = isMessageKey(key) ? t(key) : shown(kind, 40);
    const words = shown(name, 160);
    return [{ id: `part ${id}`, words, hint, icon: kindIcon(kind), run: () => go(place) }];
  });
}

function useActions(): readonly Command[] {
  const { t, setTheme, setLocale } = usePreferences();
  const { pausedAtMs, pause, resume } = useLive();
  const { session, signOut } = useSession();
  const [, setRange] = useRange();
  const { openHelp } = useShell();
  const held = pausedAtMs !== undefined;
  return [
    held
      ? { id: "resume", words: t("palette.resume"), icon: "play", run: resume }
      : { id: "pause", words: t("palette.pause"), icon: "pause", run: pause },
    ...rangeNames.map((name) => ({
      id: `range ${name}`,
      words: t("palette.range", { range: t(`range.${name}`) }),
      icon: "clock" as const,
      run: () => setRange({ name }),
    })),
    ...themes.map((theme) => ({
      id: `theme ${theme}`,
      words: t(`palette.theme.${theme}`),
      icon: "sun" as const,
      run: () => setTheme(theme),
    })),
    ...locales.map((locale) => ({
      id: `language ${locale}`,
      words: t("palette.language", { language: localeNames[locale] }),
      icon: "edit" as const,
      run: () => setLocale(locale),
    })),
    { id: "help", words: t("palette.help"), icon: "help", run: openHelp },
    ...(session === undefined || session.kind === "local"
      ? []
      : [
          {
            id: "leave",
            words: t("palette.signOut"),
            icon: "leave" as const,
            run: () => void signOut(),
          },
        ]),
  ];
}

/** Everything that can be reached by its name. */
export function useCommands(): readonly CommandGroup[] {
  const { t } = usePreferences();
  const navigate = useNavigate();
  const go = (to: string): void => void navigate({ to: to as "." });
  return [
    { label: t("palette.pages"), items: usePages(go) },
    { label: t("palette.parts"), items: useParts(go) },
    { label: t("palette.actions"), items: useActions() },
  ];
}
