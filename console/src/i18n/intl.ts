/**
 * Formatters of `Intl`, made once: making one takes longer than a thousand uses of it, and a page
 * that ticks would make hundreds a second.
 */

const made = new Map<string, unknown>();

/** The formatter of these arguments, out of the few that were made before. */
function once<Options, T>(
  name: string,
  make: (locale: string, options: Options) => T,
): (locale: string, options: Options) => T {
  return (locale, options) => {
    const key = `${name} ${locale} ${JSON.stringify(options)}`;
    let formatter = made.get(key) as T | undefined;
    if (formatter === undefined) made.set(key, (formatter = make(locale, options)));
    return formatter;
  };
}

export const numberFormat: (
  locale: string,
  options: Intl.NumberFormatOptions,
) => Intl.NumberFormat = once(
  "number",
  (locale, options) => new Intl.NumberFormat(locale, options),
);

export const dateFormat: (
  locale: string,
  options: Intl.DateTimeFormatOptions,
) => Intl.DateTimeFormat = once(
  "date",
  (locale, options) => new Intl.DateTimeFormat(locale, options),
);

export const pluralRules: (locale: string, options: Intl.PluralRulesOptions) => Intl.PluralRules =
  once("plural", (locale, options) => new Intl.PluralRules(locale, options));

export const listFormat: (locale: string, options: Intl.ListFormatOptions) => Intl.ListFormat =
  once("list", (locale, options) => new Intl.ListFormat(locale, options));
