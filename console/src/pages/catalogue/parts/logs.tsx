import { useCallback, useMemo, useState, type ReactNode } from "react";
import { isolated } from "../../../i18n/foreign.ts";
import { Button } from "../../../ui/button.tsx";
import { LogView } from "../../../ui/logs/log-view.tsx";
import { Panel } from "../../../ui/page.tsx";
import { useText } from "../text.ts";
import { lineMaker } from "./log-lines.ts";

const words = ["refused", "慢查詢"];
const seed = 7;
const linesCount = 400;

/** Log lines that were found, one of them open. */
export default function Logs(): ReactNode {
  const { t } = useText();
  const [said, setSaid] = useState<string>();
  const lines = useMemo(() => lineMaker(seed)(linesCount), []);
  const say = useCallback(
    (sign: string) => (field: string, value: string) =>
      setSaid(`${sign}${isolated(field, 60)} ${isolated(value, 60)}`),
    [],
  );
  const [only, without] = useMemo(() => [say("+"), say("−")], [say]);
  return (
    <>
      <Panel title={t("ui.logs")} hint={said} flush>
        <LogView
          label={t("ui.logs")}
          lines={lines}
          words={words}
          onOnly={only}
          onWithout={without}
          actions={() => <Button size="small">{t("ui.link")}</Button>}
          heightMax={480}
        />
      </Panel>
      <Panel title={t("ui.noLines")} flush>
        <LogView label={t("ui.noLines")} lines={[]} />
      </Panel>
    </>
  );
}
