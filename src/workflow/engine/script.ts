import type { Row, SqlValue, Statement, StatementResult, Store } from "../../core/store.ts";
import { placeholders } from "../../engines/sql.ts";

/** The channel whose listeners look for work. */
export const workChannel = "workflow";

/** The channel whose listeners wait for runs to end. */
export const endChannel = "workflow-end";

/** Statements in the dialect of a state store. */
export class Script {
  readonly #store: Store;
  readonly #texts = new Map<string, string>();

  constructor(store: Store) {
    this.#store = store;
  }

  get dialect(): Store["dialect"] {
    return this.#store.dialect;
  }

  sql(sql: string, params: readonly SqlValue[], expect?: Statement["expect"]): Statement {
    return { sql: this.#text(sql), params, ...(expect === undefined ? {} : { expect }) };
  }

  /** The same statement for each row of parameters. */
  each(sql: string, each: readonly (readonly SqlValue[])[]): Statement {
    return { sql: this.#text(sql), each };
  }

  #text(sql: string): string {
    if (this.dialect === "sqlite") return sql;
    let text = this.#texts.get(sql);
    if (text === undefined) {
      text = placeholders(this.dialect, sql);
      if (this.#texts.size < textsMax) this.#texts.set(sql, text);
    }
    return text;
  }

  write(
    statements: readonly Statement[],
    wake: readonly string[] = [],
  ): Promise<readonly StatementResult[]> {
    return this.#store.write({ statements, wake });
  }

  read(sql: string, params: readonly SqlValue[]): Promise<readonly Row[]> {
    return this.#store.read(this.#text(sql), params);
  }

  /** As `read`, for what reads much: away from the event loop where there is a way. */
  readLong(sql: string, params: readonly SqlValue[]): Promise<readonly Row[]> {
    return this.#store.readLong?.(this.#text(sql), params) ?? this.read(sql, params);
  }
}

/** Translated statements that are kept. */
const textsMax = 500;
