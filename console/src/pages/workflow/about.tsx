import type { ReactNode } from "react";
import { shown } from "../../i18n/foreign.ts";
import * as format from "../../i18n/format.ts";
import { SchemaPanel } from "../../ui/form/schema-panel.tsx";
import type { SchemaPart } from "../../ui/form/schema.ts";
import { Count, Facts } from "../../ui/figures.tsx";
import { ResourceLink } from "../../ui/go.tsx";
import { Panel } from "../../ui/page.tsx";
import { States } from "./machine/states.tsx";
import type { Workflow } from "./status.tsx";
import { useText } from "./text.ts";

function Uses({ uses }: { uses: readonly string[] }): ReactNode {
  const { t } = useText();
  if (uses.length === 0) return <p className="prose">{t("about.usesNothing")}</p>;
  return (
    <ul className="run-links">
      {uses.map((id) => {
        const [kind = "", ...name] = id.split("/");
        return (
          <li key={id}>
            <ResourceLink kind={kind} name={name.join("/")} />
          </li>
        );
      })}
    </ul>
  );
}

/** What a workflow is: whose code, what starts it, its limits, what its steps use. */
export function About({ workflow }: { workflow: Workflow }): ReactNode {
  const { t, locale } = useText();
  const { service, version, previous, schedule, event, concurrency, timeoutMs, uses } = workflow;
  return (
    <>
      <States definition={workflow.definition} />
      <div className="columns">
        <Panel title={t("about.title")}>
          <Facts
            facts={[
              [t("workflow.service"), <ResourceLink key="service" kind="service" name={service} />],
              [
                t("about.schedule"),
                schedule === null ? (
                  <span className="none">{t("about.noSchedule")}</span>
                ) : (
                  <ResourceLink key="schedule" kind="schedule" name={schedule} />
                ),
              ],
              [
                t("about.event"),
                event === null ? (
                  <span className="none">{t("about.noEvent")}</span>
                ) : (
                  <ResourceLink key="event" kind="event" name={event} />
                ),
              ],
              [t("workflow.version"), <bdi key="version">{shown(version, 60)}</bdi>],
              previous.length > 0 && [
                t("about.previous"),
                <bdi key="previous">{shown(previous.join(", "), 300)}</bdi>,
              ],
              [
                t("about.concurrency"),
                concurrency === null ? t("about.unbounded") : <Count value={concurrency} />,
              ],
              [
                t("about.timeout"),
                timeoutMs === null ? t("about.noTimeout") : format.duration(timeoutMs, locale),
              ],
            ]}
          />
        </Panel>
        <Panel title={t("about.uses")} hint={t("about.usesHint")}>
          <Uses uses={uses} />
        </Panel>
      </div>
      {Object.keys(workflow.input).length === 0 ? (
        <Panel title={t("start.input")}>
          <p className="prose">{t("about.anyInput")}</p>
        </Panel>
      ) : (
        <SchemaPanel schema={workflow.input as SchemaPart} />
      )}
    </>
  );
}
