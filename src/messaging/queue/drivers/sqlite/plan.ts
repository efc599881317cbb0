import type { Statement, StatementResult, Store } from "../../../../core/store.ts";

/** Statements of one write, each part with what becomes of its results. */
export interface Plan {
  /** Adds a part; `done` gets the results of its statements after the commit. */
  add(
    statements: readonly Statement[],
    done: (results: readonly StatementResult[]) => void | Promise<void>,
    failed?: (error: unknown) => void,
  ): void;
  empty(): boolean;
  /** Commits all parts or none; resolves when every `done` or `failed` has run. Never rejects. */
  run(): Promise<void>;
}

/**
 * Makes an empty plan. Its literal has no getter: V8 makes a hidden class of its own for each such
 * object, in the old generation, from where it keeps all that the getter sees alive until the next
 * full collection.
 */
export function makePlan(store: Store): Plan {
  const statements: Statement[] = [];
  const parts: {
    readonly count: number;
    readonly done: (results: readonly StatementResult[]) => void | Promise<void>;
    readonly failed: ((error: unknown) => void) | undefined;
  }[] = [];
  return {
    add(more, done, failed) {
      statements.push(...more);
      parts.push({ count: more.length, done, failed });
    },
    empty: () => parts.length === 0,
    async run() {
      let results: readonly StatementResult[];
      try {
        results = statements.length === 0 ? [] : await store.write({ statements });
      } catch (error) {
        for (const part of parts) part.failed?.(error);
        return;
      }
      let at = 0;
      const later: Promise<void>[] = [];
      for (const { count, done } of parts) {
        const waiting = done(results.slice(at, (at += count)));
        if (waiting) later.push(waiting);
      }
      if (later.length > 0) await Promise.all(later);
    },
  };
}
