import type { Json } from "../../core/json.ts";
import { openSearchErrors } from "./errors.ts";

/** One action of a bulk request. */
export type BulkAction =
  | {
      /** `create` fails with 409 where the document is there; `index` replaces it. */
      readonly op: "create" | "index";
      readonly index: string;
      readonly id?: string;
      readonly document: Json;
    }
  | { readonly op: "delete"; readonly index: string; readonly id: string }
  | { readonly op: "update"; readonly index: string; readonly id: string; readonly update: Json };

/** How one action ended. */
export interface BulkItem {
  /** 200, 201; 404 (delete), 409 (create), 400 (mapping), 429 (too much waits). */
  readonly status: number;
  readonly id: string;
  /** Why it failed; empty where it did not. */
  readonly reason: string;
}

/** Statuses of an item after which the same action may succeed later. */
export const bulkRetryable: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** Actions as NDJSON. */
export function bulkBody(actions: readonly BulkAction[]): string {
  let body = "";
  for (const action of actions) {
    const { op, index } = action;
    const named = action.id === undefined ? {} : { _id: action.id };
    body += `${JSON.stringify({ [op]: { _index: index, ...named } })}\n`;
    if (action.op === "update") body += `${JSON.stringify(action.update)}\n`;
    else if (action.op !== "delete") body += `${JSON.stringify(action.document)}\n`;
  }
  return body;
}

interface RawItem {
  readonly _id?: string;
  readonly status?: number;
  readonly error?: { readonly type?: string; readonly reason?: string };
}

/**
 * The results of a bulk answer, in the order of the actions.
 * @throws MOR_OPENSEARCH_PROTOCOL where there are not as many as actions
 */
export function bulkItems(body: Json | undefined, actions: number): BulkItem[] {
  const { items } = (body ?? {}) as { readonly items?: readonly Record<string, RawItem>[] };
  if (!Array.isArray(items) || items.length !== actions) {
    const got = Array.isArray(items) ? items.length : 0;
    throw openSearchErrors.MOR_OPENSEARCH_PROTOCOL(
      `opensearch _bulk: ${got} results of ${actions} actions`,
    );
  }
  return (items as readonly Record<string, RawItem>[]).map((item) => {
    const raw = Object.values(item)[0] ?? {};
    const { status = 500, _id: id = "", error } = raw;
    const reason = error === undefined ? "" : `${error.type ?? ""}: ${error.reason ?? ""}`;
    return { status, id, reason };
  });
}
