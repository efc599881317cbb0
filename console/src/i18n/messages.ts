import { formatToParts, IntlMessageFormat, type Formatters } from "intl-messageformat";
import { dateFormat, numberFormat, pluralRules } from "./intl.ts";
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

const formatters: Formatters = {
  getNumberFormat: (locale, options) => numberFormat(String(locale), options ?? {}),
  getDateTimeFormat: (locale, options) => dateFormat(String(locale), options ?? {}),
  getPluralRules: (locale, options) => pluralRules(String(locale), options ?? {}),
};

type Tree = Parameters<typeof formatToParts>[0];

/**
 * The syntax tree of a message: the build has made it already (`console/messages.ts`), a test has
 * the text.
 */
function treeOf(message: string | Tree): Tree {
  if (typeof message !== "string") return message;
  return IntlMessageFormat.__parse?.(message, { ignoreTag: true }) ?? [];
}

/** Whether a message is said as it stands: nothing is filled in, nothing is quoted. */
const isPlain = (message: string | Tree): message is string =>
  typeof message === "string" && !/[{}']/.test(message);

/** A translator for one language; takes each message apart once. */
function translatorOf<Key extends string>(
  messages: Readonly<Record<Key, string | Tree>>,
  locale: Locale,
): Translate<Key> {
  const trees = new Map<Key, Tree>();
  return (key, values) => {
    const message = messages[key];
    if (isPlain(message)) return message;
    let tree = trees.get(key);
    if (tree === undefined) trees.set(key, (tree = treeOf(message)));
    return formatToParts(tree, locale, formatters, IntlMessageFormat.formats, { ...values })
      .map(({ value }) => String(value))
      .join("");
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
