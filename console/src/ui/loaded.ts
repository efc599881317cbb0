import { useEffect, useState } from "react";
import { browserClock } from "../clock.ts";

/** Code that could not be fetched is asked for again after so long, milliseconds. */
const retryMs = 1000;

/** Whether the server answers, whatever it says. */
const answers = (): Promise<boolean> =>
  fetch("/healthz").then(
    () => true,
    () => false,
  );

/**
 * Loads, as often as it takes while the server is away: what is on the page stays there. Fails
 * where the server answers and does not have it: another version was installed meanwhile.
 */
export async function insistent<T>(load: () => Promise<T>): Promise<T> {
  for (let isUp = false; ;) {
    try {
      return await load();
    } catch (problem) {
      if (isUp) throw problem;
      isUp = await answers();
      if (!isUp) await new Promise<void>((next) => browserClock.after(retryMs, next));
    }
  }
}

/**
 * A hook for what is loaded when it is first needed; undefined until it is there. Unlike `lazy` it
 * gives what has been loaded at once: React holds a fallback for 300 ms. What the server does not
 * have fails the page around it; a server that is away is waited for.
 */
export function loadedOnce<T extends object>(
  load: () => Promise<{ readonly default: T }>,
): () => T | undefined {
  let loaded: T | undefined;
  let loading: Promise<{ readonly default: T }> | undefined;
  const loadAgain = (): Promise<{ readonly default: T }> => {
    loading ??= insistent(load).finally(() => {
      loading = undefined;
    });
    return loading;
  };
  return () => {
    const [value, setValue] = useState(() => ({ value: loaded }));
    useEffect(() => {
      if (value.value !== undefined) return undefined;
      let wanted = true;
      const fail = (problem: unknown): never => {
        throw problem;
      };
      loadAgain().then(
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
