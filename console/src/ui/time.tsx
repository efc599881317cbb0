import type { ReactNode } from "react";
import * as format from "../i18n/format.ts";
import { useNow } from "../live.tsx";
import { usePreferences } from "../preferences.tsx";

/** A moment as its age, or how far it lies ahead; the exact one on hover, in UTC too. */
export function Ago({ atMs }: { atMs: number | null | undefined }): ReactNode {
  const { t, locale } = usePreferences();
  const nowMs = useNow(atMs !== null && atMs !== undefined);
  if (atMs === null || atMs === undefined) return <span className="none">–</span>;
  const distance = format.age(Math.abs(nowMs - atMs), locale);
  const words =
    Math.abs(nowMs - atMs) < 1000
      ? t("time.now")
      : t(atMs > nowMs ? "time.ahead" : "time.ago", { age: distance });
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
