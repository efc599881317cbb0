import type { UseQueryResult } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { Problem } from "../../../api/problem.ts";
import { useApi } from "../../../api/query.ts";
import { shown } from "../../../i18n/foreign.ts";
import * as format from "../../../i18n/format.ts";
import { useLive } from "../../../live.tsx";
import { Tag } from "../../../ui/badge.tsx";
import { Go } from "../../../ui/go.tsx";
import { KindIcon } from "../../../ui/icons.tsx";
import { Page } from "../../../ui/page.tsx";
import { Answer } from "../../../ui/states.tsx";
import { Tabs, type Tab } from "../../../ui/tabs.tsx";
import { useText, type Say } from "../text.ts";
import { allOf, healthOf, purposeOf, sourceOf, waitingOf, type QueueData } from "./data.ts";
import { DeadLetters } from "./dead.tsx";
import { Messages } from "./messages.tsx";
import { purposeName } from "./names.ts";
import { QueueOverview } from "./overview.tsx";
import { PurgeButton } from "./purge.tsx";
import type { QueueScene } from "./scene.ts";
import { Send } from "./send.tsx";
import { Tenants } from "./tenants.tsx";
import { useQueueView, type TabName } from "./view.ts";

/** From this share on failing work is worth a word. */
const errorsMin = 0.05;

/** How a queue is, in one sentence: the worst of it. */
function useSentence({ queue, part }: Omit<QueueScene, "driver">): string {
  const { t, locale } = useText();
  const { stats, deadLetters = 0, role } = queue;
  if (part !== undefined && part.errorRate >= errorsMin) {
    return t("queue.is.failing", { share: format.percent(part.errorRate) });
  }
  const lying = role === "dead" ? allOf(queue) : deadLetters;
  if (lying > 0) return t("queue.is.dead", { count: lying });
  if (role === "dead") return t("queue.is.noDead");
  if (waitingOf(queue) === 0) return t("queue.is.idle", { inFlight: stats.inFlight });
  if (stats.visible === 0) return t("queue.is.delayed", { delayed: stats.delayed });
  const age = format.duration(stats.oldestMs, locale);
  return t("queue.is.waiting", { waiting: waitingOf(queue), inFlight: stats.inFlight, age });
}

function QueueTabs({ scene }: { scene: QueueScene }): ReactNode {
  const { t } = useText();
  const [{ tab, message }, set] = useQueueView();
  const { queue } = scene;
  const tabs: readonly (Tab<TabName> | false)[] = [
    {
      name: "overview",
      label: t("queue.overview"),
      content: () => <QueueOverview scene={scene} />,
    },
    queue.role !== "dead" && {
      name: "messages",
      label: t("queue.messages"),
      count: allOf(queue),
      content: () => <Messages scene={scene} />,
    },
    {
      name: "dead",
      label: t("queues.deadLetters"),
      count: queue.role === "dead" ? allOf(queue) : (queue.deadLetters ?? undefined),
      content: () => <DeadLetters scene={scene} />,
    },
    queue.role !== "dead" && {
      name: "tenants",
      label: t("queue.tenants"),
      content: () => <Tenants scene={scene} />,
    },
    queue.role === "declared" && {
      name: "send",
      label: t("queue.send"),
      content: () => <Send scene={scene} />,
    },
  ];
  return (
    <Tabs
      label={t("queue.views")}
      tabs={tabs.filter((one) => one !== false)}
      // A message of a dead-letter queue is a dead letter, also where a link says otherwise.
      value={queue.role === "dead" && message !== undefined ? "dead" : (tab ?? "overview")}
      onChange={(next) =>
        set(
          {
            tab: next === "overview" ? undefined : next,
            message: undefined,
            state: undefined,
            q: undefined,
            group: undefined,
          },
          { push: true },
        )
      }
    />
  );
}

/** What stands at the head of the page of any queue. */
const head = (t: Say) => ({
  mark: <KindIcon kind="queue" size={20} />,
  above: <Go to="/queues">{t("queues.title")}</Go>,
});

/** One queue: what is in it, what died of it, whose it is, and what can be done. */
export default function QueuePage(): ReactNode {
  const { t } = useText();
  const { name = "" } = useParams({ strict: false }) as { name?: string };
  const { scene: live } = useLive();
  const query = useApi("/queues/{name}", { path: { name } }, { everyMs: 2000 });
  const list = useApi("/queues", {});
  const part = live?.overview.nodes.find(({ id }) => id === `queue/${name}`);
  const missing = query.data === undefined ? query : list;
  if (query.data === undefined || list.data === undefined) {
    return (
      <Page title={shown(name, 160)} {...head(t)}>
        <Answer<unknown> of={missing} rows={8}>
          {() => null}
        </Answer>
      </Page>
    );
  }
  const { driver, queues } = list.data;
  const scene = { queue: query.data, driver, part, source: sourceOf(name, queues) };
  return <Shown key={name} scene={scene} query={query} />;
}

function Shown({
  scene,
  query,
}: {
  scene: QueueScene;
  /** What the scene was read by: says so when it is old. */
  query: UseQueryResult<QueueData, Problem>;
}): ReactNode {
  const { t } = useText();
  const { queue, part } = scene;
  const sentence = useSentence(scene);
  return (
    <Page
      title={shown(queue.name, 160)}
      {...head(t)}
      sentence={sentence}
      health={healthOf(queue, part)}
      actions={<PurgeButton queue={queue} />}
    >
      <Answer of={query}>
        {() => (
          <>
            <div className="row">
              <Tag>{purposeName(t, purposeOf(queue))}</Tag>
              {queue.spec.fifo && <Tag>FIFO</Tag>}
              {queue.description !== "" && (
                <span className="prose">{shown(queue.description, 400)}</span>
              )}
            </div>
            <QueueTabs scene={scene} />
          </>
        )}
      </Answer>
    </Page>
  );
}
