/** A wildcard's literals between its stars, or the reason for which EventBridge refuses it. */
export type WildcardParts = readonly string[] | { readonly reason: string };

/** EventBridge counts bytes of UTF-8, from 1: its engine sees the value in quotes. */
function positionOf(text: string, index: number): number {
  return Buffer.byteLength(text.slice(0, index)) + 1;
}

/**
 * Parses a wildcard: `*` stands for any run of characters, `\*` and `\\` for themselves.
 * @param starsMax more stars are refused, in the words EventBridge uses for patterns too complex
 */
export function parseWildcard(text: string, starsMax: number): WildcardParts {
  const parts: string[] = [];
  let literal = "";
  for (let index = 0; index < text.length; index++) {
    const character = text.charAt(index);
    const following = text.charAt(index + 1);
    if (character === "*") {
      if (following === "*") {
        return { reason: `Consecutive wildcard characters at pos ${positionOf(text, index)}` };
      }
      parts.push(literal);
      literal = "";
    } else if (character === "\\") {
      if (following !== "*" && following !== "\\") {
        return { reason: `Invalid escape character at pos ${positionOf(text, index)}` };
      }
      literal += following;
      index++;
    } else {
      literal += character;
    }
  }
  parts.push(literal);
  if (parts.length - 1 <= starsMax) return parts;
  return {
    reason:
      "Rule is too complex - try using fewer wildcard characters or fewer repeating character " +
      "sequences after a wildcard character",
  };
}

/** Below this product of lengths the engine's own search is the faster one, and bounded by it. */
const plainSearchMax = 1 << 16;

function failureTable(needle: string): Int32Array {
  const table = new Int32Array(needle.length);
  for (let index = 1, matched = 0; index < needle.length; index++) {
    const code = needle.charCodeAt(index);
    while (matched > 0 && needle.charCodeAt(matched) !== code) matched = table[matched - 1] ?? 0;
    if (needle.charCodeAt(matched) === code) matched++;
    table[index] = matched;
  }
  return table;
}

/** Knuth, Morris and Pratt (1977): a search whose cost is linear whatever the texts. */
function linearSearch(value: string, needle: string, from: number): number {
  const table = failureTable(needle);
  for (let index = from, matched = 0; index < value.length; index++) {
    const code = value.charCodeAt(index);
    while (matched > 0 && needle.charCodeAt(matched) !== code) matched = table[matched - 1] ?? 0;
    if (needle.charCodeAt(matched) === code) matched++;
    if (matched === needle.length) return index - matched + 1;
  }
  return -1;
}

function search(value: string, needle: string, from: number): number {
  if ((value.length - from) * needle.length <= plainSearchMax) return value.indexOf(needle, from);
  return linearSearch(value, needle, from);
}

/**
 * Whether a value matches. Each literal is taken at its first place after the one before it,
 * which needs no way back: the cost is linear in value and wildcard.
 */
export function matchesWildcard(value: string, parts: readonly string[]): boolean {
  const head = parts[0] ?? "";
  if (parts.length === 1) return value === head;
  const tail = parts[parts.length - 1] ?? "";
  const end = value.length - tail.length;
  if (end < head.length || !value.startsWith(head) || !value.endsWith(tail)) return false;
  let from = head.length;
  for (let index = 1; index < parts.length - 1; index++) {
    const part = parts[index] ?? "";
    const found = search(value, part, from);
    if (found < 0 || found + part.length > end) return false;
    from = found + part.length;
  }
  return true;
}
