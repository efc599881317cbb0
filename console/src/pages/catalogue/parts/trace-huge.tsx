import { useMemo, useState, type ReactNode } from "react";
import { Panel } from "../../../ui/page.tsx";
import { sampleTrace } from "../../../ui/traces/sample.ts";
import { Waterfall } from "../../../ui/traces/waterfall.tsx";
import { useText } from "../text.ts";

const spansCount = 10_000;
const seed = 20_260_101;

/** The trace that the scrolling test measures. */
export default function TraceHuge(): ReactNode {
  const { t } = useText();
  const trace = useMemo(() => sampleTrace(spansCount, seed), []);
  const [selected, setSelected] = useState<string>();
  return (
    <Panel title={t("ui.waterfall")} flush>
      <Waterfall trace={trace} selected={selected} onSelect={({ spanId }) => setSelected(spanId)} />
    </Panel>
  );
}
