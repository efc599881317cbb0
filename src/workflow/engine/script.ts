import type { Row, SqlValue, Statement, StatementResult, Store } from "../../core/store.ts";
import { placeholders } from "../../engines/sql.ts";

/** The channel whose listeners look for work. */
export const workChannel = "workflow";

/** Statements in the dialect of a state store. */
export class Script {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  get dialect(): Store["dialect"] {
    return this.#store.dialect;
  }

  sql(sql: string, params: readonly SqlValue[], expect?: Statement["expect"]): Statement {
    const text = placeholders(this.#store.dialect, sql);
    return { sql: text, params, ...(expect === undefined ? {} : { expect }) };
  }

  write(
    statements: readonly Statement[],
    wake: readonly string[] = [],
  ): Promise<readonly StatementResult[]> {
    return this.#store.write({ statements, wake });
  }

  read(sql: string, params: readonly SqlValue[]): Promise<readonly Row[]> {
    return this.#store.read(placeholders(this.#store.dialect, sql), params);
  }
}
