import { IntlMessageFormat } from "intl-messageformat";
import en from "./en.json" with { type: "json" };
import zhTW from "./zh-TW.json" with { type: "json" };

/** Keys of what every page may say. */
export type MessageKey = keyof typeof en;

export const locales = ["en", "zh-TW"] as const;
export type Locale = (typeof locales)[number];

/** A short text in every language, for what is declared rather than written on a page. */
export type InEach = Readonly<Record<Locale, string>>;

/** Each language by its own short name. */
export const localeNames: InEach = { en: "EN", "zh-TW": "中文" };

/** What a message may be filled with: text and counts, already made safe to show. */
export type MessageValues = Readonly<Record<string, string | number>>;

/** Writes the message of a key in one language. */
export type Translate<Key extends string = MessageKey> = (
  key: Key,
  values?: MessageValues,
) => string;

/** The messages of one part of the console, in every language. */
export type Catalogue<Key extends string> = Readonly<Record<Locale, Readonly<Record<Key, string>>>>;

/** A translator for one language; parses each message once. */
function translatorOf<Key extends string>(
  messages: Readonly<Record<Key, string>>,
  locale: Locale,
): Translate<Key> {
  const parsed = new Map<Key, IntlMessageFormat>();
  return (key, values) => {
    let message = parsed.get(key);
    if (message === undefined) {
      message = new IntlMessageFormat(messages[key], locale, undefined, { ignoreTag: true });
      parsed.set(key, message);
    }
    return String(message.format(values));
  };
}

const shared: Catalogue<MessageKey> = { en, "zh-TW": zhTW };
const sharedTranslators: Readonly<Record<Locale, Translate>> = {
  en: translatorOf(shared.en, "en"),
  "zh-TW": translatorOf(shared["zh-TW"], "zh-TW"),
};

/** The translator of what every page may say. */
export const translator = (locale: Locale): Translate => sharedTranslators[locale];

/** A translator of a pillar's own messages and of the shared ones; its own come first. */
export function translatorsOf<Key extends string>(
  own: Catalogue<Key>,
): Readonly<Record<Locale, Translate<Key | MessageKey>>> {
  const both = (locale: Locale): Translate<Key | MessageKey> => {
    const ours = translatorOf(own[locale], locale);
    const isOurs = (key: string): key is Key => Object.hasOwn(own[locale], key);
    return (key, values) =>
      isOurs(key) ? ours(key, values) : sharedTranslators[locale](key as MessageKey, values);
  };
  return { en: both("en"), "zh-TW": both("zh-TW") };
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
