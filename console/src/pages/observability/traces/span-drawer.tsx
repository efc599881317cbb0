import { useMemo, type ReactNode } from "react";
import type { AnswerOf } from "../../../api/client.ts";
import { useApi } from "../../../api/query.ts";
import { shown } from "../../../i18n/foreign.ts";
import * as format from "../../../i18n/format.ts";
import { Badge, Tag } from "../../../ui/badge.tsx";
import { Id } from "../../../ui/copy.tsx";
import { Drawer } from "../../../ui/drawer.tsx";
import { Duration, Facts, Figures } from "../../../ui/figures.tsx";
import { Go } from "../../../ui/go.tsx";
import { fieldsOf } from "../../../ui/logs/line.ts";
import { LogView } from "../../../ui/logs/log-view.tsx";
import { Answer } from "../../../ui/states.tsx";
import { TextView } from "../../../ui/viewer/view.tsx";
import { lineOf, quoted } from "../logs/lines.ts";
import { PlanList, type Plan } from "./apm/databases.tsx";
import { SourceLine } from "./failures.tsx";
import type { AnalysedSpan, TraceDetail } from "./summary.ts";
import { useText } from "./text.ts";

type Whole = AnswerOf<"/telemetry/traces/{id}/spans/{span}", "get">;

const fieldsMax = 200;
/** A value longer than this is text of its own: a statement, a prompt. */
const shortMax = 300;

/** Attributes, each a link to the traces that have the same value. */
function Attributes({
  attributes,
  prefix = "",
}: {
  attributes: Readonly<Record<string, unknown>>;
  prefix?: string;
}): ReactNode {
  const { t } = useText();
  const fields = fieldsOf(attributes, fieldsMax).toSorted(([a], [b]) => (a < b ? -1 : 1));
  if (fields.length === 0) return <p className="nothing">{t("span.noAttributes")}</p>;
  return (
    <Facts
      facts={fields.map(([path, value]) => [
        path,
        value.length > shortMax ? (
          <TextView text={value} label={shown(path, 80)} heightMax={200} />
        ) : (
          <Go
            key={path}
            to="/traces"
            search={{ q: `${prefix}${path}:${quoted(value)}` }}
            className="span-value mono"
            title={t("span.same")}
          >
            <bdi>{shown(value, shortMax)}</bdi>
          </Go>
        ),
      ])}
    />
  );
}

function Section({ title, children }: { title: string; children: ReactNode }): ReactNode {
  return (
    <section>
      <h3>{title}</h3>
      {children}
    </section>
  );
}

/** What happened within a span; an exception with its stack. */
function Events({ whole }: { whole: Whole }): ReactNode {
  const { t, locale } = useText();
  return (
    <ol className="span-events">
      {whole.events.map(({ atMs, name, attributes }, at) => {
        const { "exception.stacktrace": stack, ...rest } = attributes;
        return (
          <li key={`${atMs} ${name} ${at}`}>
            <p>
              <strong>
                <bdi>{shown(name, 120)}</bdi>
              </strong>{" "}
              <span className="hint">
                {t("span.after", { time: format.duration(atMs - whole.startMs, locale) })}
              </span>
            </p>
            {Object.keys(rest).length > 0 && (
              <Facts
                facts={fieldsOf(rest, fieldsMax).map(([path, value]) => [
                  path,
                  <bdi key={path}>{shown(value, 600)}</bdi>,
                ])}
              />
            )}
            {typeof stack === "string" && (
              <TextView text={stack} label={t("span.stack")} heightMax={260} />
            )}
          </li>
        );
      })}
    </ol>
  );
}

function Details({ whole }: { whole: Whole }): ReactNode {
  const { t } = useText();
  return (
    <>
      {whole.statusMessage !== "" && (
        <p className="span-status">
          <bdi>{shown(whole.statusMessage, 600)}</bdi>
        </p>
      )}
      {whole.events.length > 0 && (
        <Section title={t("span.events")}>
          <Events whole={whole} />
        </Section>
      )}
      <Section title={t("span.attributes")}>
        <Attributes attributes={whole.attributes} />
      </Section>
      {whole.links.length > 0 && (
        <Section title={t("span.links")}>
          <ul className="span-links">
            {whole.links.map(({ traceId, spanId }) => (
              <li key={`${traceId} ${spanId}`}>
                <Go to={`/traces/${traceId}`} search={{ span: spanId }} className="link mono">
                  {shown(traceId, 32)}
                </Go>
              </li>
            ))}
          </ul>
        </Section>
      )}
      <Section title={t("span.resource")}>
        <Attributes attributes={whole.resource} prefix="resource." />
      </Section>
    </>
  );
}

function Times({ span }: { span: AnalysedSpan }): ReactNode {
  const { t, locale } = useText();
  const figures = [
    { label: t("list.duration"), value: <Duration ms={span.durationMs} /> },
    { label: t("parts.self"), value: <Duration ms={span.selfMs} /> },
    { label: t("parts.critical"), value: <Duration ms={span.criticalMs} /> },
    ...(span.queueWaitMs === undefined
      ? []
      : [{ label: t("parts.queue-wait"), value: <Duration ms={span.queueWaitMs} /> }]),
  ];
  return (
    <>
      <Figures figures={figures} />
      {span.skewMs !== undefined && (
        <p className="hint">
          {t(span.skewMs > 0 ? "span.ahead" : "span.behind", {
            skew: format.duration(Math.abs(span.skewMs), locale),
          })}
        </p>
      )}
    </>
  );
}

interface SpanDrawerProps {
  readonly id: string;
  readonly span: AnalysedSpan;
  readonly detail: TraceDetail;
  /** How Postgres ran its statement, where it logged that. */
  readonly plans: readonly Plan[];
  /** When the trace began, milliseconds since 1970. */
  readonly startMs: number;
  readonly onSpan: (spanId: string) => void;
  readonly onClose: () => void;
}

/** One span: its times, its error with the line of code, attributes, events, logs. */
export function SpanDrawer(props: SpanDrawerProps): ReactNode {
  const { id, span, detail, plans, onSpan, onClose } = props;
  const { t } = useText();
  const { spanId, parentSpanId } = span;
  const isMissing = span.missing === true;
  const found = useApi(
    "/telemetry/traces/{id}/spans/{span}",
    { path: { id, span: spanId } },
    { enabled: !isMissing },
  );
  const lines = useMemo(
    () => detail.logs.filter((one) => one.spanId === spanId).map((record) => lineOf(record)),
    [detail.logs, spanId],
  );
  const errors = detail.errors.filter((one) => one.spanId === spanId);
  const hasParent = detail.analysis.spans.some((one) => one.spanId === parentSpanId);
  return (
    <Drawer
      wide
      about={spanId}
      title={isMissing ? t("span.missing") : <bdi>{shown(span.name, 160)}</bdi>}
      kicker={
        <>
          <bdi>{shown(span.service, 60)}</bdi> <Tag>{shown(span.kind, 20)}</Tag>{" "}
          {span.status === "error" && (
            <Badge health="failing">
              {t(span.error === "propagated" ? "span.propagated" : "span.failed")}
            </Badge>
          )}
        </>
      }
      onClose={onClose}
    >
      <Times span={span} />
      <p className="row">
        <Id id={spanId} />
        {hasParent && (
          <button type="button" className="quiet-link" onClick={() => onSpan(parentSpanId)}>
            {t("span.parent")}
          </button>
        )}
        <Go to="/logs" search={{ q: `trace_id:${id}` }} className="link">
          {t("span.allLogs")}
        </Go>
      </p>
      {errors.map(({ id: errorId, type, message, group }) => (
        <Section key={errorId} title={shown(type, 80)}>
          <p>
            <bdi>{shown(message, 400)}</bdi>
          </p>
          <SourceLine group={group} />
          <Go to={`/errors/${group}`} className="link">
            {t("span.group")}
          </Go>
        </Section>
      ))}
      {plans.length > 0 && (
        <Section title={t("trace.plans")}>
          <PlanList plans={plans} open />
        </Section>
      )}
      {isMissing ? (
        <p className="nothing">{t("span.missingText")}</p>
      ) : (
        <Answer of={found}>{(whole) => <Details whole={whole} />}</Answer>
      )}
      {lines.length > 0 && (
        <Section title={t("trace.logs")}>
          <LogView label={t("trace.logs")} lines={lines} heightMax={300} />
        </Section>
      )}
    </Drawer>
  );
}
