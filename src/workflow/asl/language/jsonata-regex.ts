import { RE2JS } from "re2js";

/**
 * The regular expressions of JSONata in linear time, in the form of `RegExp` as far as the library
 * uses it. Look-around and back references are refused, since no linear engine has them.
 */
export class LinearRegex {
  lastIndex = 0;
  readonly #compiled: RE2JS;

  constructor(source: RegExp) {
    const bits =
      (source.ignoreCase ? RE2JS.CASE_INSENSITIVE : 0) | (source.multiline ? RE2JS.MULTILINE : 0);
    this.#compiled = RE2JS.compile(source.source, bits);
  }

  /** The next match from `lastIndex` on; moves it behind the match, as a global RegExp does. */
  exec(text: string): (string | undefined)[] | null {
    const matcher = this.#compiled.matcher(text);
    if (this.lastIndex > text.length || !matcher.find(this.lastIndex)) {
      this.lastIndex = 0;
      return null;
    }
    const groups = Array.from(
      { length: matcher.groupCount() + 1 },
      (_, index) => matcher.group(index) ?? undefined,
    );
    this.lastIndex = matcher.end();
    return Object.assign(groups, { index: matcher.start() });
  }
}
