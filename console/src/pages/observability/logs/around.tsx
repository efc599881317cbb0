import { useMemo, type ReactNode } from "react";
import { useApi } from "../../../api/query.ts";
import { Drawer } from "../../../ui/drawer.tsx";
import { LogView } from "../../../ui/logs/log-view.tsx";
import { Answer } from "../../../ui/states.tsx";
import { lineOf } from "./lines.ts";
import { useText } from "./text.ts";

/** A line with what its instance logged before and after it. */
export function Around({ id, onClose }: { id: string; onClose: () => void }): ReactNode {
  const { t } = useText();
  const found = useApi("/telemetry/logs/context/{id}", {
    path: { id },
    query: { before: 30, after: 30 },
  });
  const records = found.data?.records;
  const lines = useMemo(
    () => (records ?? []).map((record) => lineOf(record as never)).toReversed(),
    [records],
  );
  return (
    <Drawer title={t("logs.aroundTitle")} about={id} onClose={onClose} wide>
      <Answer of={found}>
        {() => <LogView label={t("logs.aroundTitle")} lines={lines} heightMax={640} />}
      </Answer>
    </Drawer>
  );
}
