import type { ReactNode } from "react";
import { useApi } from "../../api/query.ts";
import { isolated, shown } from "../../i18n/foreign.ts";
import { useLive } from "../../live.tsx";
import { usePreferences } from "../../preferences.tsx";
import { Progress } from "../../ui/field.tsx";
import { Go, ResourceLink } from "../../ui/go.tsx";
import { HealthIcon } from "../../ui/icons.tsx";
import { Panel } from "../../ui/page.tsx";
import { Answer } from "../../ui/states.tsx";
import { Ago } from "../../ui/time.tsx";

const changesMax = 6;

function health(status: number): "ok" | "warning" | "failing" {
  if (status < 400) return "ok";
  return status < 500 ? "warning" : "failing";
}

/** Redrives and replays that run now, with how far they are. */
function Tasks(): ReactNode {
  const { t } = usePreferences();
  const running = (useLive().scene?.tasks ?? []).filter(({ state }) => state === "running");
  if (running.length === 0) return null;
  return (
    <ul className="changes">
      {running.map(({ id, kind, resource, done, total }) => {
        const [resourceKind = "", ...name] = resource.split("/");
        const label = t(kind === "redrive" ? "changes.redrive" : "changes.replay");
        return (
          <li key={id} className="change">
            <span>{label}</span>
            <ResourceLink kind={resourceKind} name={name.join("/")} />
            <Progress label={label} done={done} total={total} />
          </li>
        );
      })}
    </ul>
  );
}

/** Who changed what lately: the newest of the audit log, and long work that goes on. */
export function Changes(): ReactNode {
  const { t } = usePreferences();
  const entries = useApi("/audit", { query: { limit: changesMax } });
  return (
    <Panel
      title={t("recent.changes")}
      actions={
        <Go to="/audit" className="button small quiet">
          {t("changes.all")}
        </Go>
      }
    >
      <Tasks />
      <Answer of={entries} rows={3}>
        {({ entries: rows }) =>
          rows.length === 0 ? (
            <p className="nothing">{t("changes.none")}</p>
          ) : (
            <ul className="changes">
              {rows.map(({ seq, atMs, actor, method, path, status }) => (
                <li key={seq} className="change">
                  <HealthIcon health={health(status)} />
                  <span className="hidden">{t(`health.${health(status)}`)}</span>
                  <bdi className="mono change-path" title={isolated(`${method} ${path} ${status}`)}>
                    {method} {shown(path.replace(/^\/api\/v1/, ""), 160)}
                  </bdi>
                  <bdi className="change-who">{shown(actor, 40)}</bdi>
                  <span className="change-when">
                    <Ago atMs={atMs} />
                  </span>
                </li>
              ))}
            </ul>
          )
        }
      </Answer>
    </Panel>
  );
}
