import { memo, type ReactNode } from "react";
import { shown } from "../../i18n/foreign.ts";
import * as format from "../../i18n/format.ts";
import { dateFormat } from "../../i18n/intl.ts";
import type { Locale } from "../../i18n/messages.ts";
import { Detail, type FieldActs } from "./detail.tsx";
import { levelOf, piecesOf, summaryOf, type LogLine } from "./line.ts";
import { useText } from "./text.ts";

const lineMost = 400;
const wrappedMost = 4000;

/** The time of a line to the millisecond; with its day where lines of several are together. */
function timeOf(atMs: number, locale: Locale, withDay: boolean): string {
  if (!(Math.abs(atMs) <= 8.64e15)) return "–";
  return dateFormat(locale, {
    ...(withDay ? { month: "2-digit", day: "2-digit" } : {}),
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    fractionalSecondDigits: 3,
    hourCycle: "h23",
  }).format(atMs);
}

/** What a line does when it is pressed or reached. */
export interface LineActs {
  readonly toggle: (number: number) => void;
  readonly reach: (number: number) => void;
}

interface ItemProps {
  readonly line: LogLine;
  readonly number: number;
  /** Where it stands, from 1. */
  readonly index: number;
  readonly isOpen: boolean;
  readonly isReachable: boolean;
  readonly wrap: boolean;
  readonly withDay: boolean;
  readonly words: readonly string[];
  readonly lineActs: LineActs;
  readonly fieldActs: FieldActs;
  readonly actions: ((line: LogLine) => ReactNode) | undefined;
}

function Words({ text, words }: { text: string; words: readonly string[] }): ReactNode {
  if (words.length === 0) return text;
  return piecesOf(text, words).map((piece, at) =>
    piece.isMatch ? <mark key={at}>{piece.text}</mark> : piece.text,
  );
}

function LogItem(props: ItemProps): ReactNode {
  const { line, number, index, isOpen, isReachable, wrap, withDay, words, actions } = props;
  const { locale } = useText();
  const level = levelOf(line.severity);
  return (
    <div role="rowgroup" className={`log-item ${level.toLowerCase()}`} data-number={number}>
      <div
        role="row"
        className="log-row"
        aria-rowindex={index}
        aria-expanded={isOpen}
        tabIndex={isReachable ? 0 : -1}
        onClick={() => {
          // Whoever marks a text to copy it does not want the line to open.
          if (getSelection()?.isCollapsed !== false) props.lineActs.toggle(number);
        }}
        onFocus={() => props.lineActs.reach(number)}
      >
        <span role="gridcell" className="log-time" title={format.exactTime(line.atMs)}>
          {timeOf(line.atMs, locale, withDay)}
        </span>
        <span role="gridcell" className="log-level">
          {level}
        </span>
        <span role="gridcell" className="log-service">
          <bdi>{shown(line.service, 60)}</bdi>
        </span>
        <span role="gridcell" className="log-body">
          <bdi>
            <Words text={shown(summaryOf(line), wrap ? wrappedMost : lineMost)} words={words} />
          </bdi>
        </span>
      </div>
      {isOpen && (
        <div role="row">
          <div role="gridcell">
            <Detail line={line} acts={props.fieldActs} actions={actions?.(line)} />
          </div>
        </div>
      )}
    </div>
  );
}

/** A line of a log, and, when it is open, its record in full. */
export const Item = memo(LogItem);
