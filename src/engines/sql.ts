import type { Store } from "../core/store.ts";

/**
 * Placeholders of the store's dialect, for statements that are otherwise the same on both: `?`
 * becomes `$1`, `$2` ... on Postgres. The statement must not have a question mark in a literal.
 */
export function placeholders(dialect: Store["dialect"], sql: string): string {
  if (dialect === "sqlite") return sql;
  let number = 0;
  return sql.replaceAll("?", () => `$${++number}`);
}
