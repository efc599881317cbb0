import type { ReactNode } from "react";
import type { History } from "../../../api/history.ts";
import { Badge } from "../../../ui/badge.tsx";
import { Count, Duration, Rate } from "../../../ui/figures.tsx";
import { ResourceLink } from "../../../ui/go.tsx";
import { Spark } from "../../../ui/spark.tsx";
import type { Column } from "../../../ui/table/table.tsx";
import { useText, type Say } from "../text.ts";
import { waitingOf, type QueueRow } from "./data.ts";
import { purposeName } from "./names.ts";

/** A count that is only worth seeing when it is not nought. */
function Dead({ count }: { count: number | undefined }): ReactNode {
  if (count === undefined || count === 0) return <Count value={count} />;
  return (
    <Badge health="warning">
      <Count value={count} />
    </Badge>
  );
}

/** What is in a queue now. */
const contentColumns = (t: Say): readonly Column<QueueRow>[] => [
  {
    id: "waiting",
    title: t("queues.waiting"),
    value: ({ queue }) => waitingOf(queue),
    cell: ({ queue }) => <Count value={waitingOf(queue)} />,
    width: 84,
    align: "end",
    priority: 1,
  },
  {
    id: "inFlight",
    title: t("queues.inFlight"),
    value: ({ queue }) => queue.stats.inFlight,
    cell: ({ queue }) => <Count value={queue.stats.inFlight} />,
    width: 84,
    align: "end",
    priority: 3,
  },
  {
    id: "oldest",
    title: t("queues.oldest"),
    value: ({ queue }) => queue.stats.oldestMs,
    cell: ({ queue }) => (
      <Duration ms={queue.stats.visible === 0 ? undefined : queue.stats.oldestMs} />
    ),
    width: 104,
    align: "end",
    priority: 2,
  },
];

/** The columns of the list of queues. */
export function useQueueColumns(history: History | undefined): readonly Column<QueueRow>[] {
  const { t } = useText();
  const depths = (name: string): readonly number[] =>
    (history?.values(`queue/${name}`, "depth") ?? []).filter((value) => value !== null);
  return [
    {
      id: "name",
      title: t("queues.name"),
      value: ({ queue }) => queue.name,
      cell: ({ queue }) => <ResourceLink kind="queue" name={queue.name} />,
      width: 140,
      grows: true,
      priority: 1,
    },
    {
      id: "state",
      title: t("queues.state"),
      value: ({ health }) => health,
      cell: ({ health }) => <Badge health={health}>{t(`health.${health}`)}</Badge>,
      width: 132,
      priority: 4,
    },
    {
      id: "purpose",
      title: t("queues.purpose"),
      value: ({ purpose }) => purposeName(t, purpose),
      width: 124,
      priority: 5,
    },
    ...contentColumns(t),
    {
      id: "rate",
      title: t("queues.rate"),
      value: ({ part }) => part?.ratePerSecond,
      cell: ({ part }) => <Rate perSecond={part?.ratePerSecond} />,
      width: 92,
      align: "end",
      priority: 3,
    },
    {
      id: "dead",
      title: t("queues.deadLetters"),
      value: ({ queue }) => queue.deadLetters,
      cell: ({ queue }) => <Dead count={queue.deadLetters} />,
      width: 108,
      align: "end",
      priority: 1,
    },
    {
      id: "depth",
      title: t("queues.depth"),
      value: ({ queue }) => waitingOf(queue),
      cell: ({ queue, health }) => (
        <Spark values={depths(queue.name)} tone={health === "failing" ? "failing" : "plain"} />
      ),
      width: 120,
      priority: 4,
      sorts: false,
    },
  ];
}
