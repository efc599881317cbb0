import { Fragment, type ReactNode } from "react";
import type { Happening } from "../../../api/overview.ts";
import { isolated, shown } from "../../../i18n/foreign.ts";
import * as format from "../../../i18n/format.ts";
import { Id } from "../../../ui/copy.tsx";
import { ResourceLink } from "../../../ui/go.tsx";
import type { Column } from "../../../ui/table/table.tsx";
import { fieldsOf } from "../../overview/summary.ts";
import { useText } from "../text.ts";

/** An object as its fields side by side; what is no object, or was cut, as it is. */
function Summary({ text }: { text: string }): ReactNode {
  const fields = fieldsOf(text);
  return (
    <span className="mono" title={isolated(text)}>
      {fields === undefined ? (
        <bdi>{shown(text, 240)}</bdi>
      ) : (
        fields.map(([name, value]) => (
          <Fragment key={name}>
            <bdi className="none">{shown(name, 40)}</bdi> <bdi>{shown(value, 120)}</bdi>{" "}
          </Fragment>
        ))
      )}
    </span>
  );
}

/** Columns of events that were published: when, what, by whom, with what in them. */
export function useEventColumns(
  /** Services that have a page; other sources are shown as they are. */
  services: ReadonlySet<string>,
): readonly Column<Happening>[] {
  const { t, locale } = useText();
  return [
    {
      id: "at",
      title: t("event.at"),
      value: ({ atMs }) => atMs,
      cell: ({ atMs }) => (
        <time dateTime={format.exactTime(atMs)} title={format.bothTimes(atMs, locale)}>
          {format.timeOfDay(atMs, locale)}
        </time>
      ),
      width: 84,
      priority: 1,
    },
    {
      id: "type",
      title: t("event.type"),
      value: ({ type }) => type,
      cell: ({ type }) => <ResourceLink kind="event" name={type} icon={false} />,
      width: 168,
      priority: 1,
    },
    {
      id: "source",
      title: t("event.source"),
      value: ({ source }) => source,
      cell: ({ source }) =>
        services.has(source) ? (
          <ResourceLink kind="service" name={source} />
        ) : (
          <bdi title={isolated(source)}>{shown(source, 80)}</bdi>
        ),
      width: 124,
      priority: 3,
    },
    {
      id: "data",
      title: t("event.data"),
      value: ({ summary }) => summary,
      cell: ({ summary }) => <Summary text={summary} />,
      width: 200,
      grows: true,
      priority: 2,
    },
    {
      id: "trace",
      title: t("event.trace"),
      value: ({ traceId }) => traceId,
      cell: ({ traceId }) =>
        traceId === undefined ? <span className="none">–</span> : <Id id={traceId} max={10} />,
      width: 132,
      priority: 4,
    },
  ];
}
