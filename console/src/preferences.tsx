import { createContext, use, useEffect, useMemo, useState, type ReactNode } from "react";
import { localeFor, locales, translator, type Locale, type Translate } from "./i18n/messages.ts";

export const themes = ["system", "light", "dark"] as const;
export type Theme = (typeof themes)[number];

/** What the reader has chosen; kept in the browser. */
export interface Preferences {
  readonly locale: Locale;
  readonly theme: Theme;
  readonly t: Translate;
  readonly setLocale: (locale: Locale) => void;
  readonly setTheme: (theme: Theme) => void;
}

const Context = createContext<Preferences | undefined>(undefined);

function stored<T extends string>(key: string, allowed: readonly T[]): T | undefined {
  try {
    const value = localStorage.getItem(key);
    return allowed.find((one) => one === value);
  } catch {
    return undefined; // Storage is forbidden: the choice lasts as long as the page.
  }
}

function store(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // As above.
  }
}

export function PreferencesProvider({ children }: { children: ReactNode }): ReactNode {
  const [locale, setLocale] = useState<Locale>(
    () => stored("morning.locale", locales) ?? localeFor(navigator.languages),
  );
  const [theme, setTheme] = useState<Theme>(() => stored("morning.theme", themes) ?? "system");
  useEffect(() => {
    document.documentElement.lang = locale === "zh-TW" ? "zh-Hant-TW" : locale;
  }, [locale]);
  useEffect(() => {
    document.documentElement.dataset["theme"] = theme;
  }, [theme]);
  const value = useMemo<Preferences>(
    () => ({
      locale,
      theme,
      t: translator(locale),
      setLocale(next) {
        store("morning.locale", next);
        setLocale(next);
      },
      setTheme(next) {
        store("morning.theme", next);
        setTheme(next);
      },
    }),
    [locale, theme],
  );
  return <Context value={value}>{children}</Context>;
}

export function usePreferences(): Preferences {
  const value = use(Context);
  if (value === undefined) throw new Error("usePreferences stands outside PreferencesProvider");
  return value;
}
