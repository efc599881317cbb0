import type { ReactNode } from "react";
import { Panel } from "../../../ui/page.tsx";
import { useText } from "../text.ts";
import { ExampleTable } from "./example-table.tsx";

const rowsCount = 100_000;

/** The table that the scrolling test measures. */
export default function Huge(): ReactNode {
  const { t } = useText();
  return (
    <Panel title={t("ui.rows", { count: rowsCount })} flush>
      <ExampleTable count={rowsCount} rowsMax={20} />
    </Panel>
  );
}
