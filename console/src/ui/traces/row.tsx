import { memo, type ReactNode } from "react";
import { shown } from "../../i18n/foreign.ts";
import * as format from "../../i18n/format.ts";
import { hueVariable, type Hue } from "../chart/hues.ts";
import { HealthIcon, Icon } from "../icons.tsx";
import type { TraceSpan } from "./span.ts";
import { useText } from "./text.ts";

const nameMax = 160;

/** The colour of a service, beside its name. */
export function HueMark({ hue }: { hue: Hue | undefined }): ReactNode {
  const colour = hue === undefined ? "var(--line-strong)" : `var(${hueVariable(hue)})`;
  const isHollow = hue?.hollow === true;
  return (
    <span
      className="hue-mark"
      aria-hidden="true"
      style={isHollow ? { border: `2px solid ${colour}` } : { background: colour }}
    />
  );
}

/** What a row does when it is pressed or pointed at. */
export interface RowActs {
  readonly select: (place: number) => void;
  readonly toggle: (place: number) => void;
  readonly focus: (place: number) => void;
}

interface RowProps extends RowActs {
  readonly place: number;
  /** Where it stands among the rows, from 0. */
  readonly row: number;
  readonly top: number;
  readonly height: number;
  readonly span: TraceSpan;
  readonly depth: number;
  /** Pixels of an indent. */
  readonly indent: number;
  readonly nameWidth: number | undefined;
  readonly hue: Hue | undefined;
  /** Undefined for a span without others below it. */
  readonly isOpen: boolean | undefined;
  /** How many are hidden below it, and whether one of them failed. */
  readonly hidden: number;
  readonly hidesError: boolean;
  readonly isSelected: boolean;
  readonly isReachable: boolean;
  readonly look: "plain" | "match" | "faint";
}

function Toggle({ props }: { props: RowProps }): ReactNode {
  const { place, isOpen, toggle } = props;
  if (isOpen === undefined) return <span className="span-leaf" />;
  return (
    <span
      className={isOpen ? "span-toggle open" : "span-toggle"}
      aria-hidden="true"
      onClick={(event) => {
        event.stopPropagation();
        toggle(place);
      }}
    >
      <Icon name="next" size={12} />
    </span>
  );
}

/** What is the matter with a span, by icon and word. */
function Marks({ props }: { props: RowProps }): ReactNode {
  const { t, locale } = useText();
  const { span, hidden, hidesError, isOpen } = props;
  const { status, skewMs, attempts = 1 } = span;
  const isFailing = status === "error" || hidesError;
  return (
    <>
      {isFailing && (
        <span
          className="span-mark"
          title={t(status === "error" ? "trace.failed" : "trace.hidesError")}
        >
          <HealthIcon health="failing" size={13} />
          <span className="hidden">
            {t(status === "error" ? "trace.failed" : "trace.hidesError")}
          </span>
        </span>
      )}
      {skewMs !== undefined && (
        <span
          className="span-mark skew"
          title={t("trace.skew", {
            by: format.duration(Math.abs(skewMs), locale),
            way: skewMs < 0 ? "behind" : "ahead",
          })}
        >
          <Icon name="clock" size={13} />
          <span className="hidden">
            {t("trace.skew", {
              by: format.duration(Math.abs(skewMs), locale),
              way: skewMs < 0 ? "behind" : "ahead",
            })}
          </span>
        </span>
      )}
      {attempts > 1 && (
        <span className="span-count" title={t("trace.attempts", { count: attempts })}>
          <span aria-hidden="true">{`×${attempts}`}</span>
          <span className="hidden">{t("trace.attempts", { count: attempts })}</span>
        </span>
      )}
      {isOpen === false && (
        <span className="span-count" title={t("trace.hides", { count: hidden })}>
          {format.count(hidden, locale)}
        </span>
      )}
    </>
  );
}

/** The times of a span for those who cannot see its bar. */
function Times({ span }: { span: TraceSpan }): ReactNode {
  const { t, locale } = useText();
  return (
    <span className="hidden">
      {t("trace.times", {
        start: format.duration(span.startMs, locale),
        duration: format.duration(span.durationMs, locale),
        events: span.events?.length ?? 0,
        critical: span.onCriticalPath === true ? "yes" : "no",
      })}
    </span>
  );
}

function SpanRow(props: RowProps): ReactNode {
  const { t, serviceName, beside = ({ service }) => serviceName(service) } = useText();
  const { place, row, top, height, span, depth, indent, nameWidth, hue, isOpen, look } = props;
  const isMissing = span.missing === true;
  const name = isMissing
    ? t("trace.missing", { id: shown(span.spanId, 40) })
    : shown(span.name, nameMax);
  return (
    <div
      role="row"
      id={`span-${place}`}
      data-place={place}
      aria-level={depth + 1}
      aria-rowindex={row + 2}
      aria-expanded={isOpen}
      aria-selected={props.isSelected}
      tabIndex={props.isReachable ? 0 : -1}
      className={`span-row ${look}`}
      style={{ top, height }}
      onClick={() => props.select(place)}
      onFocus={() => props.focus(place)}
    >
      <div
        role="gridcell"
        className="span-name"
        style={{ width: nameWidth, paddingInlineStart: 4 + depth * indent }}
      >
        <Toggle props={props} />
        <HueMark hue={isMissing ? undefined : hue} />
        <Marks props={props} />
        <span className="span-words" title={isMissing ? t("trace.missingHint") : undefined}>
          <bdi className={isMissing ? "span-missing" : undefined}>{name}</bdi>{" "}
          {!isMissing && <bdi className="span-service">{beside(span)}</bdi>}
        </span>
      </div>
      <div role="gridcell" className="span-time">
        <Times span={span} />
      </div>
    </div>
  );
}

/** One span of a waterfall: its place in the tree. Its bar is drawn on the canvas above. */
export const Row = memo(SpanRow);
