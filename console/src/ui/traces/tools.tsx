import type { ReactNode } from "react";
import type { Hue } from "../chart/hues.ts";
import { Button, IconButton } from "../button.tsx";
import { Chip, SearchField } from "../field.tsx";
import { HealthIcon } from "../icons.tsx";
import { HueMark } from "./row.tsx";
import { useText } from "./text.ts";
import type { Tree } from "./tree.ts";

/** What is looked for in a trace, and how to go through it. */
export interface Finding {
  readonly text: string;
  readonly onText: (text: string) => void;
  readonly matches: ReadonlySet<number>;
  /** Which of the matches is reached, from 1; 0 for none of them. */
  readonly at: number;
  readonly go: (places: ReadonlySet<number>, direction: 1 | -1) => void;
}

/** Looking for spans by a text, one after the other. */
export function Find({ finding }: { finding: Finding }): ReactNode {
  const { t } = useText();
  const { text, onText, matches, at, go } = finding;
  return (
    <div
      className="trace-find"
      onKeyDown={(event) => {
        if (event.key !== "Enter" || !(event.target instanceof HTMLInputElement)) return;
        go(matches, event.shiftKey ? -1 : 1);
      }}
    >
      <SearchField label={t("trace.search")} value={text} onChange={onText} />
      {text.trim() !== "" && (
        <>
          <span className="trace-found" role="status">
            {matches.size === 0
              ? t("trace.foundNone")
              : t("trace.found", { at, count: matches.size })}
          </span>
          <IconButton
            className="tiny"
            icon="up"
            label={t("trace.previous")}
            disabled={matches.size === 0}
            onClick={() => go(matches, -1)}
          />
          <IconButton
            className="tiny"
            icon="down"
            label={t("trace.next")}
            disabled={matches.size === 0}
            onClick={() => go(matches, 1)}
          />
        </>
      )}
    </div>
  );
}

interface ToolsProps {
  readonly finding: Finding;
  readonly errors: ReadonlySet<number>;
  readonly hasCritical: boolean;
  readonly critical: boolean;
  readonly onCritical: (shown: boolean) => void;
  readonly isCollapsed: boolean;
  readonly onCollapse: (all: boolean) => void;
  /** By a factor; undefined shows the whole. */
  readonly onZoom: (factor: number | undefined) => void;
  readonly zoomed: boolean;
}

/** What can be done with a waterfall. */
export function Tools(props: ToolsProps): ReactNode {
  const { t } = useText();
  const { finding, errors, hasCritical, critical, onCritical, isCollapsed, onCollapse } = props;
  const { onZoom, zoomed } = props;
  return (
    <div className="trace-tools">
      <Find finding={finding} />
      {errors.size > 0 && (
        <Button size="small" title={t("trace.nextError")} onClick={() => finding.go(errors, 1)}>
          <HealthIcon health="failing" size={13} />
          {t("trace.errors", { count: errors.size })}
        </Button>
      )}
      {hasCritical && (
        <Chip
          label={t("trace.critical")}
          hint={t("trace.criticalHint")}
          pressed={critical}
          onChange={onCritical}
        />
      )}
      <span className="spring" />
      <span className="trace-zoom" title={t("trace.zoomHint")}>
        <IconButton
          icon={isCollapsed ? "unfold" : "fold"}
          label={t(isCollapsed ? "trace.expand" : "trace.collapse")}
          onClick={() => onCollapse(!isCollapsed)}
        />
        <IconButton icon="plus" label={t("trace.zoomIn")} onClick={() => onZoom(0.5)} />
        <IconButton
          icon="minus"
          label={t("trace.zoomOut")}
          disabled={!zoomed}
          onClick={() => onZoom(2)}
        />
        <IconButton
          icon="fit"
          label={t("trace.zoomAll")}
          disabled={!zoomed}
          onClick={() => onZoom(undefined)}
        />
      </span>
    </div>
  );
}

const servicesMost = 24;

/** The services of a trace by their colours, and what is wrong with the trace itself. */
export function Legend({ tree, hues }: { tree: Tree; hues: ReadonlyMap<string, Hue> }): ReactNode {
  const { t, serviceName } = useText();
  const missing = tree.spans.filter((span) => span.missing === true).length;
  const skewed = tree.spans.filter(({ skewMs }) => skewMs !== undefined).length;
  return (
    <div className="trace-legend">
      <ul aria-label={t("trace.services")}>
        {[...hues].slice(0, servicesMost).map(([service, hue]) => (
          <li key={service}>
            <HueMark hue={hue} />
            <bdi>{serviceName(service)}</bdi>
          </li>
        ))}
        {hues.size > servicesMost && <li>{`+${hues.size - servicesMost}`}</li>}
      </ul>
      <span className="spring" />
      <span>{t("trace.spans", { count: tree.spans.length - missing })}</span>
      {missing > 0 && (
        <span className="trace-trouble">
          <HealthIcon health="warning" size={13} />
          {t("trace.notReceived", { count: missing })}
        </span>
      )}
      {skewed > 0 && (
        <span className="trace-trouble">
          <HealthIcon health="warning" size={13} />
          {t("trace.skewed", { count: skewed })}
        </span>
      )}
      {tree.left > 0 && (
        <span className="trace-trouble">
          <HealthIcon health="warning" size={13} />
          {t("trace.left", { count: tree.left })}
        </span>
      )}
    </div>
  );
}
