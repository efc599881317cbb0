import type { Tails, TailPart } from "../api/tail.ts";
import type { Filter } from "../signals/filter.ts";
import type { WorkerTails } from "./worker-offer.ts";

/** Live tails over those of the telemetry thread. */
export interface OpenTails extends Tails {
  /** Hands what the thread tells to whoever listens. */
  tailed(id: string, part: TailPart): void;
}

/** Live tails; a driver that stores elsewhere than in this process has none, and tells nothing. */
export function openTails(thread: WorkerTails | undefined, nextId: () => string): OpenTails {
  const listeners = new Map<string, (part: TailPart) => void>();
  const close = (id: string): void => {
    listeners.delete(id);
    void thread?.close(id).catch(() => undefined);
  };
  return {
    open(filter: Filter, listener) {
      const id = nextId();
      listeners.set(id, listener);
      void thread?.open(id, filter).catch(() => listeners.delete(id));
      return () => close(id);
    },
    tailed: (id, part) => listeners.get(id)?.(part),
  };
}
