import { useEffect, useMemo, useState, type ReactNode } from "react";
import { browserClock } from "../../../clock.ts";
import { Button } from "../../../ui/button.tsx";
import { makeLogFeed } from "../../../ui/logs/feed.ts";
import { LogView } from "../../../ui/logs/log-view.tsx";
import { Panel } from "../../../ui/page.tsx";
import { useText } from "../text.ts";
import { lineMaker } from "./log-lines.ts";

const seed = 11;
const linesASecond = 5000;
const periodMs = 20;

/** A tail of 5,000 lines a second, as the test measures it; it stands until it is started. */
export default function LogTail(): ReactNode {
  const { t } = useText();
  const feed = useMemo(() => makeLogFeed(), []);
  const make = useMemo(() => lineMaker(seed), []);
  const [runs, setRuns] = useState(false);
  useEffect(() => feed.push(make(40)), [feed, make]);
  useEffect(() => {
    if (!runs) return undefined;
    // By the time that has passed, not by how often a timer ran: a late one must not slow the tail.
    const fromMs = browserClock.nowMs();
    let sent = 0;
    return browserClock.every(periodMs, () => {
      const due = Math.floor(((browserClock.nowMs() - fromMs) / 1000) * linesASecond);
      feed.push(make(due - sent));
      sent = due;
    });
  }, [runs, feed, make]);
  return (
    <Panel
      title={t("ui.tail")}
      actions={
        <Button size="small" icon={runs ? "pause" : "play"} onClick={() => setRuns(!runs)}>
          {t(runs ? "ui.stop" : "ui.start")}
        </Button>
      }
      flush
    >
      <LogView label={t("ui.tail")} feed={feed} />
    </Panel>
  );
}
