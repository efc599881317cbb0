import { lazy, Suspense, useState, type ReactNode } from "react";
import type { Link, Part } from "../../../api/overview.ts";
import { Panel } from "../../../ui/page.tsx";
import { useText } from "../text.ts";

const LiveMap = lazy(() => import("../../../ui/graph/live-map.tsx"));

const part = (id: string, more: Partial<Part> = {}): Part => {
  const [kind = "", name = ""] = id.split("/");
  return { id, kind, name, health: "ok", ratePerSecond: 12, errorRate: 0, ...more };
};
const link = (from: string, to: string, verb: string, errorRate = 0): Link => ({
  from,
  to,
  verb,
  ratePerSecond: 12,
  errorRate,
});

const nodes = [
  part("service/orders", { p95Ms: 12 }),
  part("event/order.placed"),
  part("queue/receipts", { health: "warning", depth: 1240 }),
  part("service/mailer", { health: "failing", errorRate: 0.61 }),
];
const edges = [
  link("service/orders", "event/order.placed", "publish"),
  link("event/order.placed", "service/mailer", "subscribe"),
  link("service/orders", "queue/receipts", "send"),
  link("queue/receipts", "service/mailer", "consume", 0.6),
];

/** Nodes and edges, laid out by themselves. */
export default function MapPart(): ReactNode {
  const { t } = useText();
  const [selected, setSelected] = useState<string>();
  return (
    <Panel title={t("ui.map")} flush>
      <Suspense fallback={<div className="map bone" />}>
        <LiveMap parts={nodes} links={edges} selected={selected} onOpen={setSelected} />
      </Suspense>
    </Panel>
  );
}
