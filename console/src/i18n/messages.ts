import { IntlMessageFormat } from "intl-messageformat";
import en from "./en.json" with { type: "json" };
import zhTW from "./zh-TW.json" with { type: "json" };

export type MessageKey = keyof typeof en;

export const locales = ["en", "zh-TW"] as const;
export type Locale = (typeof locales)[number];

/** Each language by its own short name. */
export const localeNames: Readonly<Record<Locale, string>> = { en: "EN", "zh-TW": "中文" };

/** What a message may be filled with: text and counts, already made safe to show. */
export type MessageValues = Readonly<Record<string, string | number>>;

/** Writes the message of a key in one language. */
export type Translate = (key: MessageKey, values?: MessageValues) => string;

const catalogues: Readonly<Record<Locale, Readonly<Record<MessageKey, string>>>> = {
  en,
  "zh-TW": zhTW,
};

/** A translator for one language; parses each message once. */
export function translator(locale: Locale): Translate {
  const parsed = new Map<MessageKey, IntlMessageFormat>();
  return (key, values) => {
    let message = parsed.get(key);
    if (message === undefined) {
      message = new IntlMessageFormat(catalogues[locale][key], locale, undefined, {
        ignoreTag: true,
      });
      parsed.set(key, message);
    }
    return String(message.format(values));
  };
}

/** Whether a key exists that the server's data asks for (`kind.queue`, `problem.waiting`). */
export const isMessageKey = (key: string): key is MessageKey => Object.hasOwn(en, key);

/** The first language of the reader that we speak; English for all others. */
export function localeFor(wanted: readonly string[]): Locale {
  for (const tag of wanted) {
    if (/^zh\b/i.test(tag)) return "zh-TW";
    if (/^en\b/i.test(tag)) return "en";
  }
  return "en";
}
