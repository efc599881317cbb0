/**
 * Text that came from the app's data. Markup in it is harmless (React writes text), but characters
 * that turn the direction of writing or do not print could make one name look like another.
 */

const shownMax = 400;
const first = 0x2068;
const last = 0x2069;

/**
 * Overrides, embeddings and isolates (U+202A to U+202E, U+2066 to U+2069) and control characters.
 */
const deceiving = /[\u202A-\u202E\u2066-\u2069\u0000-\u001F\u007F-\u009F\uFFF9-\uFFFB]/gu;

const visible = (character: string): string => {
  if (/[\t\n\r]/.test(character)) return " ";
  const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
  return `‹U+${code}›`;
};

/** Foreign text as it may be shown: cut, with what deceives written out. */
export function shown(text: string, max: number = shownMax): string {
  let cut = text.length > max ? text.slice(0, max) : text;
  // Never half of a pair of surrogates.
  if (cut.length < text.length) cut = `${cut.replace(/[\uD800-\uDBFF]$/, "")}…`;
  return cut.toWellFormed().replace(deceiving, visible);
}

/** The same for inside a sentence, an attribute or a title, where no element can isolate it. */
export function isolated(text: string, max?: number): string {
  return `${String.fromCodePoint(first)}${shown(text, max)}${String.fromCodePoint(last)}`;
}

const typedMax = 60;

/** A name as it can be typed to confirm something; undefined for one that people cannot type. */
export function typable(text: string): string | undefined {
  return text.length <= typedMax && /^[\x20-\x7E]+$/.test(text) && text === text.trim()
    ? text
    : undefined;
}
