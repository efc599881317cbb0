import type { ReactNode } from "react";
import { call } from "../../api/client.ts";
import * as format from "../../i18n/format.ts";
import { ActionButton } from "../../ui/action.tsx";
import type { useRuns } from "./runs-data.ts";
import type { RunsFilter } from "./search.ts";
import type { RunStatus } from "./status.tsx";
import { useText } from "./text.ts";

/** Runs that are taken up again at once. */
const replayMax = 1000;

/** What is taken up again: what failed from where it failed, or all that ended from its start. */
const taken: Readonly<Record<"failure" | "start", readonly RunStatus[]>> = {
  failure: ["failed"],
  start: ["completed", "failed", "cancelled", "terminated"],
};

const says = {
  failure: { button: "replay.button", title: "replay.title", text: "replay.text" },
  start: { button: "anew.button", title: "anew.title", text: "anew.text" },
} as const;

/** Takes up what was found again, after it was said how many that are. */
export function Replay({
  from,
  filter,
  found,
}: {
  from: "failure" | "start";
  filter: RunsFilter;
  found: ReturnType<typeof useRuns>;
}): ReactNode {
  const { t, locale } = useText();
  const runs = found.runs ?? [];
  const values = {
    count: runs.filter(({ status }) => taken[from].includes(status)).length,
    more: found.query.hasNextPage ? "yes" : "no",
    most: format.exactNumber(replayMax, locale),
  };
  const status = taken[from]
    .filter((one) => filter.status === undefined || filter.status.split(",").includes(one))
    .join(",");
  const isNothing = status === "" || (values.count === 0 && !found.query.hasNextPage);
  const { button, title, text } = says[from];
  return (
    <ActionButton
      label={t(button)}
      icon={from === "failure" ? "undo" : "play"}
      disabled={isNothing}
      confirm={{
        title: t(title),
        text: (
          <div className="stack">
            <p>{t(text, values)}</p>
            {Object.keys(filter).length === 0 && <p>{t("replay.everything")}</p>}
          </div>
        ),
        button: t(button),
        tone: "main",
      }}
      run={() =>
        call("post", "/workflow-runs/replay", {
          body: { ...filter, status, from, limit: replayMax },
        })
      }
      done={({ runs: begun, cursor }) =>
        t("replay.done", { count: begun.length, more: cursor === undefined ? "no" : "yes" })
      }
      then={() => void found.query.refetch()}
    />
  );
}
