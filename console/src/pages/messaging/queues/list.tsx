import { useNavigate } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useHistory, type History } from "../../../api/history.ts";
import type { Health } from "../../../api/overview.ts";
import { useApi } from "../../../api/query.ts";
import { isolated } from "../../../i18n/foreign.ts";
import * as format from "../../../i18n/format.ts";
import { useLive } from "../../../live.tsx";
import { placeOf } from "../../../places.ts";
import { useRange } from "../../../range.ts";
import type { Tone } from "../../../ui/chart/series.ts";
import { TimeChart } from "../../../ui/chart/time-chart.tsx";
import { Chip, SearchField, Select } from "../../../ui/field.tsx";
import { Page, Panel } from "../../../ui/page.tsx";
import { Answer, Empty } from "../../../ui/states.tsx";
import { Table } from "../../../ui/table/table.tsx";
import { flag, oneOf, text, useView, type Parameters } from "../../../view.ts";
import { useText } from "../text.ts";
import {
  highest,
  isQuiet,
  listed,
  peakOf,
  purposes,
  rowsOf,
  summaryOf,
  type Purpose,
  type QueueRow,
} from "./data.ts";
import { useQueueColumns } from "./list-columns.tsx";
import { purposeName } from "./names.ts";

interface ListView {
  readonly purpose: Purpose;
  readonly q: string;
  readonly all: true;
}

const view: Parameters<ListView> = { purpose: oneOf(purposes), q: text(100), all: flag };
/** Two figures each: the history answers fifty rows at most. */
const watchedMax = 24;
const chartHeight = 180;
const tones: readonly Tone[] = ["1", "2", "3", "4"];

const sample = `import { queue } from "morning-ai/messaging/queue";

export const welcomeEmail = queue("welcome-email", {
  message: z.object({ userId: z.string() }),
  receivesMax: 5,
});`;

function healthOfAll(rows: readonly QueueRow[]): Health {
  const { failing, warning } = summaryOf(rows);
  if (failing > 0) return "failing";
  return warning > 0 ? "warning" : "ok";
}

/** What is healthy, and how much waits. */
function useSentence(rows: readonly QueueRow[]): string {
  const { t, locale } = useText();
  const { queues, failing, warning, waiting, inFlight, deadLetters } = summaryOf(rows);
  const words = (value: number): string => format.count(value, locale);
  const load = { waiting: words(waiting), inFlight: words(inFlight) };
  if (failing + warning === 0) return t("queues.ok", { queues, ...load });
  const bad = failing + warning;
  return t("queues.trouble", { bad, good: queues - bad, dead: deadLetters });
}

/** What waits and what is handled over time, of the queues with the most. */
function Charts({ names, history }: { names: readonly string[]; history: History }): ReactNode {
  const { t } = useText();
  const [, setRange] = useRange();
  const values = (name: string, metric: string): readonly (number | null)[] =>
    history.values(`queue/${name}`, metric);
  const top = highest(names, tones.length, (name) => [
    peakOf(values(name, "depth")),
    peakOf(values(name, "ratePerSecond")),
  ]);
  const series = (metric: string) =>
    top.map((name, index) => ({
      key: name,
      label: isolated(name, 40),
      values: values(name, metric),
      tone: tones[index] ?? "1",
    }));
  const chart = {
    atMs: history.atMs,
    height: chartHeight,
    sync: "queues",
    onRange: (fromMs: number, toMs: number) => setRange({ fromMs, toMs }),
  };
  const hint =
    names.length > top.length
      ? t("queues.top", { count: top.length, all: names.length })
      : undefined;
  return (
    <div className="columns">
      <Panel title={t("queues.waitingOverTime")} hint={hint} flush>
        <TimeChart
          {...chart}
          label={t("queues.waitingOverTime")}
          unit="count"
          series={series("depth")}
        />
      </Panel>
      <Panel title={t("queues.rateOverTime")} hint={hint} flush>
        <TimeChart
          {...chart}
          label={t("queues.rateOverTime")}
          unit="rate"
          series={series("ratePerSecond")}
        />
      </Panel>
    </div>
  );
}

function Filters({ rows }: { rows: readonly QueueRow[] }): ReactNode {
  const { t } = useText();
  const [{ purpose, q = "", all }, set] = useView(view);
  const present = purposes.filter((one) => rows.some((row) => row.purpose === one));
  const quiet = rows.filter(isQuiet).length;
  return (
    <>
      <SearchField
        label={t("queues.search")}
        value={q}
        onChange={(typed) => set({ q: typed === "" ? undefined : typed })}
      />
      <Select
        label={t("queues.purpose")}
        value={purpose ?? "any"}
        options={[
          ["any", t("queues.any")],
          ...present.map((one) => [one, purposeName(t, one)] as const),
        ]}
        onChange={(chosen) => set({ purpose: chosen === "any" ? undefined : chosen })}
      />
      {purpose === undefined && quiet > 0 && (
        <Chip
          label={t("queues.quiet")}
          hint={t("queues.quietHint")}
          count={quiet}
          pressed={all === true}
          onChange={(pressed) => set({ all: pressed ? true : undefined })}
        />
      )}
    </>
  );
}

function List({ rows }: { rows: readonly QueueRow[] }): ReactNode {
  const { t } = useText();
  const [filter] = useView(view);
  const navigate = useNavigate();
  const visible = listed(rows, filter);
  const watched = visible
    .filter(({ purpose }) => purpose !== "dead")
    .map(({ queue }) => queue.name)
    .slice(0, watchedMax);
  const history = useHistory(
    watched.map((name) => `queue/${name}`),
    ["depth", "ratePerSecond"],
  );
  const columns = useQueueColumns(history);
  return (
    <>
      {history !== undefined && watched.length > 0 && <Charts names={watched} history={history} />}
      <Panel title={t("queues.all")} flush>
        <Table
          label={t("queues.title")}
          name="queues"
          columns={columns}
          rows={visible}
          rowKey={({ queue }) => queue.name}
          onOpen={({ queue }) => void navigate({ to: placeOf("queue", queue.name) ?? "/queues" })}
          filters={<Filters rows={rows} />}
          empty={<Empty title={t("queues.none")} text={t("queues.noneText")} />}
        />
      </Panel>
    </>
  );
}

/** Every queue: what waits, what is handled, what has died. */
export default function QueuesPage(): ReactNode {
  const { t } = useText();
  const { scene } = useLive();
  const query = useApi("/queues", {}, { everyMs: 2000 });
  const rows = rowsOf(query.data?.queues ?? [], scene?.overview.nodes ?? []);
  const sentence = useSentence(rows);
  return (
    <Page
      title={t("queues.title")}
      {...(rows.length === 0 ? {} : { sentence, health: healthOfAll(rows) })}
    >
      <Answer of={query} rows={8}>
        {() =>
          rows.length === 0 ? (
            <Empty title={t("queues.empty")} text={t("queues.emptyText")} code={sample} />
          ) : (
            <List rows={rows} />
          )
        }
      </Answer>
    </Page>
  );
}
