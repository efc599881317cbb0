import { useCallback } from "react";
import { call } from "../../../api/client.ts";
import type { Suggestions } from "../../../ui/logs/query.ts";

/** Asks the API what could stand at the cursor of a query. */
export function useSuggest(
  signal: "logs" | "spans" | "errors",
): (text: string, cursor: number, abort?: AbortSignal) => Promise<Suggestions> {
  return useCallback(
    async (q, cursor, abort) => {
      const found = await call(
        "get",
        "/telemetry/complete",
        { query: { signal, q, cursor } },
        abort,
      );
      return {
        from: found.from,
        to: found.to,
        options: found.suggestions.map(({ text, about }) => ({
          label: text,
          ...(about === "" ? {} : { detail: about }),
        })),
      };
    },
    [signal],
  );
}
