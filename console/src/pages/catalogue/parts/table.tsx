import type { ReactNode } from "react";
import { Panel } from "../../../ui/page.tsx";
import { useText } from "../text.ts";
import { ExampleTable } from "./example-table.tsx";

/** A table with rows, and without. */
export default function TablePart(): ReactNode {
  const { t } = useText();
  return (
    <>
      <Panel title={t("ui.rows", { count: 40 })} hint={t("ui.tableHint")} flush>
        <ExampleTable count={40} />
      </Panel>
      <Panel title={t("ui.rows", { count: 0 })} flush>
        <ExampleTable count={0} />
      </Panel>
    </>
  );
}
