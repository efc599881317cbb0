import type { ReactNode } from "react";
import { useHistory } from "../../../api/history.ts";
import { useApi } from "../../../api/query.ts";
import * as format from "../../../i18n/format.ts";
import { useLive } from "../../../live.tsx";
import { useRange } from "../../../range.ts";
import type { Series, Unit } from "../../../ui/chart/series.ts";
import { TimeChart } from "../../../ui/chart/time-chart.tsx";
import { Count, Duration, Facts, Figures, Rate, type Figure } from "../../../ui/figures.tsx";
import { SchemaPanel } from "../../../ui/form/schema-panel.tsx";
import type { SchemaPart } from "../../../ui/form/schema.ts";
import { Go, ResourceLink } from "../../../ui/go.tsx";
import { verbName } from "../../../ui/names.ts";
import { Panel } from "../../../ui/page.tsx";
import { useText } from "../text.ts";
import type { QueueScene } from "./scene.ts";

const chartHeight = 140;
const metrics = ["depth", "inFlight", "ratePerSecond", "oldestMs", "deadLetters"] as const;

function Numbers({ scene: { queue, part } }: { scene: QueueScene }): ReactNode {
  const { t } = useText();
  const { stats, deadLetters } = queue;
  const age = stats.visible === 0 ? undefined : stats.oldestMs;
  const figures: (Figure | false)[] = [
    { label: t("queues.waiting"), value: <Count value={stats.visible} /> },
    { label: t("queues.inFlight"), value: <Count value={stats.inFlight} /> },
    { label: t("queue.state.delayed"), value: <Count value={stats.delayed} /> },
    { label: t("queues.oldest"), value: <Duration ms={age} /> },
    part !== undefined && {
      label: t("queues.rate"),
      value: <Rate perSecond={part.ratePerSecond} />,
    },
    part !== undefined && {
      label: t("queue.errors"),
      value: format.percent(part.errorRate),
      ...(part.errorRate >= 0.05 ? { tone: part.errorRate >= 0.5 ? "failing" : "warning" } : {}),
    },
    deadLetters !== undefined && {
      label: t("queues.deadLetters"),
      value:
        deadLetters === 0 ? (
          <Count value={0} />
        ) : (
          <Go to="." search={{ tab: "dead" }} className="link">
            <Count value={deadLetters} />
          </Go>
        ),
      ...(deadLetters > 0 ? { tone: "warning" } : {}),
    },
  ];
  return <Figures figures={figures.filter((figure) => figure !== false)} />;
}

/** What the time range saw of a queue; of a dead-letter queue how many letters lay in it. */
function Charts({ scene: { queue, source } }: { scene: QueueScene }): ReactNode {
  const { t } = useText();
  const [, setRange] = useRange();
  const isDead = queue.role === "dead";
  const id = `queue/${isDead ? (source?.name ?? queue.name) : queue.name}`;
  const history = useHistory([id], metrics);
  if (history === undefined) return null;
  const line = (metric: string, label: string, tone: Series["tone"], area = false): Series => ({
    key: metric,
    label,
    tone,
    area,
    values: history.values(id, metric),
  });
  const dead = line("deadLetters", t("queues.deadLetters"), "warning", true);
  const charts: readonly (readonly [title: string, unit: Unit, series: readonly Series[]])[] =
    isDead
      ? [[t("queue.deadOverTime"), "count", [dead]]]
      : [
          [
            t("queue.depthOverTime"),
            "count",
            [
              line("depth", t("queues.waiting"), "1", true),
              line("inFlight", t("queues.inFlight"), "3"),
            ],
          ],
          [t("queues.rateOverTime"), "rate", [line("ratePerSecond", t("queues.rate"), "1", true)]],
          [t("queue.ageOverTime"), "ms", [line("oldestMs", t("queues.oldest"), "1", true)]],
          [t("queue.deadOverTime"), "count", [dead]],
        ];
  // A queue of the platform's own has no rate, one without dead letters none of them.
  const known = charts.filter(([, , series]) =>
    series.some(({ values }) => values.some((value) => value !== null)),
  );
  return (
    <div className={known.length === 3 ? "columns small" : "columns"}>
      {known.map(([title, unit, series]) => (
        <Panel key={title} title={title} flush>
          <TimeChart
            atMs={history.atMs}
            series={series}
            unit={unit}
            label={title}
            height={chartHeight}
            sync={id}
            onRange={(fromMs, toMs) => setRange({ fromMs, toMs })}
          />
        </Panel>
      ))}
    </div>
  );
}

/** One end of what flows through a queue. */
interface Neighbour {
  readonly id: string;
  readonly verb: string;
  readonly ratePerSecond: number;
}

function Neighbours({ ends }: { ends: readonly Neighbour[] }): ReactNode {
  const { t } = useText();
  if (ends.length === 0) return <span className="none">{t("queue.nobody")}</span>;
  return (
    <span className="stack">
      {ends.map(({ id, verb, ratePerSecond }) => {
        const [kind = "", ...name] = id.split("/");
        return (
          <span key={`${id} ${verb}`} className="row">
            <ResourceLink kind={kind} name={name.join("/")} />
            <span className="none">{verbName(t, verb)}</span>
            {ratePerSecond > 0 && <Rate perSecond={ratePerSecond} />}
          </span>
        );
      })}
    </span>
  );
}

const end = (kind: string, name: string, verb: string): Neighbour => ({
  id: `${kind}/${name}`,
  verb,
  ratePerSecond: 0,
});

/** Who feeds a queue of the platform's own: the events of a subscription, a schedule. */
function useOwn(name: string, isInternal: boolean) {
  const { data: bus } = useApi("/events", {}, { enabled: isInternal });
  const { data: clock } = useApi("/schedules", {}, { enabled: isInternal });
  const events = (bus?.events ?? []).flatMap((event) =>
    event.consumers
      .filter(({ queue }) => queue === name)
      .map(({ service }) => ({ event, service })),
  );
  const schedules = (clock?.schedules ?? []).filter(({ queue }) => queue === name);
  const services = [...events, ...schedules].flatMap(({ service }) => service ?? []);
  return {
    into: [
      ...events.map(({ event }) => end("event", event.name, "deliver")),
      ...schedules.map((schedule) => end("schedule", schedule.name, "trigger")),
    ],
    out: [...new Set(services)].map((service) => end("service", service, "consume")),
  };
}

/** What stands before and behind a queue. */
function Related({ scene: { queue, source } }: { scene: QueueScene }): ReactNode {
  const { t } = useText();
  const { scene } = useLive();
  const id = `queue/${queue.name}`;
  const own = useOwn(queue.name, queue.role === "internal");
  const edges = scene?.overview.edges ?? [];
  const into = edges.filter(({ to }) => to === id).map((edge) => ({ ...edge, id: edge.from }));
  const out = edges.filter(({ from }) => from === id).map((edge) => ({ ...edge, id: edge.to }));
  const { deadLetters } = queue.spec;
  if (queue.role === "dead") {
    return (
      <Panel title={t("queue.related")}>
        <Facts
          facts={[
            [
              t("queue.source"),
              source === undefined ? "–" : <ResourceLink kind="queue" name={source.name} />,
            ],
          ]}
        />
      </Panel>
    );
  }
  return (
    <Panel title={t("queue.related")}>
      <Facts
        facts={[
          [t("queue.senders"), <Neighbours ends={[...into, ...own.into]} />],
          [t("queue.consumers"), <Neighbours ends={[...out, ...own.out]} />],
          deadLetters !== undefined && [
            t("queues.deadLetters"),
            <ResourceLink kind="queue" name={deadLetters} />,
          ],
        ]}
      />
    </Panel>
  );
}

/** How a queue is declared, in words. */
function Settings({ scene: { queue, driver } }: { scene: QueueScene }): ReactNode {
  const { t, locale } = useText();
  const { spec } = queue;
  const lasting = (ms: number): string => format.duration(ms, locale);
  const order = spec.fifo
    ? t(spec.deduplicationScope === "group" ? "queue.set.fifoGroup" : "queue.set.fifo", {
        by: spec.contentDeduplication ? "content" : "id",
      })
    : t(driver["fair"] === true ? "queue.set.fair" : "queue.set.standard");
  return (
    <Panel title={t("queue.settings")}>
      <Facts
        facts={[
          [t("queue.set.order"), order],
          [
            t("queue.set.visibility"),
            t("queue.set.visibilityText", { time: lasting(spec.visibilityMs) }),
          ],
          spec.delayMs > 0 && [
            t("queue.set.delay"),
            t("queue.set.delayText", { time: lasting(spec.delayMs) }),
          ],
          [
            t("queue.set.retention"),
            t("queue.set.retentionText", { time: lasting(spec.retentionMs) }),
          ],
          queue.role !== "dead" && [
            t("queue.set.receives"),
            spec.receivesMax === undefined
              ? t("queue.set.forEver")
              : t("queue.set.receivesText", { count: spec.receivesMax }),
          ],
        ]}
      />
    </Panel>
  );
}

/** A queue at a glance: its figures, what they were, who is joined to it, how it is declared. */
export function QueueOverview({ scene }: { scene: QueueScene }): ReactNode {
  const { message } = scene.queue;
  return (
    <>
      <Numbers scene={scene} />
      <Charts scene={scene} />
      <div className="columns">
        <Related scene={scene} />
        <Settings scene={scene} />
      </div>
      {message !== undefined && <SchemaPanel schema={message as SchemaPart} />}
    </>
  );
}
