const fieldsMax = 8;

/**
 * The fields of an event's data as text, if it is a JSON object. A summary that the server has cut
 * ends with `…`: what stands whole before the cut is still read.
 */
export function fieldsOf(summary: string): readonly (readonly [string, string])[] | undefined {
  const object = parsed(summary) ?? parsed(beforeCut(summary));
  if (object === undefined) return undefined;
  const entries = Object.entries(object).slice(0, fieldsMax);
  if (entries.length === 0) return undefined;
  return entries.map(([name, value]) => [
    name,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
}

function parsed(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Up to the last comma at the top level, closed again. */
function beforeCut(text: string): string {
  let depth = 0;
  let quoted = false;
  let end = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (quoted) {
      if (character === "\\") at++;
      else if (character === '"') quoted = false;
    } else if (character === '"') quoted = true;
    else if (character === "{" || character === "[") depth++;
    else if (character === "}" || character === "]") depth--;
    else if (character === "," && depth === 1) end = at;
  }
  return `${text.slice(0, end)}}`;
}
