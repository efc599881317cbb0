import type { ReactNode } from "react";
import type { AnswerOf } from "../../../../api/client.ts";
import { useApi } from "../../../../api/query.ts";
import { isolated, shown } from "../../../../i18n/foreign.ts";
import * as format from "../../../../i18n/format.ts";
import { Tag } from "../../../../ui/badge.tsx";
import { Count, Duration } from "../../../../ui/figures.tsx";
import { Go } from "../../../../ui/go.tsx";
import { HealthIcon } from "../../../../ui/icons.tsx";
import { Panel } from "../../../../ui/page.tsx";
import { Empty } from "../../../../ui/states.tsx";
import { Table, type Column } from "../../../../ui/table/table.tsx";
import { At } from "../../../../ui/time.tsx";
import { useSpan } from "../../logs/asked.ts";
import { useText, type Say } from "../text.ts";

type Statement = AnswerOf<"/telemetry/apm/queries", "get">["queries"][number];
export type Plan = AnswerOf<"/telemetry/apm/plans", "get">["plans"][number];

const listedMax = 20;

function useColumns(): readonly Column<Statement>[] {
  const { t } = useText();
  const duration = (
    id: "totalMs" | "averageMs" | "p95Ms" | "maxMs",
    title: string,
    priority: number,
  ): Column<Statement> => ({
    id,
    title,
    width: 86,
    align: "end",
    priority,
    value: (row) => row[id],
    cell: (row) => <Duration ms={row[id]} />,
  });
  return [
    {
      id: "statement",
      title: t("apm.statement"),
      width: 220,
      grows: true,
      priority: 1,
      value: ({ statement }) => statement,
      cell: ({ statement }) => (
        <bdi className="mono" title={shown(statement, 2000)}>
          {shown(statement, 200)}
        </bdi>
      ),
    },
    {
      id: "system",
      title: t("related.where"),
      width: 110,
      priority: 5,
      value: ({ system, namespace }) => `${system} ${namespace}`,
      cell: ({ system, namespace }) => <bdi>{shown(`${system} ${namespace}`.trim(), 60)}</bdi>,
    },
    {
      id: "calls",
      title: t("apm.calls"),
      width: 80,
      align: "end",
      priority: 3,
      value: ({ calls }) => calls,
      cell: ({ calls }) => <Count value={calls} />,
    },
    duration("totalMs", t("apm.total"), 1),
    duration("averageMs", t("apm.average"), 4),
    duration("p95Ms", t("apm.p95"), 2),
    duration("maxMs", t("apm.most"), 4),
  ];
}

/** Statements of databases by the time that they took. */
export function Statements({ service }: { service: string }): ReactNode {
  const { t } = useText();
  const [span] = useSpan();
  const query = { service, limit: 50, ...span };
  const found = useApi("/telemetry/apm/queries", { query }, { keep: true });
  const columns = useColumns();
  const rows = found.data?.queries ?? [];
  if (rows.length === 0) return null;
  return (
    <Panel title={t("apm.statements")} flush>
      <Table
        label={t("apm.statements")}
        name="statements"
        columns={columns}
        rows={rows}
        rowKey={({ system, namespace, statement }) => `${system} ${namespace} ${statement}`}
        rowsMax={10}
        empty={<Empty title={t("apm.noStatements")} text={t("apm.noStatementsText")} />}
      />
    </Panel>
  );
}

/** What is odd about a node, in the reader's language. */
function remarkWords(t: Say, { kind, figures }: Plan["remarks"][number], on: string): string {
  const said = Object.entries(figures).map(([name, value]) => [name, format.shortNumber(value)]);
  return t(`plan.${kind}`, {
    on: isolated(on, 80),
    way: figures["removed"] === undefined ? "planned" : "removed",
    space: figures["kilobytes"] === undefined ? "hash" : "sort",
    removed: "",
    planned: "",
    kilobytes: "",
    ...Object.fromEntries(said),
  });
}

function PlanTree({ plan }: { plan: Plan }): ReactNode {
  const { t } = useText();
  return (
    <ol className="plan">
      {plan.nodes.map(({ type, on, depth, rowsPlanned, rowsActual }, at) => (
        <li key={at} style={{ paddingInlineStart: depth * 16 }}>
          <strong>{shown(type, 60)}</strong> <bdi>{shown(on, 80)}</bdi>{" "}
          <span className="hint">
            {t("apm.rows", {
              planned: format.shortNumber(rowsPlanned),
              actual: rowsActual === undefined ? "?" : format.shortNumber(rowsActual),
            })}
          </span>
          {plan.remarks
            .filter(({ node }) => node === at)
            .map((remark) => (
              <p key={remark.kind} className="row">
                <HealthIcon health="warning" />
                <span>{remarkWords(t, remark, on)}</span>
              </p>
            ))}
        </li>
      ))}
    </ol>
  );
}

interface PlanListProps {
  readonly plans: readonly Plan[];
  /** Beside the trace that they belong to: each tree is in sight. */
  readonly open?: boolean;
}

/** Plans, the tree of each behind its statement, with what is odd about it. */
export function PlanList({ plans, open = false }: PlanListProps): ReactNode {
  const { t } = useText();
  return (
    <div className="stack">
      {plans.map((plan) => (
        <details key={`${plan.atMs} ${plan.statement}`} open={open}>
          <summary>
            <Tag>
              <Duration ms={plan.durationMs} />
            </Tag>{" "}
            <bdi className="mono">{shown(plan.statement, 160)}</bdi>{" "}
            <span className="hint">
              <At atMs={plan.atMs} />
            </span>
            {plan.traceId !== undefined && !open && (
              <Go
                to={`/traces/${plan.traceId}`}
                search={plan.spanId === undefined ? {} : { span: plan.spanId }}
                className="link"
              >
                {t("trace.title")}
              </Go>
            )}
          </summary>
          <PlanTree plan={plan} />
        </details>
      ))}
    </div>
  );
}

/** Plans that Postgres logged of slow statements. */
export function Plans({ service }: { service: string }): ReactNode {
  const { t } = useText();
  const [span] = useSpan();
  const query = { service, limit: listedMax, ...span };
  const found = useApi("/telemetry/apm/plans", { query }, { keep: true });
  const plans = found.data?.plans ?? [];
  if (plans.length === 0) return null;
  return (
    <Panel title={t("apm.plans")} hint={t("apm.plansHint")}>
      <PlanList plans={plans} />
    </Panel>
  );
}

/** How long before and after its spans a plan of a trace may have been logged, milliseconds. */
const aroundMs = 300_000;

/** Plans of the statements of one trace, where their comments name it. */
export function useTracePlans(trace: string, startMs: number, durationMs: number): readonly Plan[] {
  const query = {
    trace,
    limit: listedMax,
    fromMs: Math.max(0, Math.floor(startMs - aroundMs)),
    toMs: Math.ceil(startMs + durationMs + aroundMs),
  };
  return useApi("/telemetry/apm/plans", { query }).data?.plans ?? [];
}
