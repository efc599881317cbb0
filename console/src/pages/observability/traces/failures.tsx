import type { ReactNode } from "react";
import { useApi } from "../../../api/query.ts";
import { shown } from "../../../i18n/foreign.ts";
import { Go } from "../../../ui/go.tsx";
import { HealthIcon } from "../../../ui/icons.tsx";
import { Panel } from "../../../ui/page.tsx";
import type { TraceDetail } from "./summary.ts";
import { useText } from "./text.ts";

const listedMax = 5;

type Origin = TraceDetail["analysis"]["errors"][number];

/** The line of code that a group of errors comes from, with what stands around it. */
export function SourceLine({ group }: { group: string }): ReactNode {
  const { t } = useText();
  const found = useApi("/telemetry/errors/{group}", { path: { group } }, { enabled: group !== "" });
  const frames = found.data?.frames ?? [];
  const frame = frames.find(({ inApp }) => inApp) ?? frames[0];
  if (frame === undefined) return null;
  const { file, line, function: name, context } = frame;
  return (
    <div className="source-of">
      <Go to={`/errors/${group}`} className="link mono">
        <bdi>
          {shown(file, 200)}
          {line > 0 && `:${line}`}
        </bdi>
      </Go>
      {name !== "" && (
        <span className="hint">
          {" "}
          <bdi>{shown(name, 80)}</bdi>
        </span>
      )}
      {context !== undefined && (
        <pre className="source-text" aria-label={t("failed.source")} tabIndex={0}>
          {context.before.slice(-2).map((text) => `  ${shown(text, 300)}\n`)}
          <strong>{`▸ ${shown(context.line, 300)}\n`}</strong>
          {context.after.slice(0, 2).map((text) => `  ${shown(text, 300)}\n`)}
        </pre>
      )}
    </div>
  );
}

function OneOrigin({
  origin,
  group,
  onSpan,
}: {
  origin: Origin;
  group: string | undefined;
  onSpan: (spanId: string) => void;
}): ReactNode {
  const { t } = useText();
  const { service, name, type, message, path, reachedRoot } = origin;
  return (
    <li>
      <HealthIcon health="failing" size={16} />
      <div>
        <p>
          <button type="button" className="quiet-link" onClick={() => onSpan(origin.spanId)}>
            <strong>
              <bdi>{shown(name, 120)}</bdi>
            </strong>
          </button>{" "}
          <bdi>{shown(service, 60)}</bdi>
          {type !== "" && (
            <>
              {": "}
              <code>{shown(type, 80)}</code>
            </>
          )}
        </p>
        {message !== "" && (
          <p>
            <bdi>{shown(message, 300)}</bdi>
          </p>
        )}
        <p className="hint">
          {reachedRoot
            ? t("failed.reached", { count: path.length - 1 })
            : t("failed.kept", { count: path.length - 1 })}
        </p>
        {group !== undefined && <SourceLine group={group} />}
      </div>
    </li>
  );
}

/** Where it failed first, as near to the line of code as is known. */
export function Failures({
  detail,
  onSpan,
}: {
  detail: TraceDetail;
  onSpan: (spanId: string) => void;
}): ReactNode {
  const { t } = useText();
  const { errors: origins } = detail.analysis;
  if (origins.length === 0) return null;
  const groups = new Map(detail.errors.map(({ spanId, group }) => [spanId, group]));
  return (
    <Panel
      title={t("failed.title")}
      {...(origins.length > listedMax
        ? { hint: t("failed.more", { count: origins.length - listedMax }) }
        : {})}
    >
      <ul className="trace-failures">
        {origins.slice(0, listedMax).map((origin) => (
          <OneOrigin
            key={origin.spanId}
            origin={origin}
            // The error may have been told by a span above that it came up to.
            group={origin.path.map((spanId) => groups.get(spanId)).find((one) => one !== undefined)}
            onSpan={onSpan}
          />
        ))}
      </ul>
    </Panel>
  );
}
