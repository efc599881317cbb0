import { useMemo, type ReactNode } from "react";
import type { AnswerOf } from "../../../../api/client.ts";
import { Problem } from "../../../../api/problem.ts";
import { useApi } from "../../../../api/query.ts";
import { shown } from "../../../../i18n/foreign.ts";
import * as format from "../../../../i18n/format.ts";
import { CopyButton } from "../../../../ui/copy.tsx";
import { Drawer } from "../../../../ui/drawer.tsx";
import { Segments } from "../../../../ui/field.tsx";
import { Count, Duration, Facts } from "../../../../ui/figures.tsx";
import { Panel } from "../../../../ui/page.tsx";
import { Empty, Failure } from "../../../../ui/states.tsx";
import { Table, type Column } from "../../../../ui/table/table.tsx";
import { Ago, At } from "../../../../ui/time.tsx";
import { TextView } from "../../../../ui/viewer/view.tsx";
import { oneOf, text, useView, type Parameters } from "../../../../view.ts";
import { useSpan } from "../../logs/asked.ts";
import { useText } from "../text.ts";
import "../traces.css";

type Engine = AnswerOf<"/telemetry/apm/slow-queries", "get">["engines"][number];
type Statement = Engine["statements"][number];

/** Whose slow queries are shown: of one table or cache, of what a service holds, or all. */
export interface SlowScope {
  readonly service?: string;
  readonly resource?: string;
}

const names = { postgres: "PostgreSQL", valkey: "Valkey / Redis" } as const;

interface SlowView {
  readonly slow: "all";
  /** The statement whose details are open. */
  readonly statement: string;
}

const openMax = 300;
const view: Parameters<SlowView> = { slow: oneOf(["all"]), statement: text(openMax) };

const keyOf = ({ database, statement }: Statement): string =>
  `${database} ${statement}`.trim().slice(0, openMax);

/** What engines say of their slow statements. */
export function useSlowQueries(scope: SlowScope): readonly Engine[] {
  const [span] = useSpan();
  const [{ slow }] = useView(view);
  const query = { ...scope, of: slow ?? ("range" as const), ...span };
  const found = useApi("/telemetry/apm/slow-queries", { query }, { keep: true });
  return found.data?.engines ?? [];
}

function useColumns(engine: Engine["engine"]): readonly Column<Statement>[] {
  const { t } = useText();
  const duration = (
    id: "totalMs" | "averageMs" | "maxMs" | "p95Ms",
    title: string,
    priority: number,
  ): Column<Statement> => ({
    id,
    title,
    width: 84,
    align: "end",
    priority,
    value: (row) => row[id],
    cell: (row) => <Duration ms={row[id]} />,
  });
  const isPostgres = engine === "postgres";
  return [
    {
      id: "statement",
      title: t(isPostgres ? "apm.statement" : "slow.command"),
      width: 160,
      grows: true,
      priority: 1,
      value: ({ statement }) => statement,
      cell: ({ statement }) => (
        <bdi className="mono" title={shown(statement, 600)}>
          {shown(statement, 200)}
        </bdi>
      ),
    },
    {
      id: "share",
      title: t("slow.share"),
      width: 70,
      align: "end",
      priority: 2,
      value: ({ share }) => share,
      cell: ({ share }) => format.percent(share),
    },
    duration("totalMs", t("apm.total"), 1),
    {
      id: "calls",
      title: t("apm.calls"),
      width: 76,
      align: "end",
      priority: 3,
      value: ({ calls }) => calls,
      cell: ({ calls }) => <Count value={calls} />,
    },
    duration("averageMs", t("apm.average"), 3),
    ...(isPostgres ? [] : [duration("p95Ms", t("apm.p95"), 4)]),
    duration("maxMs", t("apm.most"), 4),
    ...(isPostgres
      ? [
          {
            id: "rows",
            title: t("slow.rows"),
            width: 76,
            align: "end",
            priority: 5,
            value: ({ rows }: Statement) => rows,
            cell: ({ rows }: Statement) => <Count value={rows} />,
          } as const,
        ]
      : []),
  ];
}

function StatementDrawer({
  engine,
  row,
  onClose,
}: {
  engine: Engine["engine"];
  row: Statement;
  onClose: () => void;
}): ReactNode {
  const { t } = useText();
  const { database, calls, totalMs, averageMs, maxMs, p95Ms, rows, share, lastAtMs } = row;
  return (
    <Drawer
      wide
      about={keyOf(row)}
      kicker={names[engine]}
      title={<bdi className="mono">{shown(row.statement, 80)}</bdi>}
      actions={<CopyButton text={row.statement} label={t("slow.copy")} />}
      onClose={onClose}
    >
      <TextView text={row.statement} label={t("apm.statement")} heightMax={320} />
      <Facts
        facts={[
          database !== "" && [t("slow.database"), <bdi key="db">{shown(database, 120)}</bdi>],
          [t("slow.share"), format.percent(share)],
          [t("apm.calls"), <Count key="calls" value={calls} />],
          [t("apm.total"), <Duration key="total" ms={totalMs} />],
          [t("apm.average"), <Duration key="average" ms={averageMs} />],
          p95Ms !== undefined && [t("apm.p95"), <Duration key="p95" ms={p95Ms} />],
          [
            t(engine === "postgres" ? "slow.mostEver" : "apm.most"),
            <Duration key="most" ms={maxMs} />,
          ],
          rows !== undefined && [t("slow.rows"), <Count key="rows" value={rows} />],
          row.blocksRead !== undefined && [
            t("slow.blocksRead"),
            <Count key="read" value={row.blocksRead} />,
          ],
          row.blocksTemporary !== undefined && [
            t("slow.blocksTemporary"),
            <Count key="temporary" value={row.blocksTemporary} />,
          ],
          lastAtMs !== undefined && [t("slow.last"), <Ago key="last" atMs={lastAtMs} />],
        ]}
      />
    </Drawer>
  );
}

/** What stands where an engine has told of nothing. */
function Nothing({ engine }: { engine: Engine }): ReactNode {
  const { t, locale } = useText();
  const [{ slow }] = useView(view);
  const isFirst = slow === undefined && engine.engine === "postgres" && engine.fromMs === null;
  return (
    <Empty
      title={t("slow.none")}
      text={
        isFirst
          ? t("slow.soon", { every: format.duration(engine.everyMs, locale) })
          : t("slow.noneText")
      }
    />
  );
}

/** Why an engine cannot be asked, and what mends it. */
function Unread({ problem }: { problem: NonNullable<Engine["problem"]> }): ReactNode {
  const { code, message, fix } = problem;
  const shownAs = useMemo(
    () => new Problem({ status: 503, code, detail: message, fix }),
    [code, message, fix],
  );
  return <Failure problem={shownAs} />;
}

function EnginePanel({ engine, many }: { engine: Engine; many: boolean }): ReactNode {
  const { t, locale } = useText();
  const [{ slow, statement }, set] = useView(view);
  const columns = useColumns(engine.engine);
  const { statements, problem, everyMs, fromMs, toMs, leftOut } = engine;
  const name = names[engine.engine];
  const title = many ? t("slow.titleOf", { engine: name }) : t("slow.title");
  const opened =
    statement === undefined ? undefined : statements.find((one) => keyOf(one) === statement);
  // Looks of Postgres stand where they were taken; a slow command has a time of its own.
  const hasWhile =
    engine.engine === "postgres" && fromMs !== null && toMs !== null && statements.length > 0;
  const close = (): void => set({ statement: undefined });
  return (
    <Panel
      title={title}
      flush
      hint={t("slow.hint", { engine: name, every: format.duration(everyMs, locale) })}
      actions={
        <Segments
          label={t("slow.while")}
          value={slow ?? "range"}
          options={[
            ["range", t("slow.range")],
            ["all", t(engine.engine === "postgres" ? "slow.reset" : "slow.kept")],
          ]}
          onChange={(next) => set({ slow: next === "all" ? next : undefined })}
        />
      }
    >
      {problem !== null && <Unread problem={problem} />}
      {(problem === null || statements.length > 0) && (
        <Table
          label={title}
          name={`slow-${engine.engine}`}
          columns={columns}
          rows={statements}
          rowKey={keyOf}
          rowsMax={10}
          opened={opened && keyOf(opened)}
          onOpen={(row) => set({ statement: keyOf(row) }, { push: true })}
          empty={<Nothing engine={engine} />}
        />
      )}
      {(hasWhile || leftOut > 0) && (
        <p className="hint slow-while">
          {hasWhile && (
            <span>
              <At atMs={fromMs} /> – <At atMs={toMs} />
            </span>
          )}
          {leftOut > 0 && <span>{t("apm.leftOut", { count: leftOut })}</span>}
        </p>
      )}
      {opened !== undefined && (
        <StatementDrawer engine={engine.engine} row={opened} onClose={close} />
      )}
    </Panel>
  );
}

/**
 * Statements that took most time, as the engines counted them themselves: a panel each engine.
 * Nothing where no engine can tell; of a service only what there is to tell.
 */
export function SlowQueries({ scope }: { scope: SlowScope }): ReactNode {
  const engines = useSlowQueries(scope);
  const kind = scope.resource?.split("/", 1)[0];
  const listed = engines.filter(({ engine, statements, problem }) => {
    if (kind !== undefined) return engine === (kind === "table" ? "postgres" : "valkey");
    return scope.service === undefined || statements.length > 0 || problem !== null;
  });
  return listed.map((engine) => (
    <EnginePanel key={engine.engine} engine={engine} many={listed.length > 1} />
  ));
}
