import { useState, type ReactNode } from "react";
import { Panel } from "../../../ui/page.tsx";
import { Waterfall, type Trace } from "../../../ui/traces/waterfall.tsx";
import { useText } from "../text.ts";
import { orderTrace } from "./trace-order.ts";

const nothing: Trace = { spans: [] };

/** Traces in all their forms. */
export default function Traces(): ReactNode {
  const { t } = useText();
  const [selected, setSelected] = useState("d1");
  return (
    <>
      <Panel title={t("ui.waterfall")} flush>
        <Waterfall
          trace={orderTrace}
          selected={selected}
          onSelect={({ spanId }) => setSelected(spanId)}
        />
      </Panel>
      <Panel title={t("ui.noSpans")} flush>
        <Waterfall trace={nothing} />
      </Panel>
    </>
  );
}
