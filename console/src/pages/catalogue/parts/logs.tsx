import { useCallback, useMemo, useState, type ReactNode } from "react";
import { isolated } from "../../../i18n/foreign.ts";
import * as format from "../../../i18n/format.ts";
import { Button } from "../../../ui/button.tsx";
import { LogHistogram, type LevelBucket } from "../../../ui/logs/log-histogram.tsx";
import { LogView } from "../../../ui/logs/log-view.tsx";
import { QueryField } from "../../../ui/logs/query-field.tsx";
import type { QueryProblem, Suggestions } from "../../../ui/logs/query.ts";
import { Panel } from "../../../ui/page.tsx";
import { useText } from "../text.ts";
import { lineMaker } from "./log-lines.ts";

const began = Date.UTC(2026, 0, 2, 4);
const minuteMs = 60_000;
const buckets: readonly LevelBucket[] = Array.from({ length: 60 }, (_, at) => ({
  fromMs: began + (at - 60) * minuteMs,
  toMs: began + (at - 59) * minuteMs,
  counts: {
    ERROR: at > 40 && at < 46 ? 60 + ((at * 37) % 30) : at % 11 === 0 ? 3 : 0,
    WARN: (at * 7919) % 23,
    INFO: Math.round(120 + 60 * Math.sin(at / 7)),
    DEBUG: Math.round(70 + 40 * Math.cos(at / 5)),
  },
}));

const fields = ["service", "level", "trace_id", "http.route", "http.status", "customer"];

/** Suggests the names of fields, as a page does that asks its server. */
function suggest(text: string, cursor: number): Promise<Suggestions> {
  const from = text.slice(0, cursor).search(/[\w.]*$/);
  const typed = text.slice(from, cursor);
  const options = fields
    .filter((name) => name.startsWith(typed))
    .map((name) => ({ label: name, insert: `${name}:`, detail: "keyword" }));
  return Promise.resolve({ from, to: cursor, options });
}

/** A query with a second operator where a word belongs. */
function problemOf(text: string, message: string): QueryProblem | undefined {
  const found = /\b(?:AND|OR) (AND|OR)\b/.exec(text);
  if (found === null) return undefined;
  const to = found.index + found[0].length;
  return { message, from: to - (found[1] ?? "").length, to };
}

const words = ["refused", "慢查詢"];
const seed = 7;
const linesCount = 400;

/** Log lines that were found, one of them open. */
export default function Logs(): ReactNode {
  const { t, locale } = useText();
  const [query, setQuery] = useState("service:orders AND OR refused");
  const [said, setSaid] = useState<string>();
  const lines = useMemo(() => lineMaker(seed)(linesCount), []);
  const say = useCallback(
    (sign: string) => (field: string, value: string) =>
      setSaid(`${sign}${isolated(field, 60)} ${isolated(value, 60)}`),
    [],
  );
  const [only, without] = useMemo(() => [say("+"), say("−")], [say]);
  return (
    <>
      <Panel title={t("ui.query")}>
        <QueryField
          label={t("ui.query")}
          value={query}
          onSubmit={setQuery}
          onType={setQuery}
          suggest={suggest}
          problem={problemOf(query, t("ui.wrongQuery"))}
        />
      </Panel>
      <Panel title={t("ui.logs")} hint={said} flush>
        <LogHistogram
          buckets={buckets}
          onPick={(fromMs, toMs) =>
            setSaid(
              t("ui.chosen", {
                from: format.dateTime(fromMs, locale),
                to: format.dateTime(toMs, locale),
              }),
            )
          }
        />
        <LogView
          label={t("ui.logs")}
          lines={lines}
          words={words}
          onOnly={only}
          onWithout={without}
          actions={() => <Button size="small">{t("ui.link")}</Button>}
          heightMax={480}
        />
      </Panel>
      <Panel title={t("ui.noLines")} flush>
        <LogView label={t("ui.noLines")} lines={[]} />
      </Panel>
    </>
  );
}
