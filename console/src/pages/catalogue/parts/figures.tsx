import type { ReactNode } from "react";
import { browserClock } from "../../../clock.ts";
import { Badge, Tag } from "../../../ui/badge.tsx";
import { Id } from "../../../ui/copy.tsx";
import { Bytes, Count, Duration, Facts, Figures, Rate } from "../../../ui/figures.tsx";
import { ResourceLink } from "../../../ui/go.tsx";
import { Panel } from "../../../ui/page.tsx";
import { Spark } from "../../../ui/spark.tsx";
import { Ago, At } from "../../../ui/time.tsx";
import { useText } from "../text.ts";
import { rowsOf } from "./rows.ts";

const minuteMs = 60_000;
const values = rowsOf(80).map(({ share }) => share);

/** Numbers, moments, names and states as every page writes them. */
export default function FiguresPart(): ReactNode {
  const { t } = useText();
  const nowMs = browserClock.nowMs();
  return (
    <div className="columns">
      <Panel title={t("ui.figures")}>
        <Figures
          figures={[
            { label: t("ui.depth"), value: <Count value={12_431} /> },
            { label: t("ui.rate"), value: <Rate perSecond={63.91} /> },
            { label: t("ui.latency"), value: <Duration ms={3.14} />, tone: "warning" },
            { label: t("ui.size"), value: <Bytes size={1_234_567} />, tone: "failing" },
            { label: t("ui.absent"), value: <Count value={undefined} /> },
          ]}
        />
        <Spark values={values} />
      </Panel>
      <Panel title={t("ui.facts")}>
        <Facts
          facts={[
            [t("ui.ago"), <Ago key="ago" atMs={nowMs - 3 * minuteMs} />],
            [t("ui.at"), <At key="at" atMs={nowMs} />],
            [t("ui.id"), <Id key="id" id="0f64dbb1-62a7-4c5e-9f00-7a1c2d3e4f50" max={18} />],
            [t("ui.link"), <ResourceLink key="link" kind="queue" name="welcome-email" />],
            [t("ui.tag"), <Tag key="tag">FIFO</Tag>],
          ]}
        />
      </Panel>
      <Panel title={t("ui.states")}>
        <div className="row">
          {(["ok", "warning", "failing", "unknown"] as const).map((health) => (
            <Badge key={health} health={health}>
              {t(`health.${health}`)}
            </Badge>
          ))}
        </div>
      </Panel>
    </div>
  );
}
