import type { ReactNode } from "react";
import { isolated } from "../../../i18n/foreign.ts";
import { Answer, Empty } from "../../../ui/states.tsx";
import { useSource } from "./ask.ts";
import type { PanelSpec } from "./dashboard-spec.ts";
import { BigNumber, FrameChart, GridTable } from "./drawing.tsx";
import type { Span } from "./frame.ts";
import { useText } from "./text.ts";

/** What a panel shows of a span, in whatever state its source is. */
export function PanelContent({
  panel,
  name,
  span,
  onRange,
  sync,
}: {
  panel: PanelSpec;
  /** Unique on the page. */
  name: string;
  span: Span;
  onRange?: (fromMs: number, toMs: number) => void;
  sync?: string;
}): ReactNode {
  const { t } = useText();
  const { draw, unit, source } = panel;
  const asked = useSource(source, draw, span);
  const label = isolated(panel.title, 120) || t("panel.untitled");
  return (
    <Answer of={asked} rows={3}>
      {({ frame, grid, number }) => {
        if (draw === "number") return <BigNumber value={number} unit={unit} frame={frame} />;
        if (draw === "table" && grid !== undefined) {
          return <GridTable label={label} name={name} grid={grid} unit={unit} rowsMax={6} />;
        }
        if (frame === undefined) {
          return grid !== undefined && grid.rows.length > 0 ? (
            <Empty title={t("panel.noTime")} text={t("panel.noTimeText")} />
          ) : (
            <Empty title={t("panel.nothing")} />
          );
        }
        return (
          <FrameChart
            label={label}
            frame={frame}
            unit={unit}
            bars={draw === "bars"}
            span={span}
            height={180}
            onRange={onRange}
            {...(sync === undefined ? {} : { sync })}
          />
        );
      }}
    </Answer>
  );
}
