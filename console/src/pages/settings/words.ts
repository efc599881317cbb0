import en from "./en.json" with { type: "json" };

type Key = keyof typeof en;

/** The key of words about what the server names; undefined where this console has none. */
export function wordsKey(kind: "limit" | "feature", name: string): Key | undefined {
  const key = `${kind}.${name}`;
  return Object.hasOwn(en, key) ? (key as Key) : undefined;
}
