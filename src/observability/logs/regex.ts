/**
 * One expression from its parts, for those that are longer than a line. They are all our own, with
 * a bound on every repetition: what users write runs on RE2.
 */
export function regexOf(flags: string, ...parts: readonly string[]): RegExp {
  return new RegExp(parts.join(""), flags);
}
