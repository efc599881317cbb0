import { useQuery } from "@tanstack/react-query";
import { useMemo, useState, type ReactNode } from "react";
import type { AnswerOf } from "../../../api/client.ts";
import type { Problem } from "../../../api/problem.ts";
import { useApi } from "../../../api/query.ts";
import { shown } from "../../../i18n/foreign.ts";
import { Tag } from "../../../ui/badge.tsx";
import { Chip, SearchField, Segments } from "../../../ui/field.tsx";
import { Count } from "../../../ui/figures.tsx";
import { QueryField } from "../../../ui/logs/query-field.tsx";
import { Page, Panel } from "../../../ui/page.tsx";
import { Answer, Empty } from "../../../ui/states.tsx";
import { Table, type Column } from "../../../ui/table/table.tsx";
import { flag, oneOf, text, useView, type Parameters } from "../../../view.ts";
import { metricNames, useSource } from "./ask.ts";
import { FrameChart, GridTable } from "./drawing.tsx";
import type { Span } from "./frame.ts";
import { firstExpression } from "./promql.ts";
import { useSpan } from "./span.ts";
import { SaveToDashboard } from "./sql-saved.tsx";
import { useSuggestPromql } from "./suggest.ts";
import { useText } from "./text.ts";
import "./alerts.css";

interface MetricsView {
  readonly q: string;
  readonly draw: "lines" | "bars";
  readonly find: string;
  /** Business metrics alone. */
  readonly business: true;
}

const view: Parameters<MetricsView> = {
  q: text(8192),
  draw: oneOf(["lines", "bars"]),
  find: text(100),
  business: flag,
};

type Metric = AnswerOf<"/telemetry/metrics", "get">["metrics"][number];

/** `http_request_seconds_bucket` is part of `http_request_seconds`, `orders_total` is `orders`. */
function namesOf(metric: string, names: readonly string[]): readonly string[] {
  const base = metric.replaceAll(/[^A-Za-z0-9_:]/g, "_");
  return names.filter((one) => one === base || one.startsWith(`${base}_`));
}

function useColumns(): readonly Column<Metric>[] {
  const { t } = useText();
  return [
    {
      id: "name",
      title: t("metrics.name"),
      value: ({ name }) => name,
      cell: ({ name, business }) => (
        <span className="row">
          <bdi className="mono">{shown(name, 120)}</bdi>
          {business && (
            <span title={t("metrics.businessHint")}>
              <Tag>{t("metrics.business")}</Tag>
            </span>
          )}
        </span>
      ),
      width: 220,
      grows: true,
      priority: 1,
    },
    {
      id: "description",
      title: t("metrics.about"),
      value: ({ description }) => description,
      cell: ({ description }) => <bdi>{shown(description, 200)}</bdi>,
      width: 220,
      grows: true,
      priority: 5,
    },
    {
      id: "kind",
      title: t("metrics.kind"),
      value: ({ kind }) => kind,
      cell: ({ kind }) => <Tag>{shown(kind, 30)}</Tag>,
      width: 110,
      priority: 3,
    },
    {
      id: "unit",
      title: t("panel.unit"),
      value: ({ unit }) => unit,
      // `{order}` is a count of orders.
      cell: ({ unit }) => <bdi className="mono">{shown(unit.replaceAll(/[{}]/g, ""), 30)}</bdi>,
      width: 100,
      priority: 4,
    },
    {
      id: "series",
      title: t("metrics.series"),
      value: ({ series }) => series,
      // A ratio is worked out of the series of others.
      cell: ({ series, ratio }) => <Count value={ratio === undefined ? series : null} />,
      width: 80,
      align: "end",
      priority: 2,
    },
  ];
}

/** The unit that an expression's values have, as far as its names tell. */
function unitOf(expr: string): string {
  if (/quantile.*seconds|seconds_sum.*seconds_count/.test(expr)) return "s";
  if (/\b(rate|irate)\s*\(/.test(expr)) return "1/s";
  if (/_bytes\b/.test(expr)) return "bytes";
  return "";
}

/** What an expression gives: lines, and its series with their last values. */
function Found({ q, span, draw }: { q: string; span: Span; draw: "lines" | "bars" }): ReactNode {
  const { t } = useText();
  const [, setRange] = useSpan();
  const source = useMemo(() => ({ type: "promql" as const, expr: q }), [q]);
  const asked = useSource(source, draw, span, q !== "");
  return (
    <Answer of={asked}>
      {({ frame, grid }) =>
        frame === undefined || frame.lines.length === 0 ? (
          <Empty title={t("metrics.nothing")} text={t("metrics.nothingText")} />
        ) : (
          <>
            <FrameChart
              label={shown(q, 120)}
              frame={frame}
              unit={unitOf(q)}
              bars={draw === "bars"}
              span={span}
              height={300}
              onRange={(fromMs, toMs) => setRange({ fromMs, toMs })}
            />
            {grid !== undefined && (
              <GridTable
                label={t("metrics.series")}
                name="series"
                grid={grid}
                unit={unitOf(q)}
                rowsMax={8}
              />
            )}
          </>
        )
      }
    </Answer>
  );
}

const sample = `curl -X POST http://localhost:4318/v1/metrics -H 'content-type: application/json' \\
  -d '{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"hello","gauge":
    {"dataPoints":[{"asDouble":1,"timeUnixNano":"'$(date +%s%N)'"}]}}]}]}]}'`;

/** Those that were looked for, what the business follows first. */
function listed(metrics: readonly Metric[], find: string, onlyBusiness: boolean): Metric[] {
  return metrics
    .filter(({ business }) => business || !onlyBusiness)
    .filter(({ name, description }) =>
      `${name} ${description}`.toLowerCase().includes(find.toLowerCase()),
    )
    .toSorted((one, other) => Number(other.business) - Number(one.business));
}

/** What metrics there are; one is opened by an expression that suits its kind. */
function Catalogue({ span, onOpen }: { span: Span; onOpen: (q: string) => void }): ReactNode {
  const { t } = useText();
  const [{ find = "", business }, set] = useView(view);
  const columns = useColumns();
  const found = useApi("/telemetry/metrics", { query: { ...span } }, { keep: true });
  const names = useQuery<readonly string[], Problem>({
    queryKey: ["metric-names", span],
    queryFn: ({ signal }) => metricNames(span, signal),
    placeholderData: (before) => before,
    gcTime: 30_000,
  });
  const expressionOf = (name: string): string => {
    const all = names.data ?? [];
    const [first = name] = namesOf(name, all);
    return firstExpression(first, all);
  };
  const open = ({ name, ratio }: Metric): void =>
    onOpen(
      ratio === undefined
        ? expressionOf(name)
        : `${expressionOf(ratio.of)} / ${expressionOf(ratio.over)}`,
    );
  return (
    <Panel title={t("metrics.all")} flush>
      <Answer of={found}>
        {({ metrics }) => (
          <Table
            label={t("metrics.all")}
            name="metrics"
            columns={columns}
            rows={listed(metrics, find, business === true)}
            rowKey={({ name }) => name}
            onOpen={open}
            filters={
              <>
                <SearchField
                  label={t("metrics.find")}
                  value={find}
                  onChange={(next) => set({ find: next === "" ? undefined : next })}
                />
                <Chip
                  label={t("metrics.business")}
                  hint={t("metrics.businessHint")}
                  count={metrics.filter((one) => one.business).length}
                  pressed={business === true}
                  onChange={(pressed) => set({ business: pressed ? true : undefined })}
                />
              </>
            }
            empty={<Empty title={t("metrics.none")} text={t("metrics.noneText")} code={sample} />}
          />
        )}
      </Answer>
    </Panel>
  );
}

/** Metrics: what is measured, asked for with PromQL. */
export default function MetricsPage(): ReactNode {
  const { t } = useText();
  const [{ q = "", draw = "lines" }, set] = useView(view);
  const [span] = useSpan();
  const suggest = useSuggestPromql(span);
  const source = useMemo(() => ({ type: "promql" as const, expr: q }), [q]);
  const asked = useSource(source, draw, span, q !== "");
  const [typed, setTyped] = useState(q);
  const problem =
    asked.error?.code === "PROMQL" && typed === q
      ? { message: asked.error.message, from: 0, to: q.length }
      : undefined;
  const open = (next: string): void => {
    setTyped(next);
    set({ q: next === "" ? undefined : next }, { push: true });
  };
  return (
    <Page
      title={t("metrics.title")}
      sentence={t("metrics.sentence")}
      actions={
        q !== "" &&
        problem === undefined && (
          <SaveToDashboard
            label={t("metrics.save")}
            panel={{ source, draw, unit: unitOf(q), width: 6 }}
          />
        )
      }
    >
      <Panel
        title="PromQL"
        hint={t("metrics.hint")}
        actions={
          <Segments
            label={t("panel.draw")}
            value={draw}
            options={[
              ["lines", t("draw.lines")],
              ["bars", t("draw.bars")],
            ]}
            onChange={(next) => set({ draw: next === "lines" ? undefined : next })}
          />
        }
      >
        <QueryField
          label="PromQL"
          placeholder="sum by (service) (rate(morning_http_requests_total[1m]))"
          value={q}
          onSubmit={open}
          onType={setTyped}
          suggest={suggest}
          problem={problem}
        />
        {q !== "" && problem === undefined && <Found q={q} span={span} draw={draw} />}
      </Panel>
      <Catalogue span={span} onOpen={open} />
    </Page>
  );
}
