import { useCallback } from "react";
import { call } from "../../../api/client.ts";
import type { Suggestions } from "../../../ui/logs/query.ts";
import { labelNames, metricNames } from "./ask.ts";
import type { Span } from "./frame.ts";
import { promqlAt, promqlWords } from "./promql.ts";

type Suggest = (text: string, cursor: number, abort: AbortSignal) => Promise<Suggestions>;

/** Suggestions for the query language, as the API gives them. */
export function useSuggestRecords(
  signal: "logs" | "spans" | "points" | "errors",
  span: Span,
): Suggest {
  const { fromMs, toMs } = span;
  return useCallback(
    async (q, cursor, abort) => {
      // Points have attributes of any name: nothing is known to suggest.
      if (signal === "points") return { from: cursor, to: cursor, options: [] };
      const query = { signal, q, cursor, fromMs, toMs };
      const found = await call("get", "/telemetry/complete", { query }, abort);
      return {
        from: found.from,
        to: found.to,
        options: found.suggestions.map(({ text, about }) => ({
          label: text,
          ...(about === "" ? {} : { detail: about }),
        })),
      };
    },
    [signal, fromMs, toMs],
  );
}

/** Suggestions for PromQL: functions, metrics that there are, and their labels. */
export function useSuggestPromql(span: Span): Suggest {
  return useCallback(
    async (text, cursor, abort) => {
      const place = promqlAt(text, cursor);
      const names =
        place.kind === "label"
          ? await labelNames(place.metric, span, abort)
          : place.kind === "name"
            ? [...(await metricNames(span, abort)), ...promqlWords]
            : [];
      const typed = place.typed.toLowerCase();
      const starts = names.filter((one) => one.toLowerCase().startsWith(typed));
      const holds = names.filter(
        (one) => !starts.includes(one) && one.toLowerCase().includes(typed),
      );
      const options = [...starts, ...holds]
        .filter((one) => one !== place.typed && one !== "__name__")
        .slice(0, 50)
        .map((label) => ({ label }));
      return { from: place.from, to: cursor, options };
    },
    [span],
  );
}
