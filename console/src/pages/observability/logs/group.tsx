import { useState, type ReactNode } from "react";
import { call, type AnswerOf } from "../../../api/client.ts";
import { useApi } from "../../../api/query.ts";
import { isolated, shown } from "../../../i18n/foreign.ts";
import { ActionButton } from "../../../ui/action.tsx";
import { Badge, Tag } from "../../../ui/badge.tsx";
import { Count } from "../../../ui/figures.tsx";
import { Go, useName } from "../../../ui/go.tsx";
import { PageOf } from "../../../ui/page-of.tsx";
import { Page, Panel } from "../../../ui/page.tsx";
import { Empty } from "../../../ui/states.tsx";
import { Table } from "../../../ui/table/table.tsx";
import { Ago, At } from "../../../ui/time.tsx";
import { TimeChart } from "../../../ui/chart/time-chart.tsx";
import { TextView } from "../../../ui/viewer/view.tsx";
import { useSpan } from "./asked.ts";
import { useText } from "./text.ts";
import "./logs.css";

type Detail = AnswerOf<"/telemetry/errors/{group}", "get">;
type FrameAnswer = Detail["frames"][number];

const weekMs = 7 * 86_400_000;

/** One call of the stack, with the line of code where the source is known. */
function Frame({ frame }: { frame: FrameAnswer }): ReactNode {
  const { t } = useText();
  const { file, function: name, line, column, inApp, context, generated } = frame;
  return (
    <li className={inApp ? "own" : "library"}>
      <div className="where">
        <b>
          <bdi>{shown(name, 120) || t("errors.anonymous")}</bdi>
        </b>{" "}
        <bdi>
          {shown(file, 300)}
          {line > 0 && `:${line}`}
          {column > 0 && `:${column}`}
        </bdi>
      </div>
      {generated !== undefined && (
        <div className="hint">
          {t("errors.generated", { place: isolated(`${generated.file}:${generated.line}`, 120) })}
        </div>
      )}
      {context !== undefined && (
        <pre className="source-lines">
          {context.before.map((text, at) => `${line - context.before.length + at}  ${text}\n`)}
          <span className="here">{`${line}  ${context.line}\n`}</span>
          {context.after.map((text, at) => `${line + 1 + at}  ${text}\n`)}
        </pre>
      )}
    </li>
  );
}

function Stack({ frames, stack }: { frames: readonly FrameAnswer[]; stack: string }): ReactNode {
  const { t } = useText();
  const [all, setAll] = useState(false);
  const own = frames.filter(({ inApp }) => inApp);
  const isCut = own.length > 0 && own.length < frames.length;
  const listed = isCut && !all ? own : frames;
  if (frames.length === 0) {
    return stack === "" ? (
      <p className="hint">{t("errors.noStack")}</p>
    ) : (
      <TextView text={stack} label={t("errors.where")} />
    );
  }
  return (
    <>
      <ol className="frames">
        {listed.map((frame, at) => (
          <Frame key={at} frame={frame} />
        ))}
      </ol>
      {isCut && (
        <button type="button" className="link" onClick={() => setAll(!all)}>
          {all ? t("errors.ownCalls") : t("errors.allCalls", { count: frames.length })}
        </button>
      )}
    </>
  );
}

/** What was done with a group, and what can be. */
function Acts({ group, reread }: { group: Detail["group"]; reread: () => void }): ReactNode {
  const { t } = useText();
  const { fingerprint, status, lastRelease } = group;
  const act = (
    body:
      | { action: "resolve"; release?: string }
      | { action: "reopen" }
      | { action: "ignore"; forMs?: number },
  ) => call("post", "/telemetry/errors/{group}", { path: { group: fingerprint }, body });
  const reopen = (): Promise<unknown> => act({ action: "reopen" }).then(reread);
  if (status !== "open") {
    return (
      <ActionButton
        label={t("errors.reopen")}
        icon="undo"
        run={() => act({ action: "reopen" })}
        done={() => t("errors.reopened")}
        then={reread}
      />
    );
  }
  return (
    <>
      <ActionButton
        label={t("errors.resolve")}
        icon="check"
        tone="main"
        run={() =>
          act({ action: "resolve", ...(lastRelease === "" ? {} : { release: lastRelease }) })
        }
        done={() => t("errors.isResolved")}
        undo={reopen}
        then={reread}
      />
      <ActionButton
        label={t("errors.ignoreWeek")}
        icon="clock"
        run={() => act({ action: "ignore", forMs: weekMs })}
        done={() => t("errors.isIgnored")}
        undo={reopen}
        then={reread}
      />
    </>
  );
}

function Facts({ group }: { group: Detail["group"] }): ReactNode {
  const { t } = useText();
  const rows: readonly (readonly [string, ReactNode])[] = [
    [t("errors.count"), <Count key="c" value={group.count} />],
    [t("errors.ever"), <Count key="e" value={group.times} />],
    [t("errors.users"), <Count key="u" value={group.users} />],
    [t("errors.first"), <At key="f" atMs={group.firstSeenMs} />],
    [t("errors.last"), <Ago key="l" atMs={group.lastSeenMs} />],
    [t("errors.firstRelease"), <bdi key="fr">{shown(group.firstRelease, 60) || "–"}</bdi>],
    [t("errors.lastRelease"), <bdi key="lr">{shown(group.lastRelease, 60) || "–"}</bdi>],
    [t("errors.assignee"), <bdi key="a">{shown(group.assignee, 60) || "–"}</bdi>],
  ];
  return (
    <dl className="facts">
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function whyOf(groupedBy: string) {
  if (groupedBy === "stack") return "errors.by.stack";
  if (groupedBy === "calls") return "errors.by.calls";
  return groupedBy === "message" ? "errors.by.message" : "errors.by.sender";
}

/** Why the errors of a group are one, in words. */
function Why({ group }: { group: Detail["group"] }): ReactNode {
  const { t } = useText();
  return (
    <>
      <p>{t(whyOf(group.groupedBy))}</p>
      <p>
        {group.parts.map((part, at) => (
          <span key={at}>
            <Tag mono>{shown(part, 100)}</Tag>{" "}
          </span>
        ))}
      </p>
    </>
  );
}

function Latest({ errors }: Pick<Detail, "errors">): ReactNode {
  const { t } = useText();
  return (
    <Table
      label={t("errors.latest")}
      name="latest"
      columns={[
        {
          id: "at",
          title: t("errors.at"),
          value: ({ atMs }) => atMs,
          cell: ({ atMs }) => <At atMs={atMs} />,
          width: 170,
          priority: 1,
        },
        {
          id: "message",
          title: t("errors.message"),
          value: ({ message }) => message,
          cell: ({ message }) => <bdi>{shown(message, 200)}</bdi>,
          width: 240,
          grows: true,
          priority: 1,
        },
        {
          id: "release",
          title: t("errors.release"),
          value: ({ release }) => release,
          width: 120,
          priority: 4,
        },
        {
          id: "user",
          title: t("errors.user"),
          value: ({ user }) => user,
          width: 120,
          priority: 5,
        },
        {
          id: "trace",
          title: t("errors.trace"),
          value: ({ traceId }) => traceId,
          cell: ({ traceId }) =>
            traceId === "" ? "–" : <Go to={`/traces/${traceId}`}>{traceId.slice(0, 8)}</Go>,
          width: 100,
          priority: 2,
        },
      ]}
      rows={errors}
      rowKey={({ id }) => id}
      empty={<Empty title={t("errors.noneInRange")} text={t("errors.noneInRangeText")} />}
    />
  );
}

function Body({ detail, reread }: { detail: Detail; reread: () => void }): ReactNode {
  const { t } = useText();
  const { group, errors, frames, spread, atMs } = detail;
  const [latest] = errors;
  return (
    <Page
      above={<Go to="/errors">{t("errors.title")}</Go>}
      title={group.type === "" ? t("errors.one") : group.type}
      sentence={<bdi>{shown(group.message, 300)}</bdi>}
      health={group.status === "open" ? "failing" : "ok"}
      actions={<Acts group={group} reread={reread} />}
    >
      <div className="group-grid">
        <div>
          <Panel
            title={t("errors.where")}
            actions={
              latest !== undefined && latest.traceId !== "" ? (
                <Go to={`/traces/${latest.traceId}`} className="button small">
                  {t("errors.openTrace")}
                </Go>
              ) : undefined
            }
            flush
          >
            <Stack frames={frames} stack={latest?.stack ?? ""} />
          </Panel>
          <Panel title={t("errors.latest")} flush>
            <Latest errors={errors} />
          </Panel>
        </div>
        <div>
          <Panel title={t("errors.facts")}>
            {group.regressedAtMs !== null && (
              <p>
                <Badge health="failing">{t("errors.regressed")}</Badge>
              </p>
            )}
            <Facts group={group} />
          </Panel>
          <Panel title={t("errors.overTime")}>
            <TimeChart
              label={t("errors.overTime")}
              atMs={atMs}
              series={[
                {
                  key: "errors",
                  label: t("errors.count"),
                  values: group.trend,
                  tone: "failing",
                  area: true,
                },
              ]}
              unit="count"
            />
          </Panel>
          <Panel title={t("errors.why")}>
            <Why group={group} />
          </Panel>
          {spread.map(({ field, values }) => (
            <Panel key={field} title={t("errors.spread", { field })}>
              <ul className="facets">
                {values.map(({ value, count }) => (
                  <li key={value}>
                    <bdi>{shown(value, 80)}</bdi> <Count value={count} />
                  </li>
                ))}
              </ul>
            </Panel>
          ))}
        </div>
      </div>
    </Page>
  );
}

/** A group of errors: where it goes wrong, why its errors are one, whom it hits. */
export default function GroupPage(): ReactNode {
  const { t } = useText();
  const name = useName();
  const [span] = useSpan();
  const found = useApi(
    "/telemetry/errors/{group}",
    { path: { group: name }, query: { ...span } },
    { keep: true },
  );
  return (
    <PageOf of={found} title={t("errors.one")} above={<Go to="/errors">{t("errors.title")}</Go>}>
      {(detail) => <Body detail={detail} reread={() => void found.refetch()} />}
    </PageOf>
  );
}
