import type { Command } from "../../core/command.ts";
import type { StoredMetricView } from "../api/explore.ts";
import type { SqlAnswer } from "../signals/store.ts";
import { aligned, option, queryOf, rangeOptions, show, text } from "./asking.ts";

const metrics: Command = {
  name: "metrics list",
  summary: "Metrics that points were stored of",
  args: [],
  options: rangeOptions,
  async run(call) {
    const path = `/telemetry/metrics?${queryOf(call).toString()}`;
    const found = (await call.api.request("GET", path)) as { metrics: readonly StoredMetricView[] };
    return show(call, found, () =>
      aligned(
        found.metrics.map(({ name, kind, unit, series, description, business }) => [
          name,
          business ? "business" : "",
          kind,
          unit,
          series,
          description,
        ]),
      ),
    );
  },
};

const sql: Command = {
  name: "telemetry sql",
  summary: "One read-only statement over the tables logs, spans, points and errors",
  args: [{ name: "statement", description: "select service, count(*) from spans group by 1" }],
  options: {
    rows: text("Rows at most, 1 to 10000; 1000 if left out"),
    "timeout-ms": text("How long it may take, milliseconds; 10000 if left out"),
  },
  async run(call) {
    const body = {
      text: call.args["statement"],
      rowsMax: Number(option(call, "rows") ?? 1000),
      timeoutMs: Number(option(call, "timeout-ms") ?? 10_000),
    };
    const answer = (await call.api.request("POST", "/telemetry/sql", body)) as SqlAnswer;
    return show(call, answer, () => [
      ...aligned([
        answer.columns.map(({ name }) => name),
        ...answer.rows.map((row) =>
          row.map((cell) => (typeof cell === "number" ? cell : String(cell ?? ""))),
        ),
      ]),
      ...(answer.cut ? [`cut at ${answer.rows.length} rows: --rows`] : []),
    ]);
  },
};

/** What was not stored. */
interface DroppedRow {
  readonly source: string;
  readonly signal: string;
  readonly reason: string;
  readonly count: number;
  readonly sample: string;
}

const dropped: Command = {
  name: "telemetry dropped",
  summary: "What was not stored, why, and a sample of each",
  args: [],
  options: {},
  async run(call) {
    const found = (await call.api.request("GET", "/telemetry/dropped")) as {
      readonly dropped: readonly DroppedRow[];
    };
    return show(call, found, () =>
      aligned(
        found.dropped.map(({ count, source, signal, reason, sample }) => [
          count,
          source,
          signal,
          reason,
          sample.replaceAll(/\s+/g, " ").slice(0, 80),
        ]),
      ),
    );
  },
};

/** Commands over metrics, SQL and what was dropped. */
export const exploreCommands: readonly Command[] = [metrics, sql, dropped];
