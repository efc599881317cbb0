import { useId, type ReactNode } from "react";
import * as format from "../i18n/format.ts";
import { usePreferences } from "../preferences.tsx";
import { Go } from "./go.tsx";
import { HealthIcon, Icon, type IconName } from "./icons.tsx";
import { byDay } from "./timeline-days.ts";
import { Ago } from "./time.tsx";
import "./timeline.css";

/** One thing that happened. */
export interface TimelineEntry {
  readonly id: string;
  readonly atMs: number;
  /** Already made safe to show. */
  readonly title: ReactNode;
  readonly text?: ReactNode;
  readonly icon?: IconName;
  /** A state is shown by its own sign, unless there is an icon. */
  readonly tone?: "ok" | "warning" | "failing" | "unknown";
  /** A path of the console. */
  readonly href?: string;
}

function Entry({ entry }: { entry: TimelineEntry }): ReactNode {
  const { locale } = usePreferences();
  const { atMs, title, text, icon, tone, href } = entry;
  return (
    <li className={`timeline-entry ${tone ?? ""}`}>
      <span className="timeline-sign">
        {icon !== undefined && <Icon name={icon} size={14} />}
        {icon === undefined && tone !== undefined && <HealthIcon health={tone} size={14} />}
        {icon === undefined && tone === undefined && <span className="timeline-dot" />}
      </span>
      <div className="timeline-words">
        <div className="timeline-title">
          {href === undefined ? <span>{title}</span> : <Go to={href}>{title}</Go>}
        </div>
        {text !== undefined && <div className="timeline-text">{text}</div>}
      </div>
      <span className="timeline-time">
        <Ago atMs={atMs} />
        <span className="timeline-clock">{format.timeOfDay(atMs, locale)}</span>
      </span>
    </li>
  );
}

/** What happened, one below the other in the order given, under the days in the reader's zone. */
export function Timeline({ entries }: { entries: readonly TimelineEntry[] }): ReactNode {
  const { locale } = usePreferences();
  const id = useId();
  const day = new Intl.DateTimeFormat(locale, { dateStyle: "full" });
  return (
    <div className="timeline">
      {byDay(entries).map(({ startMs, entries: some }) => (
        <div key={some[0]?.id ?? startMs}>
          <p className="timeline-day" id={`${id}${some[0]?.id}`}>
            {Number.isFinite(startMs) ? day.format(startMs) : "–"}
          </p>
          <ol aria-labelledby={`${id}${some[0]?.id}`}>
            {some.map((entry) => (
              <Entry key={entry.id} entry={entry} />
            ))}
          </ol>
        </div>
      ))}
    </div>
  );
}
