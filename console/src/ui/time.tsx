import type { ReactNode } from "react";
import * as format from "../i18n/format.ts";
import { useMadeOfNow } from "../now.ts";
import { usePreferences } from "../preferences.tsx";

/** A moment as its age, or how far it lies ahead; the exact one on hover, in UTC too. */
export function Ago({ atMs }: { atMs: number | null | undefined }): ReactNode {
  const { t, locale } = usePreferences();
  const words = useMadeOfNow((nowMs) => {
    const distanceMs = Math.abs(nowMs - (atMs ?? nowMs));
    if (distanceMs < 1000) return t("time.now");
    const age = format.age(distanceMs, locale);
    return t((atMs ?? 0) > nowMs ? "time.ahead" : "time.ago", { age });
  });
  if (atMs === null || atMs === undefined) return <span className="none">–</span>;
  return (
    <time dateTime={format.exactTime(atMs)} title={format.bothTimes(atMs, locale)}>
      {words}
    </time>
  );
}

/** A moment as date and time in the reader's zone; UTC on hover. */
export function At({ atMs }: { atMs: number | null | undefined }): ReactNode {
  const { locale } = usePreferences();
  if (atMs === null || atMs === undefined) return <span className="none">–</span>;
  return (
    <time dateTime={format.exactTime(atMs)} title={format.exactTime(atMs)}>
      {format.dateTime(atMs, locale)}
    </time>
  );
}
