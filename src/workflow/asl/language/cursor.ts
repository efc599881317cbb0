/** A text that is no path or function of the States language. */
export class PathInvalid extends Error {}

/** A cursor over the text of a path. */
export interface Cursor {
  readonly text: string;
  at: number;
  /** What a name after a dot may be made of here: it ends where something else can follow. */
  names: RegExp;
}

/** Moves over blanks. */
export function skipBlanks(cursor: Cursor): void {
  while (/\s/.test(cursor.text[cursor.at] ?? "")) cursor.at++;
}

/** Takes `token` if it stands at the cursor. */
export function take(cursor: Cursor, token: string): boolean {
  if (!cursor.text.startsWith(token, cursor.at)) return false;
  cursor.at += token.length;
  return true;
}

/** Takes what a sticky expression matches. */
export function takeMatch(cursor: Cursor, pattern: RegExp): string | undefined {
  pattern.lastIndex = cursor.at;
  const found = pattern.exec(cursor.text)?.[0];
  if (found !== undefined) cursor.at += found.length;
  return found;
}

/** @throws PathInvalid with the place */
export function invalid(cursor: Cursor, what: string): never {
  throw new PathInvalid(`${what} at character ${cursor.at + 1} of ${cursor.text}`);
}

/**
 * A quoted text. A backslash escapes the quote and itself; before anything else it is a character
 * of the text, as AWS reads it.
 */
export function takeQuoted(cursor: Cursor): string {
  const quote = cursor.text[cursor.at] ?? "";
  cursor.at++;
  let value = "";
  for (;;) {
    const char = cursor.text[cursor.at++];
    if (char === undefined) invalid(cursor, "the text is not closed");
    if (char === quote) return value;
    const next = cursor.text[cursor.at];
    if (char === "\\" && (next === quote || next === "\\")) {
      value += next;
      cursor.at++;
    } else value += char;
  }
}
