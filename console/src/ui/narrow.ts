import { useSyncExternalStore } from "react";

const narrow = matchMedia("(max-width: 700px)");

/** Whether the window is so narrow that wide pictures cannot be read in it. */
export function useNarrow(): boolean {
  return useSyncExternalStore(
    (changed) => {
      narrow.addEventListener("change", changed);
      return () => narrow.removeEventListener("change", changed);
    },
    () => narrow.matches,
  );
}
