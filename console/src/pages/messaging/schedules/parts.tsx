import type { ReactNode } from "react";
import { call } from "../../../api/client.ts";
import { shown } from "../../../i18n/foreign.ts";
import * as format from "../../../i18n/format.ts";
import { useLive } from "../../../live.tsx";
import { useNow } from "../../../now.ts";
import { ActionButton } from "../../../ui/action.tsx";
import { Badge } from "../../../ui/badge.tsx";
import { useText } from "../text.ts";
import {
  healthOf,
  localTime,
  nameIn,
  stateOf,
  stateText,
  whenText,
  type Schedule,
} from "./facts.ts";

/** How a schedule stands, by its shape and in a word. */
export function StateBadge({ schedule }: { schedule: Schedule }): ReactNode {
  const { t } = useText();
  const { scene } = useLive();
  const state = stateOf(schedule, scene?.overview.nowMs ?? 0);
  return <Badge health={healthOf[state]}>{stateText(t, state)}</Badge>;
}

/** When a schedule fires, in words; the expression itself where words fail. */
export function When({ schedule: { text } }: { schedule: Schedule }): ReactNode {
  const { t, locale } = useText();
  const words = whenText(t, locale, text);
  if (words !== undefined) return words;
  return <bdi className="mono">{shown(text, 120)}</bdi>;
}

/** A moment by how far it lies away; on hover in the schedule's zone, the reader's and UTC. */
export function Due({ atMs, timezone }: { atMs: number | undefined; timezone: string }): ReactNode {
  const { t, locale } = useText();
  const nowMs = useNow(atMs !== undefined);
  if (atMs === undefined) return <span className="none">–</span>;
  const isPast = atMs < nowMs;
  const distance = format.age(Math.abs(nowMs - atMs), locale);
  const inZone = `${localTime(atMs, timezone, locale)} (${shown(timezone, 60)})`;
  return (
    <time dateTime={format.exactTime(atMs)} title={`${inZone} · ${format.bothTimes(atMs, locale)}`}>
      {isPast ? t("schedule.due") : t("time.ahead", { age: distance })}
    </time>
  );
}

/** What can be done with a schedule: running it now, pausing it, going on. */
export function Actions({
  schedule: { name, paused },
  small = false,
}: {
  schedule: Schedule;
  small?: boolean;
}): ReactNode {
  const { t } = useText();
  const path = { name };
  const pause = (): Promise<unknown> => call("post", "/schedules/{name}/pause", { path });
  const resume = (): Promise<unknown> => call("post", "/schedules/{name}/resume", { path });
  return (
    <>
      <ActionButton
        label={t("schedule.runNow")}
        icon="play"
        small={small}
        run={() => call("post", "/schedules/{name}/runs", { path })}
        done={() => t("schedule.runDone", { name: nameIn(name) })}
      />
      {paused ? (
        <ActionButton
          label={t("schedule.resume")}
          icon="next"
          small={small}
          run={resume}
          done={() => t("schedule.resumeDone", { name: nameIn(name) })}
          undo={pause}
        />
      ) : (
        <ActionButton
          label={t("schedule.pause")}
          icon="pause"
          small={small}
          run={pause}
          done={() => t("schedule.pauseDone", { name: nameIn(name) })}
          undo={resume}
        />
      )}
    </>
  );
}
