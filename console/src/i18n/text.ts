import { usePreferences } from "../preferences.tsx";
import {
  translatorsOf,
  type Catalogue,
  type Locale,
  type MessageKey,
  type Translate,
} from "./messages.ts";

/** What a page of a pillar writes with. */
export interface Text<Key extends string> {
  readonly t: Translate<Key | MessageKey>;
  readonly locale: Locale;
}

/**
 * A pillar's own hook for its messages: `export const useText = textOf({ en, "zh-TW": zhTW })`.
 * Shared messages can be said with it too.
 */
export function textOf<Key extends string>(own: Catalogue<Key>): () => Text<Key> {
  const translators = translatorsOf(own);
  return () => {
    const { locale } = usePreferences();
    return { t: translators[locale], locale };
  };
}
