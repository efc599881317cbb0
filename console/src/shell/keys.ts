import { useEffect } from "react";

/** Whether a key is meant for a field and not for the page. */
function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
}

/** What a key, or `g` and then a key, does anywhere on the page. */
export type Keys = Readonly<Record<string, () => void>>;

const chordMs = 1200;

/**
 * Listens to keys of the whole page: single characters (`?`), `Ctrl K` as `mod+k`, and two in a row
 * as `g q`. Not while the reader types, but for those with a modifier.
 */
export function useKeys(keys: Keys): void {
  useEffect(() => {
    let first = "";
    let firstMs = 0;
    const onKey = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.altKey) return;
      const key = event.key.toLowerCase();
      const mod = event.ctrlKey || event.metaKey;
      if (!mod && isTyping(event.target)) return;
      const chord = event.timeStamp - firstMs < chordMs ? `${first} ${key}` : "";
      const run = keys[mod ? `mod+${key}` : chord] ?? (mod ? undefined : keys[key]);
      first = mod ? "" : key;
      firstMs = event.timeStamp;
      if (run === undefined) return;
      event.preventDefault();
      first = "";
      run();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  });
}
