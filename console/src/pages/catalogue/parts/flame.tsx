import { useMemo, useState, type ReactNode } from "react";
import { isolated } from "../../../i18n/foreign.ts";
import { Panel } from "../../../ui/page.tsx";
import { AttributeCompare, type AttributeRow } from "../../../ui/traces/compare.tsx";
import { FlameGraph } from "../../../ui/traces/flame-graph.tsx";
import { HotSpots } from "../../../ui/traces/hot-spots.tsx";
import { sampleTrace } from "../../../ui/traces/sample.ts";
import { useText } from "../text.ts";
import { orderTrace } from "./trace-order.ts";

const seed = 5;
const spansCount = 240;

const rows: readonly AttributeRow[] = [
  ["db.statement", "SELECT * FROM orders WHERE customer_id = $1", 0.97, 0.02, 0.95],
  ["customer.tier", "enterprise", 0.74, 0.11, 0.63],
  ["region", "ap-northeast-1", 0.41, 0.33, 0.08],
  ["http.method", "POST", 0.5, 0.5, 0],
].map(([attribute, value, inSet, inRest, score]) => ({
  attribute: String(attribute),
  value: String(value),
  inSet: Number(inSet),
  inRest: Number(inRest),
  score: Number(score),
}));

/** Where time goes, and which attribute explains the slow ones. */
export default function FlamePart(): ReactNode {
  const { t } = useText();
  const [picked, setPicked] = useState<AttributeRow>();
  const traces = useMemo(() => [orderTrace, sampleTrace(spansCount, seed)], []);
  return (
    <>
      <Panel title={t("ui.flame")} flush>
        <FlameGraph traces={traces} />
      </Panel>
      <Panel title={t("ui.spots")} flush>
        <HotSpots traces={traces} name="spots" />
      </Panel>
      <Panel
        title={t("ui.compare")}
        hint={picked === undefined ? undefined : isolated(picked.value, 60)}
        flush
      >
        <AttributeCompare
          name="compare"
          setLabel={t("ui.slower")}
          restLabel={t("ui.others")}
          rows={rows}
          onPick={setPicked}
        />
      </Panel>
    </>
  );
}
