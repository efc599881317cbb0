import type { UseQueryResult } from "@tanstack/react-query";
import { useEffect, useState, type ReactNode } from "react";
import type { Problem } from "../api/problem.ts";
import { includes, useSession, type Role } from "../api/session.tsx";
import { browserClock } from "../clock.ts";
import { shown } from "../i18n/foreign.ts";
import * as format from "../i18n/format.ts";
import { useNow } from "../now.ts";
import { usePreferences } from "../preferences.tsx";
import { Button } from "./button.tsx";
import { Code } from "./copy.tsx";
import { HealthIcon, Icon } from "./icons.tsx";

/** Nothing here yet: what will be shown, and the lines that make it appear. */
export function Empty({
  title,
  text,
  code,
  children,
}: {
  title: string;
  text?: string;
  code?: string;
  children?: ReactNode;
}): ReactNode {
  return (
    <div className="empty">
      <p className="empty-title">{title}</p>
      {text !== undefined && <p>{text}</p>}
      {code !== undefined && <Code code={code} />}
      {children}
    </div>
  );
}

const quietMs = 300;

/** True once something has lasted so long that people want to see that work goes on. */
function useLasting(): boolean {
  const [lasting, setLasting] = useState(false);
  useEffect(() => browserClock.after(quietMs, () => setLasting(true)), []);
  return lasting;
}

/** The shape of what is being loaded; nothing for the first 300 ms. */
export function Loading({ rows = 6 }: { rows?: number }): ReactNode {
  const { t } = usePreferences();
  const lasting = useLasting();
  return (
    <div className="loading" role="status">
      {lasting && (
        <>
          <span className="hidden">{t("state.loading")}</span>
          {Array.from({ length: rows }, (_, index) => (
            <span key={index} className="loading-row" style={{ width: `${88 - index * 7}%` }} />
          ))}
        </>
      )}
    </div>
  );
}

/** What went wrong, its code, and what to do. */
export function Failure({
  problem,
  onRetry,
}: {
  problem: Problem;
  onRetry?: () => void;
}): ReactNode {
  const { t } = usePreferences();
  const gone = problem.code === "UNREACHABLE";
  return (
    <div className="failure" role="alert">
      <HealthIcon health="failing" size={18} />
      <div>
        <p className="failure-title">{gone ? t("state.unreachable") : shown(problem.message)}</p>
        {!gone && problem.fix !== "" && <p>{shown(problem.fix)}</p>}
        {!gone && <code className="problem-code">{shown(problem.code, 60)}</code>}
      </div>
      {onRetry !== undefined && (
        <Button size="small" onClick={onRetry}>
          {t("state.retry")}
        </Button>
      )}
    </div>
  );
}

/** What is shown is old: reading it anew has failed. */
function Stale({ sinceMs, problem }: { sinceMs: number; problem: Problem }): ReactNode {
  const { t, locale } = usePreferences();
  const nowMs = useNow(true);
  return (
    <p className="stale">
      <HealthIcon health="warning" />
      {t("state.stale", { age: format.age(nowMs - sinceMs, locale) })}{" "}
      <code className="problem-code">{shown(problem.code, 60)}</code>
    </p>
  );
}

/** The reader may not see this: which role may. */
export function NoPermission({ role }: { role: Role }): ReactNode {
  const { t } = usePreferences();
  return (
    <div className="empty">
      <Icon name="secret" size={24} />
      <p className="empty-title">{t("state.noPermission")}</p>
      <p>{t("state.needsRole", { role: t(`role.${role}`) })}</p>
    </div>
  );
}

/** Shows its content to those who may, and tells the others which role may. */
export function Needs({ role, children }: { role: Role; children: ReactNode }): ReactNode {
  const { session } = useSession();
  if (session === undefined) return <Loading />;
  return includes(session.role, role) ? children : <NoPermission role={role} />;
}

/** An answer in whatever state it is: loading, failed, old, or there. */
export function Answer<T>({
  of,
  rows,
  children,
}: {
  of: UseQueryResult<T, Problem>;
  rows?: number;
  children: (data: T) => ReactNode;
}): ReactNode {
  const { data, error, dataUpdatedAt, refetch } = of;
  if (data !== undefined) {
    return (
      <>
        {error !== null && <Stale sinceMs={dataUpdatedAt} problem={error} />}
        {children(data)}
      </>
    );
  }
  if (error !== null) return <Failure problem={error} onRetry={() => void refetch()} />;
  return <Loading {...(rows === undefined ? {} : { rows })} />;
}
