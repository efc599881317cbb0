/** The end of the string that opens at `start`: the place after its closing quote. */
function stringEnd(text: string, start: number): number {
  let index = start + 1;
  while (text.charAt(index) !== '"') index += text.charAt(index) === "\\" ? 2 : 1;
  return index + 1;
}

const blank = /\s*/y;

function isKey(text: string, end: number): boolean {
  blank.lastIndex = end;
  blank.test(text);
  return text.charAt(blank.lastIndex) === ":";
}

/**
 * The first key that an object of a JSON text holds twice, or undefined. `JSON.parse` keeps the
 * last of them in silence, so only the text can tell.
 * @param text valid JSON
 */
export function duplicateKey(text: string): string | undefined {
  const open: Set<string>[] = [];
  for (let index = 0; index < text.length; index++) {
    const character = text.charAt(index);
    if (character === "{" || character === "[") open.push(new Set());
    else if (character === "}" || character === "]") open.pop();
    else if (character === '"') {
      const end = stringEnd(text, index);
      if (isKey(text, end)) {
        const key = String(JSON.parse(text.slice(index, end)));
        const seen = open.at(-1);
        if (seen?.has(key)) return key;
        seen?.add(key);
      }
      index = end - 1;
    }
  }
  return undefined;
}
