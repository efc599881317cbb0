import type { ReactNode } from "react";
import { useApi } from "../../../../api/query.ts";
import { shown } from "../../../../i18n/foreign.ts";
import { Duration } from "../../../../ui/figures.tsx";
import { Go } from "../../../../ui/go.tsx";
import { HealthIcon } from "../../../../ui/icons.tsx";
import { Page, Panel } from "../../../../ui/page.tsx";
import { Ago, At } from "../../../../ui/time.tsx";
import { useSpan } from "../../logs/asked.ts";
import { quoted } from "../../logs/lines.ts";
import { useText } from "../text.ts";
import { BusinessChart, RedCharts, useDeploys } from "./charts.tsx";
import { Plans, Statements } from "./databases.tsx";
import { RedTable } from "./red-table.tsx";
import { SlowQueries } from "./slow-queries.tsx";
import "../traces.css";

const exemplarsMax = 10;

/** The slowest calls of the slowest moments: each leads to its trace. */
function Exemplars({ service }: { service: string }): ReactNode {
  const { t } = useText();
  const [span] = useSpan();
  const query = { service, points: 30, ...span };
  const found = useApi("/telemetry/apm/exemplars", { query }, { keep: true });
  const slowest = (found.data?.exemplars ?? [])
    .toSorted((one, other) => other.durationMs - one.durationMs)
    .slice(0, exemplarsMax);
  if (slowest.length === 0) return null;
  return (
    <Panel
      title={t("apm.exemplars")}
      hint={t("apm.exemplarsHint")}
      actions={
        <Go
          to="/traces"
          search={{ q: `service:${quoted(service)}`, by: "duration" }}
          className="link"
        >
          {t("apm.inTraces")}
        </Go>
      }
    >
      <ul className="blast">
        {slowest.map(({ traceId, spanId, name, durationMs, failed, atMs }) => (
          <li key={spanId}>
            {failed && <HealthIcon health="failing" />}
            <Go to={`/traces/${traceId}`} search={{ span: spanId }} className="link">
              <bdi>{shown(name, 100)}</bdi>
            </Go>
            <span className="spring" />
            <Duration ms={durationMs} />
            <span className="hint">
              <Ago atMs={atMs} />
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function Versions({ service }: { service: string }): ReactNode {
  const { t } = useText();
  const { deploys } = useDeploys(service);
  if (deploys.length === 0) return null;
  return (
    <Panel title={t("apm.versions")}>
      <ul className="blast">
        {deploys.map(({ version, previous, atMs }) => (
          <li key={`${version} ${atMs}`}>
            <bdi className="mono">{shown(version, 80)}</bdi>
            {previous !== undefined && (
              <span className="hint">
                {t("apm.previous")} <bdi>{shown(previous, 80)}</bdi>
              </span>
            )}
            <span className="spring" />
            <At atMs={atMs} />
          </li>
        ))}
      </ul>
    </Panel>
  );
}

/** How a service performs, out of its traces: over time, by endpoint, query, queue, third party. */
export function Performance({ service }: { service: string }): ReactNode {
  const { t } = useText();
  return (
    <>
      <RedCharts service={service} />
      <BusinessChart service={service} />
      <RedTable subject="endpoint" title={t("apm.endpoints")} service={service} />
      <RedTable subject="query" title={t("apm.queries")} service={service} optional />
      <RedTable subject="queue" title={t("apm.queues")} service={service} optional />
      <RedTable subject="external" title={t("apm.externals")} service={service} optional />
      <Statements service={service} />
      <SlowQueries scope={{ service }} />
      <Plans service={service} />
      <Exemplars service={service} />
      <Versions service={service} />
    </>
  );
}

/** A service that the app does not declare, and whose spans came in all the same. */
export function ObservedService({
  service,
  above,
}: {
  service: string;
  above: ReactNode;
}): ReactNode {
  const { t } = useText();
  return (
    <Page title={shown(service, 120)} above={above} sentence={t("map.notOurs")}>
      <Performance service={service} />
    </Page>
  );
}

/** Every service that sent spans, the app's own and others. */
export function ObservedServices(): ReactNode {
  const { t } = useText();
  return <RedTable subject="service" title={t("apm.observed")} hint={t("apm.observedHint")} />;
}
