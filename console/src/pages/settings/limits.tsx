import type { ReactNode } from "react";
import type { AnswerOf } from "../../api/client.ts";
import { useApi } from "../../api/query.ts";
import { shown } from "../../i18n/foreign.ts";
import { Bytes, Count, Duration, Rate } from "../../ui/figures.tsx";
import { Panel } from "../../ui/page.tsx";
import { Answer } from "../../ui/states.tsx";
import { Table, type Column } from "../../ui/table/table.tsx";
import { useText } from "./text.ts";
import { wordsKey } from "./words.ts";

type Limit = AnswerOf<"/platform", "get">["limits"][number];

function Value({ limit: { value, unit } }: { limit: Limit }): ReactNode {
  switch (unit) {
    case "bytes":
      return <Bytes size={value} />;
    case "ms":
      return <Duration ms={value} />;
    case "perSecond":
      return <Rate perSecond={value} />;
    case "count":
      return <Count value={value} />;
  }
}

/** What the platform lets through at most. */
export function Limits(): ReactNode {
  const { t } = useText();
  const query = useApi("/platform", {});
  const words = ({ name, about }: Limit): string => {
    const key = wordsKey("limit", name);
    return key === undefined ? shown(about, 200) : t(key);
  };
  const columns: readonly Column<Limit>[] = [
    {
      id: "about",
      title: t("limits.what"),
      value: words,
      cell: (limit) => <bdi title={words(limit)}>{words(limit)}</bdi>,
      width: 210,
      grows: true,
      priority: 1,
    },
    {
      id: "value",
      title: t("limits.most"),
      value: ({ value }) => value,
      cell: (limit) => <Value limit={limit} />,
      width: 110,
      align: "end",
      priority: 1,
    },
    {
      id: "name",
      title: t("limits.name"),
      value: ({ name }) => name,
      cell: ({ name }) => <bdi className="mono">{shown(name, 60)}</bdi>,
      width: 170,
      priority: 3,
    },
  ];
  return (
    <Panel title={t("settings.limits")} hint={t("limits.hint")} flush>
      <Answer of={query}>
        {({ limits }) => (
          <Table
            label={t("settings.limits")}
            name="limits"
            columns={columns}
            rows={limits}
            rowKey={({ name }) => name}
            rowsMax={40}
          />
        )}
      </Answer>
    </Panel>
  );
}
