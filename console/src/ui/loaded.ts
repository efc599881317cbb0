import { useEffect, useState } from "react";

/**
 * A hook for what is loaded when it is first needed; undefined until it is there. Unlike `lazy` it
 * gives what has been loaded at once: React holds a fallback for 300 ms. What cannot be loaded
 * fails the page around it.
 */
export function loadedOnce<T extends object>(
  load: () => Promise<{ readonly default: T }>,
): () => T | undefined {
  let loaded: T | undefined;
  return () => {
    const [value, setValue] = useState(() => ({ value: loaded }));
    useEffect(() => {
      if (value.value !== undefined) return undefined;
      let wanted = true;
      const fail = (problem: unknown): never => {
        throw problem;
      };
      load().then(
        (module) => {
          loaded = module.default;
          if (wanted) setValue({ value: loaded });
        },
        (problem: unknown) => wanted && setValue(() => fail(problem)),
      );
      return () => {
        wanted = false;
      };
    }, [value]);
    return value.value;
  };
}
